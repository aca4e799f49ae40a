"""Tables of golden contacts: the ids handed out, what is served, and events."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Uuid,
    text,
)

from dedupe.storage.tables.columns import (
    DERIVED,
    FACTS,
    JSON_TEXT,
    RECORDS,
    TEXT,
    moment,
    of_contact,
    personal,
    plain,
    required,
    table,
    uuids,
)

golden_ids = table(
    "golden_ids",
    FACTS,
    Column("id", Uuid, primary_key=True),
    Column("published_run_id", Uuid, nullable=True),
    moment("published_at"),
    moment("retired_at", nullable=True),  # null while it is served; set again when it comes back and goes
    uuids("successors"),  # where a retired id leads to: one after a merge, several after a split
)

golden_heirs = table(
    "golden_heirs",
    FACTS,
    Column("id", Uuid, primary_key=True),  # a seed whose source contact is gone; outlives even its erasure
    Column("heir", Uuid, nullable=True),  # who carries it on; null where nobody of its cluster was left
)

golden_contacts = table(
    "golden_contacts",
    DERIVED,
    Column("id", Uuid, primary_key=True),
    plain("kind"),
    personal("display_name", nullable=True),
    personal("given_name", nullable=True),
    personal("middle_name", nullable=True),
    personal("family_name", nullable=True),
    personal("prefix", nullable=True),
    personal("suffix", nullable=True),
    personal("nickname", nullable=True),
    personal("company", nullable=True),
    personal("job_title", nullable=True),
    personal("street", nullable=True),
    personal("city", nullable=True),
    personal("region", nullable=True),
    personal("postcode", nullable=True),
    personal("country", nullable=True),
    personal("birth_date", nullable=True),  # YYYY-MM-DD, --MM-DD or YYYY
    personal("time_zone", nullable=True),
    personal("language", nullable=True),
    required("blocked", Boolean),
    plain("preferences", JSON_TEXT),  # channel: allowed; the most restrictive wins
    personal("identifiers", JSON_TEXT),  # [{value, source_contacts}]
    plain("provenance", JSON_TEXT),  # field: source contact id
    required("members", Integer),
    plain("content_hash", LargeBinary),  # of all it shows, emails and phones included
    Column("run_id", Uuid, nullable=False),  # the run that last changed it
    moment("changed_at"),
)


def _golden_value(name: str, *parts: Any) -> Table:
    return table(
        name,
        DERIVED,
        required("golden_id", Uuid, ForeignKey("golden_contacts.id", ondelete="CASCADE")),
        required("position", SmallInteger),  # 0 is the one to use
        personal("value"),
        personal("key"),  # the strongest match key
        plain("attested"),
        plain("marks", ARRAY(TEXT)),
        uuids("source_contact_ids"),
        *parts,
        PrimaryKeyConstraint("golden_id", "value"),
        Index(None, "value"),
        Index(None, "key"),
    )


golden_emails = _golden_value("golden_emails")

golden_phones = _golden_value(
    "golden_phones",
    personal("extension", server_default=text("''")),
    plain("type", nullable=True),
    plain("region", nullable=True),
)

source_links = table(
    "source_links",
    DERIVED,
    of_contact("source_contact_id", primary_key=True),
    required("golden_id", Uuid, ForeignKey("golden_contacts.id", ondelete="CASCADE")),
    plain("cause"),  # alone, match, decision
    Column("weight", Integer, nullable=True),  # of the strongest link that holds it in its cluster
    Column("run_id", Uuid, nullable=False),
    moment("linked_at"),
    Index(None, "golden_id"),
)

golden_versions = table(
    "golden_versions",
    RECORDS,
    required("golden_id", Uuid),
    Column("run_id", Uuid, nullable=False),  # the run that published this version
    moment("shown_from"),
    Column("ended_run_id", Uuid, nullable=False),  # the run that replaced it
    moment("shown_until"),
    uuids("members"),
    personal("content", JSON_TEXT),  # as a lookup read it: golden, emails, phones, source_links
    PrimaryKeyConstraint("golden_id", "shown_until"),
    Index(None, "members", postgresql_using="gin"),  # an erasure finds those that hold a source contact
    Index(None, "shown_until"),
    Index(None, "ended_run_id"),
)

replaced_rows = table(
    "replaced_rows",
    RECORDS,  # what runs replaced besides what golden contacts showed: what a rollback puts back
    Column("id", BigInteger, Identity(), primary_key=True),
    required("run_id", Uuid, index=True),  # the run that replaced or removed the row
    plain("about"),  # the table: links, review_candidates, golden_heirs
    plain("content", JSON_TEXT),  # the row: ids, levels and weights, as those tables have them
    moment("replaced_at", server_default=text("now()")),
    Index(None, "replaced_at"),
)

rollbacks = table(
    "rollbacks",
    RECORDS,
    Column("undone_run_id", Uuid, primary_key=True),
    required("run_id", Uuid),  # the run that undid it
    personal("rolled_back_by"),
    personal("note", server_default=text("''")),
    moment("rolled_back_at"),
    moment("released_at", nullable=True),  # null while it holds nights that would change these again:
    uuids("contacts"),  # the source contacts that the run had touched
)

golden_events = table(
    "golden_events",
    RECORDS,
    Column(
        "position", BigInteger, Identity(), primary_key=True
    ),  # commit order: written under the publish lock
    required("golden_id", Uuid),
    plain("kind"),  # made, changed, merged, split, retired, revived, erased
    plain("cause"),  # contact, decision, shared value, configuration, model, code, erasure, rollback
    required("run_id", Uuid, index=True),  # of "erased": the erasure
    uuids("members_before"),
    uuids("members_after"),
    uuids("related"),  # merged: the ids it took in; split: the ids that left it
    moment("occurred_at"),
    Column("because", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),  # whose own change caused it
    Column("decision_id", Uuid, nullable=True),  # the decision, or batch, whose making or revoking caused it
    Index(None, "golden_id", "position"),
    Index(None, "decision_id", postgresql_where=text("decision_id IS NOT NULL")),
    Index("ix_golden_events_erasure", "run_id", postgresql_where=text("kind = 'erased'")),
    Index(None, "related", postgresql_using="gin"),  # an id's history holds what came to it through others
)
