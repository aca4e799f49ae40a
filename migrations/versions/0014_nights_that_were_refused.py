"""A night that waited may be refused by a person: it is listed no longer and can't be published."""

from alembic import op

revision = "0014"
down_revision = "0013"

STATEMENTS = (
    "ALTER TABLE dedupe.merge_runs DROP CONSTRAINT ck_merge_runs_status",
    """
    ALTER TABLE dedupe.merge_runs ADD CONSTRAINT ck_merge_runs_status CHECK (
        status IN ('running', 'planned', 'held', 'published', 'unchanged', 'failed', 'superseded',
                   'rolled_back', 'refused'))
    """,
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)
