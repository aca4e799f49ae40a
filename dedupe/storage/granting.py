"""What a role that runs the program needs, besides the one that makes and changes the tables."""

from __future__ import annotations

from sqlalchemy import Connection

from dedupe.errors import DatabaseUnavailable
from dedupe.storage.tables import SCHEMA
from dedupe.storage.tables.columns import PUBLIC_SCHEMA

_ROWS = "SELECT, INSERT, UPDATE, DELETE"


def grants(role: str) -> list[str]:
    """The statements, which the tables' owner runs; what it makes later is granted by them as well."""
    to = '"' + role.replace('"', '""') + '"'
    return [
        f"GRANT USAGE ON SCHEMA {SCHEMA}, {PUBLIC_SCHEMA} TO {to}",
        f"GRANT {_ROWS} ON ALL TABLES IN SCHEMA {SCHEMA} TO {to}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {PUBLIC_SCHEMA} TO {to}",
        f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA {SCHEMA} TO {to}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {SCHEMA} TO {to}",
        f"REVOKE INSERT, UPDATE, DELETE ON {SCHEMA}.alembic_version FROM {to}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT {_ROWS} ON TABLES TO {to}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {PUBLIC_SCHEMA} GRANT SELECT ON TABLES TO {to}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {to}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT EXECUTE ON FUNCTIONS TO {to}",
    ]


def grant(connection: Connection, role: str) -> None:
    """Run them. Raises DatabaseUnavailable where there is no such role."""
    known = connection.exec_driver_sql("SELECT count(*) FROM pg_roles WHERE rolname = %s", (role,))
    if not known.scalar_one():
        raise DatabaseUnavailable(f'there is no role {role}: create it first, as CREATE ROLE "{role}" LOGIN')
    for statement in grants(role):
        connection.exec_driver_sql(statement)
