"""Which source contacts others judge and publish while a night computes, and which are held back."""

from alembic import op

revision = "0006"
down_revision = "0005"

TABLES = """
CREATE TABLE dedupe.nights_at_work (
    run_id UUID NOT NULL,
    last_note BIGINT NOT NULL,
    CONSTRAINT pk_nights_at_work PRIMARY KEY (run_id)
);

CREATE TABLE dedupe.judged_meanwhile (
    source_contact_id UUID NOT NULL,
    changed BOOLEAN NOT NULL,
    CONSTRAINT pk_judged_meanwhile PRIMARY KEY (source_contact_id)
);

CREATE TABLE dedupe.held_contacts (
    source_contact_id UUID NOT NULL,
    run_id UUID NOT NULL,
    component UUID NOT NULL,
    changed BOOLEAN NOT NULL,
    held_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_held_contacts PRIMARY KEY (source_contact_id)
);
CREATE INDEX ix_held_contacts_component ON dedupe.held_contacts (component);

CREATE INDEX ix_changed_contacts_source_contact_id ON dedupe.changed_contacts (source_contact_id);
CREATE INDEX ix_merge_runs_ended_at ON dedupe.merge_runs (ended_at)
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TABLES)
