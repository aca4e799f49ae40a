"""Certificates of erasures, and who has acknowledged them."""

from alembic import op

revision = "0015"
down_revision = "0014"

TABLES = """
CREATE TABLE dedupe.erasure_certificates (
    id UUID NOT NULL,
    erased_at TIMESTAMP WITH TIME ZONE NOT NULL,
    content JSON NOT NULL,
    content_hash BYTEA NOT NULL,
    mac BYTEA NOT NULL,
    CONSTRAINT pk_erasure_certificates PRIMARY KEY (id)
);
CREATE TABLE dedupe.erasure_acknowledgements (
    erasure_id UUID NOT NULL,
    recipient TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    acknowledged_at TIMESTAMP WITH TIME ZONE NOT NULL,
    acknowledged_by TEXT COLLATE "C",
    note TEXT COLLATE "C" DEFAULT '' NOT NULL,
    CONSTRAINT pk_erasure_acknowledgements PRIMARY KEY (erasure_id, recipient, position),
    CONSTRAINT fk_erasure_acknowledgements_erasure_id FOREIGN KEY (erasure_id)
        REFERENCES dedupe.erasure_certificates (id) ON DELETE CASCADE
);
CREATE INDEX ix_golden_events_erasure ON dedupe.golden_events (run_id) WHERE kind = 'erased';
COMMENT ON COLUMN dedupe_v1.golden_events.kind IS 'made, changed, merged, split, retired, revived or erased';
COMMENT ON COLUMN dedupe_v1.golden_events.run_id IS 'the run that published it; of erased: the erasure';
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TABLES)
