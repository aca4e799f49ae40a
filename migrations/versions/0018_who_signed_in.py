"""Sign-ins of people; and what the state of the service is counted by."""

from alembic import op

revision = "0018"
down_revision = "0016"

TABLES = """
CREATE TABLE dedupe.sign_ins (
    id UUID NOT NULL,
    who TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C",
    way TEXT COLLATE "C" NOT NULL,
    scopes TEXT[] COLLATE "C" NOT NULL,
    secret_hash BYTEA,
    token_id UUID,
    address TEXT COLLATE "C" NOT NULL,
    signed_in_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_by TEXT COLLATE "C",
    CONSTRAINT pk_sign_ins PRIMARY KEY (id),
    CONSTRAINT uq_sign_ins_secret_hash UNIQUE (secret_hash),
    CONSTRAINT fk_sign_ins_token_id FOREIGN KEY (token_id)
        REFERENCES dedupe.api_tokens (id) ON DELETE CASCADE,
    CONSTRAINT ck_sign_ins_way CHECK (way IN ('token', 'proxy', 'oidc'))
);
CREATE INDEX ix_sign_ins_who ON dedupe.sign_ins (who);
CREATE INDEX ix_sign_ins_last_used_at ON dedupe.sign_ins (last_used_at);
CREATE INDEX ix_source_contacts_gone ON dedupe.source_contacts (source_id) WHERE gone_at IS NOT NULL;
CREATE INDEX ix_contacts_rejected ON dedupe.contacts (source_contact_id)
    WHERE position('"rejected":' IN CAST(content AS text)) > 0;
CREATE INDEX ix_golden_events_decision_id ON dedupe.golden_events (decision_id)
    WHERE decision_id IS NOT NULL;
CREATE INDEX ix_decisions_decided_at_id ON dedupe.decisions (decided_at, id);
CREATE INDEX ix_decisions_decided_by ON dedupe.decisions (decided_by);
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(TABLES)
