"""Migration of the tables to this release by Alembic's revisions in `migrations/`, forward only."""

from __future__ import annotations

import io

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from alembic.util import CommandError
from sqlalchemy import Connection

from dedupe.errors import DatabaseUnavailable, InputError
from dedupe.storage import granting
from dedupe.storage.database import Database
from dedupe.storage.locks import lock_key
from dedupe.storage.revisions import folder
from dedupe.storage.tables import SCHEMA

LOCK = "migrate"
LOCK_TIMEOUT = 10.0  # seconds; rather give up than stand in a queue that everybody else then stands behind


def migrate(
    database: Database,
    to: str = "head",
    *,
    wait: float = 0.0,
    lock_timeout: float = LOCK_TIMEOUT,
    grant_to: str | None = None,
) -> list[str]:
    """Run the revisions that are missing, in one transaction; gives those that were run. `grant_to`: a role
    that gets what it needs to run the program.

    Raises LockHeld when another process migrates (after `wait` seconds) or holds a table for longer than
    `lock_timeout`.
    """
    with database.lock(LOCK, wait=wait) as database, database.begin() as connection:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(lock_timeout * 1000)}")
        missing = _missing(connection, to)
        if missing:
            connection.exec_driver_sql(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, to)
        if grant_to is not None:
            granting.grant(connection, grant_to)
        return missing


def pending(database: Database) -> list[str]:
    """The revisions of this release that the database doesn't have, in order."""
    with database.connect() as connection:
        return _missing(connection, "head")


def as_sql(since: str | None, grant_to: str | None = None) -> str:
    """The revisions behind `since` (None: all) as one transaction of SQL, for psql, as the tables' owner.

    Raises InputError for a revision that this release doesn't know.
    """
    if since is not None and since not in revisions():
        raise InputError(f"--from: there is no revision {since}; there are {', '.join(revisions())}")
    config = _config()
    config.output_buffer = written = io.StringIO()
    try:
        command.upgrade(config, f"{since or 'base'}:head", sql=True)
    except CommandError as error:
        raise InputError(f"--from: {error}") from None
    begin, _, rest = written.getvalue().partition("BEGIN;")
    granted = "".join(f"{statement};\n\n" for statement in (granting.grants(grant_to) if grant_to else []))
    before = (
        f"SET LOCAL lock_timeout = {int(LOCK_TIMEOUT * 1000)};\n\n"
        f"SELECT pg_advisory_xact_lock({lock_key(LOCK)});\n\nCREATE SCHEMA IF NOT EXISTS {SCHEMA};"
    )
    changes, _, _ = rest.rpartition("COMMIT;")
    return f"{begin}BEGIN;\n\n{before}{changes}{granted}COMMIT;\n"


def revision_of(database: Database) -> str | None:
    """The revision of the tables; None where there are none."""
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
        return context.get_current_revision()


def revisions() -> list[str]:
    """All revisions of this release, the oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def _missing(connection: Connection, to: str) -> list[str]:
    context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
    current = context.get_current_revision()
    scripts = ScriptDirectory.from_config(_config())
    try:
        wanted = scripts.iterate_revisions(to, current or "base")
        return [script.revision for script in wanted if script.revision != current][::-1]
    except ResolutionError:
        raise DatabaseUnavailable(
            f"The tables are at revision {current}, which this release does not know: a newer release made "
            "them. Run that one."
        ) from None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder()).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
