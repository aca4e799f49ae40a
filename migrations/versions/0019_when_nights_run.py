"""When the next night is due, and what became of those that were; what metrics count, by an index."""

from alembic import op

revision = "0019"
down_revision = "0018"

TABLES = """
CREATE TABLE dedupe.night_schedule (
    name TEXT COLLATE "C" NOT NULL,
    plan TEXT COLLATE "C",
    next_at TIMESTAMP WITH TIME ZONE,
    paused_at TIMESTAMP WITH TIME ZONE,
    asked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_night_schedule PRIMARY KEY (name)
);
CREATE TABLE dedupe.scheduled_nights (
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    why TEXT COLLATE "C" NOT NULL,
    missed INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    process TEXT COLLATE "C" NOT NULL,
    began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    outcome TEXT COLLATE "C",
    exit_code INTEGER,
    CONSTRAINT pk_scheduled_nights PRIMARY KEY (due_at),
    CONSTRAINT ck_scheduled_nights_why CHECK (why IN ('due', 'missed', 'asked'))
);
CREATE INDEX ix_scheduled_nights_began_at ON dedupe.scheduled_nights (began_at);
CREATE INDEX ix_merge_runs_nights ON dedupe.merge_runs (ended_at) WHERE kind = 'night';
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TABLES)
