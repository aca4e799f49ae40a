"""What a server must be, to be used at all."""

from __future__ import annotations

from sqlalchemy import Connection

from dedupe.errors import DatabaseUnavailable

OLDEST = 15


def check_server(connection: Connection) -> None:
    """Raises DatabaseUnavailable for an old server, another encoding than UTF8, a replica."""
    row = connection.exec_driver_sql(
        "SELECT current_setting('server_version_num')::int / 10000, getdatabaseencoding(),"
        " pg_is_in_recovery()"
    ).one()
    version, encoding, replica = row
    if version < OLDEST:
        raise DatabaseUnavailable(
            f"The server is PostgreSQL {version}; {OLDEST} or later is needed. Upgrade it."
        )
    if encoding != "UTF8":
        raise DatabaseUnavailable(
            f"The database's encoding is {encoding}; create one with ENCODING 'UTF8' TEMPLATE template0."
        )
    if replica:
        raise DatabaseUnavailable("The server is a replica and can't be written to; name its primary.")
