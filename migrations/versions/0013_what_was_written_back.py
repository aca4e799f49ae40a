"""What was written back to providers."""

from alembic import op

revision = "0013"
down_revision = "0012"

TABLE = """
CREATE TABLE dedupe.writebacks (
    source_contact_id UUID NOT NULL,
    source_id UUID NOT NULL,
    field TEXT COLLATE "C" NOT NULL,
    value UUID,
    wanted UUID,
    state TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C",
    attempts INTEGER NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE,
    noted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    external_id TEXT COLLATE "C",
    CONSTRAINT pk_writebacks PRIMARY KEY (source_contact_id, field),
    CONSTRAINT ck_writebacks_state
        CHECK (state IN ('writing', 'written', 'cleared', 'conflict', 'refused', 'failed')),
    CONSTRAINT fk_writebacks_source_contact_id FOREIGN KEY (source_contact_id)
        REFERENCES dedupe.source_contacts (id) ON DELETE CASCADE,
    CONSTRAINT fk_writebacks_source_id FOREIGN KEY (source_id) REFERENCES dedupe.sources (id)
);
CREATE INDEX ix_writebacks_source_id_state ON dedupe.writebacks (source_id, state);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TABLE)
