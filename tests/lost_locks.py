"""Sessions of a run end under it: a failover, an administrator, a firewall.

Only sessions of the test's own database: the server is shared with tests of other workers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text

from dedupe.storage.database import Database

_ALL = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"""
# Sessions that hold a lock for long do it by themselves, those that work in a transaction for its length.
_OF_LOCKS = """
    SELECT pg_terminate_backend(a.pid, 10000) FROM pg_stat_activity a
     WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start IS NULL
       AND EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'advisory')"""
_AMID = f"""
    CREATE FUNCTION dedupe.lose_locks() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN PERFORM 1 FROM ({_OF_LOCKS}) AS ended; RETURN NULL; END$$;
    CREATE TRIGGER lose_locks AFTER INSERT ON dedupe.{{table}}
      FOR EACH STATEMENT EXECUTE FUNCTION dedupe.lose_locks();
    ALTER TABLE dedupe.{{table}} ENABLE ALWAYS TRIGGER lose_locks"""


def ends_every_session(database: Database) -> None:
    """Of others than `database`."""
    _ends(database, _ALL)


def ends_the_sessions_of_locks(database: Database) -> None:
    _ends(database, _OF_LOCKS)


@contextmanager
def locks_lost_when_written(database: Database, table: str) -> Iterator[None]:
    """Whoever writes to the table loses every lock at this moment, in the midst of its transaction."""
    with database.begin() as connection:
        connection.execute(text(_AMID.format(table=table)))
    yield
    with database.begin() as connection:
        connection.execute(text("DROP FUNCTION dedupe.lose_locks CASCADE"))


def _ends(database: Database, statement: str) -> None:
    with database.begin() as connection:
        connection.execute(text(statement))
