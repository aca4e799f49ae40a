"""Foreign keys of many rows are checked at once (storage.references), in a session that is in replica mode
while it loads: what notes changes fires there as well, and whoever deletes source contacts waits for those
that publish."""

from alembic import op

revision = "0007"
down_revision = "0006"

NOTING = {
    "source_contacts": ("note_added",),
    "source_contact_versions": ("note_added",),
    "contacts": ("note_added", "note_contacts_insert"),
}

WAIT = """
CREATE FUNCTION dedupe.announce_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('contact-dedupe: burying', 0));
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    connection = op.get_bind()
    for table, triggers in NOTING.items():
        for name in triggers:
            connection.exec_driver_sql(f"ALTER TABLE dedupe.{table} ENABLE ALWAYS TRIGGER {name}")
    connection.exec_driver_sql(WAIT)
    connection.exec_driver_sql(
        "CREATE TRIGGER announce_deletion BEFORE DELETE ON dedupe.source_contacts"
        " FOR EACH STATEMENT EXECUTE FUNCTION dedupe.announce_deletion()"
    )
