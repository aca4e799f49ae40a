"""Tables of people's work: decisions, audits, and the review queue."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
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
    uuids,
)

decisions = table(
    "decisions",
    FACTS,
    Column("id", Uuid, primary_key=True),
    plain("subject"),
    plain("verdict"),
    personal("field", nullable=True),  # email, phone … of a value decision; the golden field of a pin
    personal("value", nullable=True),  # the match key of a value decision; the pinned value
    personal("decided_by"),
    plain("origin"),
    personal("note", server_default=text("''")),
    plain("evidence", JSON_TEXT, nullable=True),  # content hashes, model, weight that the decider saw
    moment("decided_at"),
    moment("revoked_at", nullable=True),
    personal("revoked_by", nullable=True),
    personal("revoked_note", nullable=True),
    Column("batch_id", Uuid, nullable=True),  # of decisions made at once
    CheckConstraint("subject IN ('contacts', 'value', 'field')", name="subject"),
    CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revoked_whole"),
    Index(None, "batch_id", postgresql_where=text("batch_id IS NOT NULL")),
    Index(None, "decided_at", "id"),
    Index(None, "decided_by"),
)

decision_members = table(
    "decision_members",
    FACTS,
    required("decision_id", Uuid, ForeignKey("decisions.id", ondelete="CASCADE")),
    of_contact("source_contact_id"),
    required("side", SmallInteger),  # "different" keeps sides apart; members of one side are not judged
    plain("identity_hash", LargeBinary, nullable=True),  # of the identifying fields as the decider saw them
    PrimaryKeyConstraint("decision_id", "source_contact_id"),
    Index(None, "source_contact_id"),
)

audits = table(
    "audits",
    FACTS,
    Column("id", Uuid, primary_key=True),
    Column("run_id", Uuid, nullable=True),  # the run whose golden contacts were drawn from
    Column("model_id", Uuid, nullable=True),
    required("link", Integer),  # the thresholds of that run, in 1/1024 bit
    required("review", Integer),
    required("lowest", Integer),  # near misses were drawn from this weight on
    plain("strata", JSON_TEXT),  # [{kind, stratum, size}]: of what the samples are drawn
    personal("drawn_by"),
    moment("drawn_at"),
)

audit_samples = table(
    "audit_samples",
    FACTS,
    required("audit_id", Uuid, ForeignKey("audits.id", ondelete="CASCADE")),
    required("number", Integer),
    plain("kind"),  # merged: one golden contact; near: two that may be one person
    plain("stratum"),
    uuids("left_members"),
    uuids("right_members"),  # empty for merged
    required("probability", Double),  # that they are one person, as the model had it
    plain("verdict", nullable=True),  # same, different, unsure
    Column("people", SmallInteger, nullable=True),  # in a merged one that holds several
    Column("wrong_pairs", Integer, nullable=True),  # … and its pairs of two people
    personal("judged_by", nullable=True),
    moment("judged_at", nullable=True),
    personal("note", server_default=text("''")),
    Column("decision_id", Uuid, nullable=True),  # the decision that the judgement was made as well
    CheckConstraint("kind IN ('merged', 'near')", name="kind"),
    CheckConstraint("verdict IN ('same', 'different', 'unsure')", name="verdict"),
    PrimaryKeyConstraint("audit_id", "number"),
)

review_candidates = table(
    "review_candidates",
    DERIVED,
    Column("id", Uuid, primary_key=True),  # derived from its members, so that it outlives the night
    uuids("left_members"),
    uuids("right_members"),
    required("weight", Integer),  # of the strongest pair
    required("probability", Double),
    required("priority", Double),  # how much it matters; the queue's order
    plain("evidence", JSON_TEXT),  # pairs: left, right, levels (as in links), weight; decisions
    plain("evidence_hash", LargeBinary),  # what "outdated" and "asked again" compare
    plain("cause"),  # doubtful, held_apart, evidence_changed, reported
    Column("run_id", Uuid, nullable=False),
    Column("model_id", Uuid, nullable=True),
    moment("first_seen_at"),
    Index(None, "priority"),
    Index(None, "left_members", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
    Index(None, "right_members", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
)

review_skips = table(
    "review_skips",
    RECORDS,
    required("candidate_id", Uuid),
    personal("who"),
    moment("skipped_at"),
    PrimaryKeyConstraint("candidate_id", "who"),
)
