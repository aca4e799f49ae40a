"""Tables of API tokens, the access log, stored answers, and the suppression list."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    Uuid,
)

from dedupe.storage.tables.columns import (
    FACTS,
    JSON_TEXT,
    RECORDS,
    TEXT,
    moment,
    personal,
    plain,
    required,
    table,
    uuids,
)

api_tokens = table(
    "api_tokens",
    FACTS,
    Column("id", Uuid, primary_key=True),
    personal("name"),  # whose it is: the decider's name
    plain("token_hash", LargeBinary, unique=True),
    plain("scopes", ARRAY(TEXT)),
    moment("created_at"),
    moment("expires_at", nullable=True),
    moment("revoked_at", nullable=True),
)

access_log = table(
    "access_log",
    RECORDS,
    Column("id", BigInteger, Identity(), primary_key=True),
    personal("who"),
    plain("door"),  # cli, api, page
    plain("action"),  # lookup, show, review, decide …
    uuids("golden_ids"),
    moment("occurred_at"),
    Index(None, "occurred_at"),
)

idempotency_keys = table(
    "idempotency_keys",
    RECORDS,
    plain("key"),
    personal("who"),
    plain("request_hash", LargeBinary),
    plain("response", JSON_TEXT),
    required("status_code", SmallInteger),
    moment("created_at"),
    PrimaryKeyConstraint("key", "who"),
)

erasures = table(
    "erasures",
    FACTS,
    Column("id", Uuid, primary_key=True),
    plain("kind"),  # email, phone, source_contact
    plain("keyed_hash", LargeBinary),  # HMAC of the value: consulted before raw is stored
    moment("erased_at"),
    UniqueConstraint("kind", "keyed_hash"),
)
