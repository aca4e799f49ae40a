"""The connection to Postgres, which is the embedded one or the server that `database.url` names.

A repository takes a `Connection` and never commits; a use case opens one transaction with `begin`. Under a
lock the database is the one that `lock` gives: each transaction of it checks that the lock is still held.
"""

from __future__ import annotations

import contextlib
import copy
import os
import platform
import weakref
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from dedupe.errors import ConfigurationError, DatabaseUnavailable, DiskFull
from dedupe.storage.connection_registry import OpenConnections
from dedupe.storage.driver_errors import translate_driver_error, translating_errors
from dedupe.storage.embedded.files import room
from dedupe.storage.embedded.server import Embedded
from dedupe.storage.liveness import refuse_ended
from dedupe.storage.locks import AdvisoryLock, checked, lost
from dedupe.storage.server_checks import check_server
from dedupe.storage.transport import over_tls, refuse_plain, shown

__all__ = ["Connection", "Database", "normalized_url", "pooled_by_transaction"]

POOLED = "a pooler hands each transaction another session: name the server itself, or pool by session"
CONNECTIONS = 25  # of a process at the same time, opened as they are needed
KEEPALIVES = {"keepalives": 1, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}

# A transaction that publishes computes between its statements: it may be idle for as long as that takes.
# Each where the user may; only a superuser decides what the server logs (the embedded one logs no statement).
_SESSION = """
SELECT set_config('timezone', 'UTC', false),
       set_config('idle_in_transaction_session_timeout', '0', false),
       CASE WHEN has_parameter_privilege('log_min_error_statement', 'SET')
            THEN set_config('log_min_error_statement', 'panic', false) END
"""


