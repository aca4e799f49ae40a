"""Tables of reviewers' work on the queue: who is at which question, what they think of it, what they narrow
it by."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
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
    personal,
    plain,
    required,
    table,
    uuids,
)

review_claims = table(
    "review_claims",
    RECORDS,
    Column("candidate_id", Uuid, primary_key=True),
    personal("who"),  # who alone is given the question
    moment("claimed_at"),
    moment("expires_at", nullable=True),  # null: assigned, until it is answered
    personal("assigned_by", nullable=True),
)

review_opinions = table(
    "review_opinions",
    FACTS,
    required("candidate_id", Uuid),
    plain("evidence_hash", LargeBinary),  # of the candidate: on other evidence it is another opinion
    personal("who"),
    plain("verdict"),  # same, different, unsure
    personal("note", server_default=text("''")),
    uuids("members"),  # source contacts of both sides
    moment("given_at"),
    CheckConstraint("verdict IN ('same', 'different', 'unsure')", name="verdict"),
    PrimaryKeyConstraint("candidate_id", "evidence_hash", "who"),
    Index(None, "members", postgresql_using="gin"),
)

review_facets = table(
    "review_facets",
    DERIVED,
    Column("candidate_id", Uuid, ForeignKey("review_candidates.id", ondelete="CASCADE"), primary_key=True),
    Column("run_id", Uuid, nullable=False),  # of the candidate as it was read; another: it is read again
    plain("pattern"),  # the levels of its strongest pair, as JSON; "" of one without pairs
    uuids("sources"),
    plain("countries", ARRAY(TEXT)),  # ISO 3166-1 alpha-2, of phones and places
    personal("words"),  # names, emails, phones, identifiers and keys of its members, folded
    personal("shared_values", ARRAY(TEXT)),  # "field key" of emails and phones that both sides hold
    Index(None, "pattern"),
    Index(None, "shared_values", postgresql_using="gin"),
)

review_views = table(
    "review_views",
    FACTS,
    Column("id", Uuid, primary_key=True),
    personal("owner"),
    personal("name"),
    required("shared", Boolean),  # with everybody who reviews
    plain("filter", JSON_TEXT),  # see `storage.review_views.View`; never what is searched for
    moment("made_at"),
    UniqueConstraint("owner", "name"),
)
