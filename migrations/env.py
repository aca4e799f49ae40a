"""Alembic's entry: runs the migrations on the connection of `storage.migrating`, or writes their SQL."""

from alembic import context
from psycopg import sql


class Statements:
    """Stands for the connection where the statements are only written."""

    def __init__(self, impl):
        self._impl = impl
        self.dialect = impl.dialect

    def exec_driver_sql(self, statement, values=None):
        if values is not None:
            statement %= {name: sql.Literal(value).as_string() for name, value in values.items()}
        self._impl.static_output(statement.strip().rstrip(";") + ";")


given = {"version_table_schema": "dedupe", "include_schemas": True}
if context.is_offline_mode():
    context.configure(dialect_name="postgresql", **given)
    impl = context.get_context().impl
    impl.connection = Statements(impl)
else:
    context.configure(connection=context.config.attributes["connection"], **given)
with context.begin_transaction():
    context.run_migrations()
