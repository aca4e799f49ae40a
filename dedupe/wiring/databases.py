"""The configured Postgres, opened. It loads no other room: a lookup needs nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dedupe import config
from dedupe.config import Settings
from dedupe.errors import ConfigurationError, DatabaseUnavailable
from dedupe.storage.database import Database
from dedupe.storage.embedded.server import Embedded
from dedupe.storage.revisions import up_to_date
from dedupe.storage.server_address import ServerAddress


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Open the configured Postgres with all tables.

    The embedded one is migrated automatically, a server never.

    Raises DatabaseUnavailable where its tables are of an older release.
    """
    with database_as_it_is(settings) as database:
        _up_to_date(database, migrates=_database_url(settings) is None)
        yield database


def _up_to_date(database: Database, migrates: bool) -> None:
    with database.connect() as connection:
        if up_to_date(connection):
            return
    from dedupe.storage.migrating import (  # not above: the tables are nearly always of this release
        migrate,
        pending,
    )

    if not pending(database):
        return
    if not migrates:
        raise DatabaseUnavailable("the tables are of an older release, or missing: run `dedupe migrate`")
    migrate(database, wait=60)


def database_as_it_is(settings: Settings) -> Database:
    """Open the configured Postgres without looking at its tables. A context manager."""
    section = settings.database
    return Database(_database_url(settings), section.data_dir, require_tls=section.require_tls)


def not_made_yet(settings: Settings) -> str | None:
    """Where the embedded one will be, if nothing has made it so far; else None."""
    if _database_url(settings) is not None:
        return None
    embedded = Embedded(settings.database.data_dir)
    return None if embedded.is_made else str(embedded.folder)


def how_to_migrate(settings: Settings) -> str:
    """What a person must do to create or migrate the tables, given how `open_database` works."""
    if _database_url(settings) is not None:
        return "run `dedupe migrate`"
    return "the next `dedupe import` or `dedupe nightly` sees to that by itself"


def _database_url(settings: Settings) -> str | None:
    section = settings.database
    if section.url_env is not None:
        url, problem = config.secret_of_variable(section.url_env, "database.url_env")
    elif section.url_file is not None:
        url, problem = config.secret_of_file(section.url_file, "database.url_file")
    else:
        return section.url
    if url is None:
        raise ConfigurationError(problem or "")
    return url


def server_address(settings: Settings) -> ServerAddress:
    """Where processes elsewhere find the configured Postgres."""
    section = settings.database
    return ServerAddress(
        section.url_env, section.url_file, section.url, section.data_dir, section.require_tls
    )
