"""Alembic's entry: runs the migrations on the connection it is handed by `dedupe.storage.migrating`."""

from alembic import context

connection = context.config.attributes["connection"]
context.configure(connection=connection, version_table_schema="dedupe", include_schemas=True)
with context.begin_transaction():
    context.run_migrations()
