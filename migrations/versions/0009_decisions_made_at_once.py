"""Decisions that were made at once bear the id of their batch, by which they are revoked at once."""

from alembic import op

revision = "0009"
down_revision = "0008"

STATEMENTS = (
    "ALTER TABLE dedupe.decisions ADD COLUMN batch_id UUID",
    "CREATE INDEX ix_decisions_batch_id ON dedupe.decisions (batch_id) WHERE batch_id IS NOT NULL",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
