"""When a token was last used, so that those that nobody uses are found and revoked."""

from alembic import op

revision = "0020"
down_revision = "0019"

STATEMENTS = ("ALTER TABLE dedupe.api_tokens ADD COLUMN last_used_at timestamptz",)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
