"""Migration of the tables to this release by Alembic's revisions in `migrations/`, forward only."""

from __future__ import annotations

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import ResolutionError
from sqlalchemy import Connection

from dedupe.errors import DatabaseUnavailable
from dedupe.storage.database import Database
from dedupe.storage.revisions import folder
from dedupe.storage.tables import SCHEMA

LOCK = "migrate"
LOCK_TIMEOUT = 10.0  # seconds; rather give up than stand in a queue that everybody else then stands behind


def migrate(
    database: Database, to: str = "head", *, wait: float = 0.0, lock_timeout: float = LOCK_TIMEOUT
) -> list[str]:
    """Run the revisions that are missing, in one transaction; gives those that were run.

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
        return missing


def pending(database: Database) -> list[str]:
    """The revisions of this release that the database doesn't have, in order."""
    with database.connect() as connection:
        return _missing(connection, "head")


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
