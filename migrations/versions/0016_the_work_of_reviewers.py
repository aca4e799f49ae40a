"""Who is at which question, what reviewers think of it before it is decided, and what the queue is narrowed
by."""

from alembic import op

revision = "0016"
down_revision = "0015"

TABLES = """
CREATE TABLE dedupe.review_claims (
    candidate_id UUID NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    claimed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    assigned_by TEXT COLLATE "C",
    CONSTRAINT pk_review_claims PRIMARY KEY (candidate_id)
);
CREATE TABLE dedupe.review_opinions (
    candidate_id UUID NOT NULL,
    evidence_hash BYTEA NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    note TEXT COLLATE "C" DEFAULT '' NOT NULL,
    members UUID[] NOT NULL,
    given_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_review_opinions PRIMARY KEY (candidate_id, evidence_hash, who),
    CONSTRAINT ck_review_opinions_verdict CHECK (verdict IN ('same', 'different', 'unsure'))
);
CREATE INDEX ix_review_opinions_members ON dedupe.review_opinions USING gin (members);
CREATE TABLE dedupe.review_facets (
    candidate_id UUID NOT NULL,
    run_id UUID NOT NULL,
    pattern TEXT COLLATE "C" NOT NULL,
    sources UUID[] NOT NULL,
    countries TEXT[] COLLATE "C" NOT NULL,
    words TEXT COLLATE "C" NOT NULL,
    shared_values TEXT[] COLLATE "C" NOT NULL,
    CONSTRAINT pk_review_facets PRIMARY KEY (candidate_id),
    CONSTRAINT fk_review_facets_candidate_id FOREIGN KEY (candidate_id)
        REFERENCES dedupe.review_candidates (id) ON DELETE CASCADE
);
CREATE INDEX ix_review_facets_pattern ON dedupe.review_facets (pattern);
CREATE INDEX ix_review_facets_shared_values ON dedupe.review_facets USING gin (shared_values);
CREATE TABLE dedupe.review_views (
    id UUID NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    shared BOOLEAN NOT NULL,
    filter JSON NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_review_views PRIMARY KEY (id),
    CONSTRAINT uq_review_views_owner_name UNIQUE (owner, name)
);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TABLES)
