"""The index of match keys, and the source contacts that a change is about.

A transaction's note of a change (revision 0003) now bears the source contacts that it touched, where there is
an index to keep current; where there is none the note says that everything may have changed. Statements tell
them by their transition tables, so that a million rows are noted by one statement.
"""

from alembic import op

revision = "0004"
down_revision = "0003"

TABLES = """
CREATE TABLE dedupe.changed_contacts (
    change_id BIGINT NOT NULL,
    source_contact_id UUID NOT NULL
);
CREATE INDEX ix_changed_contacts_change_id ON dedupe.changed_contacts (change_id);

CREATE TABLE dedupe.match_index (
    made_by TEXT COLLATE "C" NOT NULL,
    contacts BIGINT NOT NULL,
    keys BIGINT NOT NULL,
    page_bits SMALLINT NOT NULL,
    CONSTRAINT pk_match_index PRIMARY KEY (made_by)
);

CREATE TABLE dedupe.match_index_keys (
    page BIGINT NOT NULL,
    content BYTEA NOT NULL,
    CONSTRAINT pk_match_index_keys PRIMARY KEY (page)
);
ALTER TABLE dedupe.match_index_keys ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE dedupe.match_index_contacts (
    page BIGINT NOT NULL,
    first_id UUID NOT NULL,
    ids BYTEA NOT NULL,
    keys BYTEA NOT NULL,
    CONSTRAINT pk_match_index_contacts PRIMARY KEY (page),
    CONSTRAINT uq_match_index_contacts_first_id UNIQUE (first_id)
);
ALTER TABLE dedupe.match_index_contacts
    ALTER COLUMN ids SET STORAGE EXTERNAL, ALTER COLUMN keys SET STORAGE EXTERNAL;

CREATE TABLE dedupe.match_index_changes (
    source_contact_id UUID NOT NULL,
    keys BIGINT[] NOT NULL,
    CONSTRAINT pk_match_index_changes PRIMARY KEY (source_contact_id)
);
CREATE INDEX ix_match_index_changes_keys ON dedupe.match_index_changes USING gin (keys)
    WITH (fastupdate = off);
"""

NOTED = """
CREATE FUNCTION dedupe.noted(subject text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    known text := coalesce(current_setting('dedupe.noted_' || subject, true), '');
    note bigint;
BEGIN
    IF known = 'yes' THEN
        RETURN NULL;
    ELSIF known <> '' THEN
        RETURN known::bigint;
    END IF;
    INSERT INTO dedupe.changes (about) VALUES (subject) RETURNING id INTO note;
    PERFORM set_config('dedupe.noted_' || subject, note::text, true);
    RETURN note;
END $$
"""

NOTE = """
CREATE OR REPLACE FUNCTION dedupe.note_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    subject text;
BEGIN
    FOREACH subject IN ARRAY TG_ARGV LOOP
        PERFORM dedupe.noted(subject);
    END LOOP;
    RETURN NULL;
END $$
"""

NOTE_CONTACTS = """
CREATE FUNCTION dedupe.note_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    any_touched boolean;
BEGIN
    EXECUTE 'SELECT EXISTS (' || TG_ARGV[0] || ')' INTO any_touched;
    IF NOT any_touched THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (SELECT FROM dedupe.match_index) THEN
        PERFORM dedupe.noted('merging');
        PERFORM dedupe.noted('everything');
        RETURN NULL;
    END IF;
    EXECUTE 'INSERT INTO dedupe.changed_contacts (change_id, source_contact_id) SELECT $1, t.* FROM ('
            || TG_ARGV[0] || ') t' USING dedupe.noted('merging');
    RETURN NULL;
END $$
"""

OF_A_CONTACT, ITSELF = "SELECT source_contact_id FROM touched", "SELECT id FROM touched"
DECIDED = "SELECT m.source_contact_id FROM touched t JOIN dedupe.decision_members m ON m.decision_id = t.id"
TOUCHING = {
    ("contacts", "INSERT"): OF_A_CONTACT,
    ("contacts", "UPDATE"): OF_A_CONTACT,
    ("contacts", "DELETE"): OF_A_CONTACT,
    ("source_contacts", "UPDATE"): ITSELF,
    ("decision_members", "INSERT"): OF_A_CONTACT,
    ("decision_members", "UPDATE"): OF_A_CONTACT,
    ("decision_members", "DELETE"): OF_A_CONTACT,
    ("decisions", "UPDATE"): DECIDED,
}
"""By table and event: the source contacts that a statement touched."""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (TABLES, NOTED, NOTE, NOTE_CONTACTS):
        connection.exec_driver_sql(statement)
    for (table, event), touched in TOUCHING.items():
        side = "OLD" if event == "DELETE" else "NEW"
        connection.exec_driver_sql(
            f"CREATE TRIGGER note_contacts_{event.lower()} AFTER {event} ON dedupe.{table}"
            f" REFERENCING {side} TABLE AS touched FOR EACH STATEMENT"
            f" EXECUTE FUNCTION dedupe.note_contacts('{touched}')"
        )
    connection.exec_driver_sql("DROP TRIGGER note_renamed ON dedupe.sources")
    connection.exec_driver_sql(
        "CREATE TRIGGER note_renamed AFTER UPDATE OF name ON dedupe.sources FOR EACH ROW"
        " WHEN (OLD.name IS DISTINCT FROM NEW.name)"
        " EXECUTE FUNCTION dedupe.note_change(reading, merging, everything)"
    )
    for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        connection.exec_driver_sql(
            f"CREATE TRIGGER note_values_{event.lower()} AFTER {event} ON dedupe.decisions FOR EACH ROW"
            f" WHEN ({row}.subject = 'value' AND {row}.verdict <> 'not_theirs')"
            " EXECUTE FUNCTION dedupe.note_change(merging, everything)"
        )
