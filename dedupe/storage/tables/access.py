"""Tables of API tokens, sign-ins, the access log, stored answers, the suppression list and the certificates
of erasures."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
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
    moment("last_used_at", nullable=True),  # to the minute
)

sign_ins = table(
    "sign_ins",
    RECORDS,
    Column("id", Uuid, primary_key=True),
    personal("who"),  # the name that decisions bear
    personal("subject", nullable=True),  # who it is to the OpenID provider, for good: issuer and `sub`
    plain("way"),  # token, proxy, oidc
    plain("scopes", ARRAY(TEXT)),
    plain("secret_hash", LargeBinary, nullable=True, unique=True),  # of the cookie; a proxy sends its own
    Column("token_id", Uuid, ForeignKey("api_tokens.id", ondelete="CASCADE")),
    personal("address"),  # from where
    moment("signed_in_at"),
    moment("last_used_at"),
    moment("expires_at", nullable=True),
    moment("ended_at", nullable=True),
    personal("ended_by", nullable=True),
    CheckConstraint("way IN ('token', 'proxy', 'oidc')", name="way"),
    Index(None, "who"),
    Index(None, "last_used_at"),
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

erasure_certificates = table(
    "erasure_certificates",
    FACTS,
    Column("id", Uuid, primary_key=True),  # the run_id of its events
    moment("erased_at"),
    personal("content", JSON_TEXT),  # see pipeline.erasure_certificate: counts, hashes, and by whom
    plain("content_hash", LargeBinary),  # SHA-256 of its canonical form, which the next one names
    plain("mac", LargeBinary),  # HMAC of the same by the erasure key
)

erasure_acknowledgements = table(
    "erasure_acknowledgements",
    FACTS,
    Column("erasure_id", Uuid, ForeignKey("erasure_certificates.id", ondelete="CASCADE"), nullable=False),
    personal("recipient"),  # a webhook's name, or whom a person told
    required("position", BigInteger),  # of the event that a webhook accepted; 0: all of it, by a person
    moment("acknowledged_at"),
    personal("acknowledged_by", nullable=True),  # null: the receiver itself, by its answer
    personal("note", server_default=text("''")),
    PrimaryKeyConstraint("erasure_id", "recipient", "position"),
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
