"""Which source contacts others judge while a night computes, which are held back, and pages of the index by
generation, so that a night writes them before it publishes."""

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
CREATE INDEX ix_merge_runs_ended_at ON dedupe.merge_runs (ended_at);

ALTER TABLE dedupe.match_index ADD COLUMN generation BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dedupe.match_index_keys
    ADD COLUMN generation BIGINT NOT NULL DEFAULT 0,
    DROP CONSTRAINT pk_match_index_keys,
    ADD CONSTRAINT pk_match_index_keys PRIMARY KEY (generation, page);
ALTER TABLE dedupe.match_index_contacts
    ADD COLUMN generation BIGINT NOT NULL DEFAULT 0,
    DROP CONSTRAINT pk_match_index_contacts,
    ADD CONSTRAINT pk_match_index_contacts PRIMARY KEY (generation, page),
    DROP CONSTRAINT uq_match_index_contacts_first_id,
    ADD CONSTRAINT uq_match_index_contacts_generation_first_id UNIQUE (generation, first_id);
ALTER TABLE dedupe.match_index ALTER COLUMN generation DROP DEFAULT;
ALTER TABLE dedupe.match_index_keys ALTER COLUMN generation DROP DEFAULT;
ALTER TABLE dedupe.match_index_contacts ALTER COLUMN generation DROP DEFAULT
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TABLES)
