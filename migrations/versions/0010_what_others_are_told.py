"""How far each subscription to events is, which events it still lacks, and which events are kept no more.

The public views say in comments what their columns mean.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

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

COMMENTS = """
COMMENT ON VIEW dedupe_v1.golden_contacts IS 'Golden contacts that are served, one a row.';
COMMENT ON COLUMN dedupe_v1.golden_contacts.id IS 'the golden id: it outlives merges, splits and rebuilds';
COMMENT ON COLUMN dedupe_v1.golden_contacts.kind IS 'person, staff, group, bot or key';
COMMENT ON COLUMN dedupe_v1.golden_contacts.display_name IS 'the whole name';
COMMENT ON COLUMN dedupe_v1.golden_contacts.given_name IS 'given name';
COMMENT ON COLUMN dedupe_v1.golden_contacts.middle_name IS 'middle name';
COMMENT ON COLUMN dedupe_v1.golden_contacts.family_name IS 'family name';
COMMENT ON COLUMN dedupe_v1.golden_contacts.prefix IS 'title before the name';
COMMENT ON COLUMN dedupe_v1.golden_contacts.suffix IS 'generation or letters behind the name';
COMMENT ON COLUMN dedupe_v1.golden_contacts.nickname IS 'nickname';
COMMENT ON COLUMN dedupe_v1.golden_contacts.company IS 'company';
COMMENT ON COLUMN dedupe_v1.golden_contacts.job_title IS 'job title';
COMMENT ON COLUMN dedupe_v1.golden_contacts.street IS 'street and number';
COMMENT ON COLUMN dedupe_v1.golden_contacts.city IS 'city';
COMMENT ON COLUMN dedupe_v1.golden_contacts.region IS 'state, province or canton';
COMMENT ON COLUMN dedupe_v1.golden_contacts.postcode IS 'postcode';
COMMENT ON COLUMN dedupe_v1.golden_contacts.country IS 'country, ISO 3166-1 alpha-2 where it is known';
COMMENT ON COLUMN dedupe_v1.golden_contacts.birth_date IS 'YYYY-MM-DD, --MM-DD without a year, or YYYY alone';
COMMENT ON COLUMN dedupe_v1.golden_contacts.time_zone IS 'time zone, as IANA names it';
COMMENT ON COLUMN dedupe_v1.golden_contacts.language IS 'language';
COMMENT ON COLUMN dedupe_v1.golden_contacts.blocked IS
    'a source says that this contact must not be approached';
COMMENT ON COLUMN dedupe_v1.golden_contacts.preferences IS
    'channel → whether it may be used; the most restrictive wins';
COMMENT ON COLUMN dedupe_v1.golden_contacts.members IS 'how many source contacts it is made of';
COMMENT ON COLUMN dedupe_v1.golden_contacts.changed_at IS 'when it last showed something else';
COMMENT ON VIEW dedupe_v1.golden_emails IS 'Email addresses of golden contacts.';
COMMENT ON COLUMN dedupe_v1.golden_emails.golden_id IS 'the golden contact';
COMMENT ON COLUMN dedupe_v1.golden_emails.position IS '0 is the one to use';
COMMENT ON COLUMN dedupe_v1.golden_emails.email IS 'the address';
COMMENT ON COLUMN dedupe_v1.golden_emails.attested IS
    'where it comes from: channel, person, agent, import or unknown';
COMMENT ON COLUMN dedupe_v1.golden_emails.marks IS
    'what is known of it besides: role, free, shared, placeholder …';
COMMENT ON VIEW dedupe_v1.golden_phones IS 'Phone numbers of golden contacts.';
COMMENT ON COLUMN dedupe_v1.golden_phones.golden_id IS 'the golden contact';
COMMENT ON COLUMN dedupe_v1.golden_phones.position IS '0 is the one to use';
COMMENT ON COLUMN dedupe_v1.golden_phones.phone IS 'the number in E.164';
COMMENT ON COLUMN dedupe_v1.golden_phones.extension IS 'extension; empty for none';
COMMENT ON COLUMN dedupe_v1.golden_phones.type IS 'mobile, fixed_line …, where the number tells it';
COMMENT ON COLUMN dedupe_v1.golden_phones.region IS 'country of the number, ISO 3166-1 alpha-2';
COMMENT ON COLUMN dedupe_v1.golden_phones.attested IS
    'where it comes from: channel, person, agent, import or unknown';
COMMENT ON COLUMN dedupe_v1.golden_phones.marks IS
    'what is known of it besides: role, free, shared, placeholder …';
COMMENT ON VIEW dedupe_v1.source_links IS
    'The crosswalk: which golden contact each source contact belongs to.';
COMMENT ON COLUMN dedupe_v1.source_links.golden_id IS 'the golden contact';
COMMENT ON COLUMN dedupe_v1.source_links.source IS 'the source''s name in the configuration';
COMMENT ON COLUMN dedupe_v1.source_links.provider IS 'its provider';
COMMENT ON COLUMN dedupe_v1.source_links.external_id IS 'the contact''s id at the source';
COMMENT ON COLUMN dedupe_v1.source_links.source_contact_id IS 'the contact''s id here, for good';
COMMENT ON COLUMN dedupe_v1.source_links.cause IS 'why it is there: alone, match or decision';
COMMENT ON COLUMN dedupe_v1.source_links.linked_at IS 'since when it belongs to this golden contact';
COMMENT ON COLUMN dedupe_v1.source_links.run_id IS 'the run that last wrote the link';
COMMENT ON VIEW dedupe_v1.golden_ids IS 'Every golden id that was ever served.';
COMMENT ON COLUMN dedupe_v1.golden_ids.id IS 'the golden id';
COMMENT ON COLUMN dedupe_v1.golden_ids.published_at IS 'when it was first served';
COMMENT ON COLUMN dedupe_v1.golden_ids.retired_at IS 'since when it is not; null while it is';
COMMENT ON COLUMN dedupe_v1.golden_ids.successors IS
    'where a retired id leads to: one after a merge, or several';
COMMENT ON VIEW dedupe_v1.golden_events IS 'What happened to golden contacts.';
COMMENT ON COLUMN dedupe_v1.golden_events.position IS 'commit order; gaps mean nothing';
COMMENT ON COLUMN dedupe_v1.golden_events.golden_id IS 'the golden contact it is about';
COMMENT ON COLUMN dedupe_v1.golden_events.kind IS 'made, changed, merged, split, retired or revived';
COMMENT ON COLUMN dedupe_v1.golden_events.cause IS
    'contact, decision, shared value, configuration, model, code, erasure';
COMMENT ON COLUMN dedupe_v1.golden_events.run_id IS 'the run that published it';
COMMENT ON COLUMN dedupe_v1.golden_events.members_before IS 'its source contacts before';
COMMENT ON COLUMN dedupe_v1.golden_events.members_after IS 'its source contacts since';
COMMENT ON COLUMN dedupe_v1.golden_events.related IS 'golden ids that its members came from or went to';
COMMENT ON COLUMN dedupe_v1.golden_events.occurred_at IS 'when it was published';
"""


def upgrade() -> None:
    for statements in (TABLES, COMMENTS):
        op.get_bind().exec_driver_sql(statements)
