"""What golden contacts showed before they changed, for history as of a moment."""

from alembic import op

revision = "0011"
down_revision = "0010"

TABLE = """
CREATE TABLE dedupe.golden_versions (
    golden_id UUID NOT NULL,
    run_id UUID NOT NULL,
    shown_from TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_run_id UUID NOT NULL,
    shown_until TIMESTAMP WITH TIME ZONE NOT NULL,
    members UUID[] NOT NULL,
    content JSON NOT NULL,
    CONSTRAINT pk_golden_versions PRIMARY KEY (golden_id, shown_until)
);
CREATE INDEX ix_golden_versions_members ON dedupe.golden_versions USING gin (members);
CREATE INDEX ix_golden_versions_shown_until ON dedupe.golden_versions (shown_until);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TABLE)
