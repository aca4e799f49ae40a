"""How far each subscription to events is, which events it still lacks, and which events are kept no more."""

from alembic import op

revision = "0010"
down_revision = "0008"

TABLES = """
CREATE TABLE dedupe.subscriptions (
    name TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    delivered BIGINT NOT NULL,
    last_delivered_at TIMESTAMP WITH TIME ZONE,
    rests INTEGER NOT NULL,
    rests_until TIMESTAMP WITH TIME ZONE,
    reason TEXT COLLATE "C",
    began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_subscriptions PRIMARY KEY (name)
);

CREATE TABLE dedupe.undelivered_events (
    subscription TEXT COLLATE "C" NOT NULL,
    position BIGINT NOT NULL,
    event_id UUID NOT NULL,
    ids UUID[] NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    attempts INTEGER NOT NULL,
    first_failed_at TIMESTAMP WITH TIME ZONE,
    next_at TIMESTAMP WITH TIME ZONE,
    died_at TIMESTAMP WITH TIME ZONE,
    reason TEXT COLLATE "C",
    replays INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_undelivered_events PRIMARY KEY (subscription, position)
);
CREATE INDEX ix_undelivered_events_subscription_next_at ON dedupe.undelivered_events (subscription, next_at)
    WHERE next_at IS NOT NULL;
CREATE INDEX ix_undelivered_events_ids ON dedupe.undelivered_events USING gin (ids) WITH (fastupdate = off);

CREATE TABLE dedupe.expired_events (
    through BIGINT NOT NULL,
    expired_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_expired_events PRIMARY KEY (through)
);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TABLES)
