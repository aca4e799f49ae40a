"""Tables of normalized contacts, links and match models, and of the runs that made them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Uuid,
    text,
)

from dedupe.storage.tables.columns import (
    DERIVED,
    FACTS,
    JSON_TEXT,
    RECORDS,
    moment,
    of_contact,
    personal,
    plain,
    required,
    table,
)

contacts = table(
    "contacts",
    DERIVED,
    of_contact("source_contact_id", primary_key=True),
    required("version_id", BigInteger),
    plain("kind"),
    personal("content", JSON_TEXT),  # the row of schemas.CONTACTS, without `contact`
    plain("identity_hash", LargeBinary),  # of names, emails, phones, identifiers and birth date
    plain("reader_version"),
    plain("normalizer_version"),
    Index(
        "ix_contacts_rejected",
        "source_contact_id",
        postgresql_where=text("""position('"rejected":' IN CAST(content AS text)) > 0"""),
    ),
)

match_models = table(
    "match_models",
    FACTS,
    Column("id", Uuid, primary_key=True),
    plain("name"),
    plain("origin"),  # shipped, trained, imported
    plain("content", JSON_TEXT),
    plain("content_hash", LargeBinary),
    moment("created_at"),
    required("active", Boolean, server_default=text("false")),
    Index("uq_match_models_active", "active", unique=True, postgresql_where=text("active")),
)

match_context = table(
    "match_context",
    DERIVED,
    Column("run_id", Uuid, primary_key=True),
    personal("content", LargeBinary),  # term frequencies of the run, an Arrow IPC stream
)

grown_terms = table(
    "grown_terms",
    DERIVED,
    Column("key", BigInteger, primary_key=True, autoincrement=False),  # in the index of match keys
    required("kind", BigInteger),  # of value, as `asked_terms` counts them
    required("value", BigInteger),  # its hash
    required("steps", BigInteger),  # of a quarter of a bit, since term frequencies were saved
    Column("run_id", Uuid, nullable=False),
)

links = table(
    "links",
    DERIVED,
    of_contact("left_contact"),
    of_contact("right_contact"),
    required("weight", Integer),  # in 1/1024 bit
    required("probability", Double),
    plain("levels", JSON_TEXT),  # comparison: name of its level; silent ones are left out
    plain("cause"),  # match, decision
    Column("run_id", Uuid, nullable=False),
    Column("model_id", Uuid, nullable=True),
    PrimaryKeyConstraint("left_contact", "right_contact"),
    Index(None, "right_contact"),
)

merge_runs = table(
    "merge_runs",
    RECORDS,
    Column("id", Uuid, primary_key=True),
    plain("kind"),  # night, live, decision, erasure, rollback
    plain("status"),
    moment("started_at"),
    moment("ended_at", nullable=True),
    plain("code_version"),
    plain("configuration_hash"),
    Column("model_id", Uuid, nullable=True),
    plain("gate", JSON_TEXT, nullable=True),  # the numbers, the limits and what was over
    plain("report", JSON_TEXT, nullable=True),
    CheckConstraint(
        "status IN ('running', 'planned', 'held', 'published', 'unchanged', 'failed', 'superseded',"
        " 'rolled_back', 'refused')",
        name="status",
    ),
    Index(None, "started_at"),
    Index(None, "ended_at"),
    Index("ix_merge_runs_nights", "ended_at", postgresql_where=text("kind = 'night'")),
)