class Database:
    """Postgres, opened by `with`. Safe to share between threads."""

    def __init__(
        self, url: str | None = None, data_dir: Path | None = None, *, require_tls: bool = False
    ) -> None:
        """`url`: a server; None: the embedded one in `data_dir` (None: the user's usual place). With
        `require_tls` a server on another machine is reached by TLS or not at all; ConfigurationError where
        the address says otherwise."""
        self._embedded = Embedded(data_dir) if url is None else None
        self._url = normalized_url(url) if url is not None else None
        self._require_tls = require_tls and self._embedded is None
        if self._url is not None and require_tls:
            self._url = over_tls(self._url)
        self._engine: Engine | None = None
        self._opened = OpenConnections()
        self._locks: tuple[AdvisoryLock, ...] = ()
        self._lasts = False  # what a session sets, and its locks: no pooler hands it to others
        self._over: Database | None = None  # the one that this is, under locks
        weakref.finalize(self, self._opened.close)

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def open(self) -> None:
        """Start the embedded server if need be and connect. Raises UsageError for a server that can't
        serve."""
        if self._embedded is not None:
            self._embedded.start()
            self._url = normalized_url(self._embedded.url())
        assert self._url is not None
        try:
            self._engine = self._make_engine(self._url)
            with self.connect() as connection:
                check_server(connection)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
        self._opened.close()
        if self._embedded is not None:
            self._embedded.close()

    def cancel(self) -> None:
        """Cancel every statement at work, so that whoever waits for it comes to an end."""
        self._opened.cancel()

    @property
    def connections_in_use(self) -> int:
        """Of the pool's `CONNECTIONS`."""
        pool: Any = self.engine.pool
        return int(pool.checkedout())

    @property
    def address(self) -> str:
        """The address without the password, for people and logs."""
        return shown(self._url) if self._url is not None else "embedded"

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for migrations only. Raises RuntimeError before `open`."""
        if self._over is not None:
            return self._over.engine
        if self._engine is None:
            raise RuntimeError("the database is not open")
        return self._engine

    @contextlib.contextmanager
    def begin(self, *, snapshot: bool = False) -> Iterator[Connection]:
        """One transaction, committed at the end; with `snapshot` every query in it sees the same moment.

        Raises LockLost and commits nothing unless each lock of this database is held all the while.
        """
        with self.connect() as connection:
            if snapshot:
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin(), checked(connection, self._locks):
                yield connection

    @contextlib.contextmanager
    def each(self) -> Iterator[Connection]:
        """A connection that commits each statement by itself: one round trip to the server instead of three.

        Raises RuntimeError under a lock, which only a transaction can check.
        """
        if self._locks:
            raise RuntimeError("under a lock, begin a transaction")
        with self.connect() as connection:
            yield connection.execution_options(isolation_level="AUTOCOMMIT")

    @contextlib.contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection for reading; what was not committed is rolled back at the end."""
        try:
            with self.engine.connect() as connection:
                yield connection
        except DatabaseUnavailable as error:
            self._add_disk_room(error)
            raise

    @contextlib.contextmanager
    def lock(self, name: str, *, wait: float = 0.0) -> Iterator[Database]:
        """Hold the advisory lock of that name; gives this database under it and its earlier locks.

        Raises LockHeld after `wait` seconds.
        """
        self._refuse_pooler()
        with self._own_connection() as connection:
            lock = AdvisoryLock(name, connection)
            lock.take(wait)
            under = copy.copy(self)
            under._locks, under._over = (*self._locks, lock), self
            try:
                yield under
            except DatabaseUnavailable as error:
                if lock.is_lost() and self._answers():
                    raise lost(name, error) from error
                raise
            finally:
                lock.release()

    def _refuse_pooler(self) -> None:
        """Raises DatabaseUnavailable where locks would not last, asked once."""
        if self._embedded is None and not self._lasts:
            if pooled_by_transaction(self):
                raise DatabaseUnavailable(POOLED)
            self._lasts = True

    def check_locks(self) -> None:
        """Raises LockLost unless every lock of this database is held."""
        with self.begin():
            pass

    def _add_disk_room(self, error: DatabaseUnavailable) -> None:
        """Add to the error's text which disk is full, or so nearly full that it may be the cause."""
        if self._embedded is not None:
            folder = self._embedded.folder
            where = f" Postgres lies in {folder}{room(folder)}."
            concerns = isinstance(error, DiskFull) or bool(room(folder))
        else:
            where = f" It is the disk of {self._url.host or 'this machine'}." if self._url else ""
            concerns = isinstance(error, DiskFull)
        if concerns and where not in str(error):
            error.args = (f"{error}{where}",)

    def _answers(self) -> bool:
        try:
            with self.connect():
                return True
        except (DatabaseUnavailable, RuntimeError):  # it is down, or closed
            return False

    @contextlib.contextmanager
    def _own_connection(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection outside the pool, whose end either side notices within a minute."""
        dialect = self.engine.dialect
        args, arguments = dialect.create_connect_args(self.engine.url)
        with translating_errors():
            connection = self._connect(dialect, None, args, {**arguments, "autocommit": True})
        try:
            with translating_errors():
                connection.execute(_SESSION)
                connection.execute(
                    "SELECT set_config('client_connection_check_interval', '10s', false),"
                    " set_config('tcp_keepalives_idle', '30', false),"
                    " set_config('tcp_keepalives_interval', '10', false),"
                    " set_config('tcp_keepalives_count', '3', false),"
                    " set_config('idle_session_timeout', '0', false)"
                )
            yield connection
        finally:
            connection.close()

    def _make_engine(self, url: URL) -> Engine:
        name = f"dedupe {platform.node()}:{os.getpid()}"[:63]
        usual = {"connect_timeout": 10, "application_name": name, "client_encoding": "utf8", **KEEPALIVES}
        missing = {key: str(value) for key, value in usual.items() if key not in url.query}
        engine = create_engine(
            url.update_query_dict(missing),
            hide_parameters=True,
            # All are kept: one beyond what is kept is opened for one transaction and closed again, which
            # takes longer than the transaction.
            pool_size=CONNECTIONS,
            max_overflow=0,
        )
        event.listen(engine, "handle_error", translate_driver_error)
        event.listen(engine, "connect", _prepare_session)
        event.listen(engine, "do_connect", self._connect)
        event.listen(engine, "checkout", refuse_ended)
        return engine

    def _connect(self, dialect: Any, _record: Any, args: Any, arguments: Any) -> Any:
        """A driver's connection; restarts an embedded server that was killed."""
        try:
            connection = dialect.connect(*args, **arguments)
        except psycopg.OperationalError:
            if self._embedded is None:
                raise
            self._embedded.start()
            connection = dialect.connect(*args, **arguments)
        self._opened.add(connection)
        if self._require_tls:
            refuse_plain(connection)
        return connection


def normalized_url(url: str) -> URL:
    """The address of a Postgres, with our driver whatever it names. Raises ConfigurationError for others."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(
            "database.url is not an address such as postgresql://user:password@host:5432/database"
        ) from None
    if parsed.drivername.split("+")[0] not in ("postgresql", "postgres"):
        raise ConfigurationError(
            f"database.url must begin with postgresql://, not with {parsed.drivername}://"
        )
    return parsed.set(drivername="postgresql+psycopg")


def pooled_by_transaction(database: Database) -> bool:
    """Whether a pooler gives each transaction another connection, so that locks and settings don't last: the
    server process of a first session, while that is idle, goes to a second one."""
    with database._own_connection() as first, translating_errors():
        before = _server_process(first)
        with database._own_connection() as second, second.transaction():
            other = _server_process(second)
            return other == before or _server_process(first) != before


def _server_process(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])


def _prepare_session(connection: psycopg.Connection[Any], _record: object) -> None:
    connection.autocommit = True
    connection.execute(_SESSION)
    connection.autocommit = False
