"""What sources tell of single contacts, and webhook deliveries that were taken."""

from alembic import op

revision = "0005"
down_revision = "0004"

TABLES = """
CREATE TABLE dedupe.told_changes (
    source_contact_id UUID NOT NULL,
    source_id UUID NOT NULL,
    as_of TIMESTAMP WITH TIME ZONE NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    deleted BOOLEAN NOT NULL,
    waits BOOLEAN NOT NULL,
    CONSTRAINT pk_told_changes PRIMARY KEY (source_contact_id),
    CONSTRAINT fk_told_changes_source_contact_id FOREIGN KEY (source_contact_id)
        REFERENCES dedupe.source_contacts (id) ON DELETE CASCADE,
    CONSTRAINT fk_told_changes_source_id FOREIGN KEY (source_id) REFERENCES dedupe.sources (id)
);
CREATE INDEX ix_told_changes_source_id_received_at ON dedupe.told_changes (source_id, received_at);
CREATE INDEX ix_told_changes_received_at ON dedupe.told_changes (received_at) WHERE waits;

CREATE TABLE dedupe.webhook_deliveries (
    source_id UUID NOT NULL,
    signature BYTEA NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_webhook_deliveries PRIMARY KEY (source_id, signature),
    CONSTRAINT fk_webhook_deliveries_source_id FOREIGN KEY (source_id) REFERENCES dedupe.sources (id)
);
CREATE INDEX ix_webhook_deliveries_received_at ON dedupe.webhook_deliveries (received_at)
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TABLES)
