"""Tables of what providers sent, and of the sync runs that brought it."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    Uuid,
    text,
)

from dedupe.storage.tables.columns import (
    FACTS,
    JSON_TEXT,
    TEXT,
    moment,
    of_contact,
    personal,
    plain,
    required,
    table,
)

sources = table(
    "sources",
    FACTS,
    Column("id", Uuid, primary_key=True),
    plain("name", unique=True),  # its key in the configuration
    plain("provider"),
    plain("account_fingerprint", nullable=True),  # tells a renamed source from a new account
    plain("checkpoint", JSON_TEXT, nullable=True),  # where the next incremental walk starts
    plain("profile", JSON_TEXT, nullable=True),  # fill rates and types of the last good run: contract drift
    moment("created_at"),
    moment("last_complete_at", nullable=True),
)

source_contacts = table(
    "source_contacts",
    FACTS,
    Column("id", Uuid, primary_key=True),  # the seed: a UUIDv7, handed out when first stored
    required("source_id", Uuid, ForeignKey("sources.id")),
    personal("external_id"),
    moment("first_seen_at"),
    moment("gone_at", nullable=True),  # tombstone; null while it lives
    plain("gone_because", nullable=True),
    UniqueConstraint("source_id", "external_id"),
    Index("ix_source_contacts_gone", "source_id", postgresql_where=text("gone_at IS NOT NULL")),
)

source_contact_versions = table(
    "source_contact_versions",
    FACTS,
    Column("id", BigInteger, Identity(), primary_key=True),
    of_contact("source_contact_id"),
    plain("content_hash", LargeBinary),  # of the payload without volatile and never-stored fields
    personal("payload", JSON_TEXT),
    moment("observed_at"),
    Column("sync_run_id", Uuid, nullable=True),
    Index(None, "source_contact_id", "id"),
)

quarantine = table(
    "quarantine",
    FACTS,
    Column("id", BigInteger, Identity(), primary_key=True),
    required("source_id", Uuid, ForeignKey("sources.id")),
    Column("sync_run_id", Uuid, nullable=True),
    plain("place"),  # line 17, page 4 item 3 …
    plain("reason"),
    personal("content", LargeBinary),  # the bytes as they came
    moment("observed_at"),
    Index(None, "source_id", "id"),
)

sync_runs = table(
    "sync_runs",
    FACTS,
    Column("id", Uuid, primary_key=True),
    required("source_id", Uuid, ForeignKey("sources.id")),
    Column("run_id", Uuid, nullable=True),  # the night it belonged to
    plain("mode"),  # full, incremental, sample, file
    plain("status"),  # running, complete, incomplete, failed, held
    plain("reason", nullable=True),  # why incomplete, failed or held
    moment("started_at"),
    moment("ended_at", nullable=True),
    plain("counts", JSON_TEXT, nullable=True),  # rows, ids, pages, requests, retries, throttled seconds …
    CheckConstraint("status IN ('running', 'complete', 'incomplete', 'failed', 'held')", name="status"),
    Index(None, "source_id", "started_at"),
)

sync_pages = table(
    "sync_pages",
    FACTS,
    required("sync_run_id", Uuid, ForeignKey("sync_runs.id", ondelete="CASCADE")),
    required("walk", SmallInteger),  # the first walk, the second …
    required("page", Integer),
    personal("cursor", JSON_TEXT, nullable=True),  # whippy's holds a name
    personal("external_ids", ARRAY(TEXT)),  # ids seen, in the page's order; "gone" is an anti-join
    moment("received_at"),
    PrimaryKeyConstraint("sync_run_id", "walk", "page"),
)
