"""Which source contacts are to be read again, so that reading looks at those alone.

A transaction's note for reading now bears the source contacts that got or lost a tombstone or lost their
normalized content, and the id after which its versions come: the last that was given out before it first
added any, so that all of its own come after, whoever else adds some meanwhile. So versions need not be
listed, and the load of a million costs nothing more. Who draws ids before adding says so before drawing.

Candidates are sorted into the indexes of their members at once: what waited to be sorted in was read by each
look-up, which took longer than all else that a small run does.

What values have gained since term frequencies were saved stands beside them.
"""

from alembic import op

revision = "0008"
down_revision = "0007"

TABLES = """
ALTER TABLE dedupe.changes ADD COLUMN versions_after BIGINT;

CREATE TABLE dedupe.grown_terms (
    key BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    value BIGINT NOT NULL,
    steps BIGINT NOT NULL,
    run_id UUID NOT NULL,
    CONSTRAINT pk_grown_terms PRIMARY KEY (key)
);
"""

VERSIONS_COME = """
CREATE FUNCTION dedupe.versions_come() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    note constant bigint := dedupe.noted('reading');
BEGIN
    UPDATE dedupe.changes
       SET versions_after = (SELECT last_value - CASE WHEN is_called THEN 0 ELSE 1 END
                               FROM dedupe.source_contact_versions_id_seq)
     WHERE id = note AND versions_after IS NULL;
END $$
"""

NOTE_VERSIONS = """
CREATE FUNCTION dedupe.note_versions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM dedupe.versions_come();
    RETURN NULL;
END $$
"""

NOTE_CONTACTS = """
CREATE OR REPLACE FUNCTION dedupe.note_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    listed constant text := 'INSERT INTO dedupe.changed_contacts (change_id, source_contact_id)'
        || ' SELECT $1, t.* FROM (' || TG_ARGV[0] || ') t';
    any_touched boolean;
    note bigint;
BEGIN
    EXECUTE 'SELECT EXISTS (' || TG_ARGV[0] || ')' INTO any_touched;
    IF NOT any_touched THEN
        RETURN NULL;
    END IF;
    IF TG_NARGS > 1 THEN
        note := dedupe.noted(TG_ARGV[1]);
        IF note IS NOT NULL THEN
            EXECUTE listed USING note;
        END IF;
    END IF;
    IF NOT EXISTS (SELECT FROM dedupe.match_index) THEN
        PERFORM dedupe.noted('merging');
        PERFORM dedupe.noted('everything');
        RETURN NULL;
    END IF;
    EXECUTE listed USING dedupe.noted('merging');
    RETURN NULL;
END $$
"""

READ_AGAIN = {
    ("contacts", "UPDATE"): "SELECT source_contact_id FROM touched",
    ("contacts", "DELETE"): "SELECT source_contact_id FROM touched",
    ("source_contacts", "UPDATE"): "SELECT id FROM touched",
}
"""By table and event: the source contacts that a statement touched, which may be to be read again."""


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (TABLES, VERSIONS_COME, NOTE_VERSIONS, NOTE_CONTACTS):
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("DROP TRIGGER note_added ON dedupe.source_contact_versions")
    connection.exec_driver_sql(
        "CREATE TRIGGER note_versions BEFORE INSERT ON dedupe.source_contact_versions"
        " FOR EACH STATEMENT EXECUTE FUNCTION dedupe.note_versions()"
    )
    for (table, event), touched in READ_AGAIN.items():
        side = "OLD" if event == "DELETE" else "NEW"
        connection.exec_driver_sql(f"DROP TRIGGER note_contacts_{event.lower()} ON dedupe.{table}")
        connection.exec_driver_sql(
            f"CREATE TRIGGER note_contacts_{event.lower()} AFTER {event} ON dedupe.{table}"
            f" REFERENCING {side} TABLE AS touched FOR EACH STATEMENT"
            f" EXECUTE FUNCTION dedupe.note_contacts('{touched}', reading)"
        )
    connection.exec_driver_sql(  # in a session that checks references at once, too (revision 0007)
        "ALTER TABLE dedupe.source_contact_versions ENABLE ALWAYS TRIGGER note_versions"
    )
    for side in ("left", "right"):
        index = f"dedupe.ix_review_candidates_{side}_members"
        connection.exec_driver_sql(f"ALTER INDEX {index} SET (fastupdate = off)")
        connection.exec_driver_sql(f"SELECT gin_clean_pending_list('{index}')")
    # What was noted so far names nobody: all is looked through once.
    connection.exec_driver_sql("DELETE FROM dedupe.settled WHERE about = 'reading'")
