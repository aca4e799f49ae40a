"""No connection to Postgres is left open, whatever happens to who uses it."""

import contextlib
import gc
import logging
import sys
import threading
import types
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from dedupe.errors import DatabaseUnavailable
from dedupe.storage import database as module
from dedupe.storage.database import Database


@pytest.fixture
def others(database_url: str, database: Database) -> Callable[[], int]:
    """How many sessions there are besides the one that counts."""

    def count() -> int:
        query = text("""
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
        """)
        with database.connect() as connection:
            for _ in range(100):  # a session that was closed takes a moment to end
                if not (left := int(connection.execute(query).scalar_one())):
                    break
                connection.rollback()
                threading.Event().wait(0.01)
        return left

    return count


def test_a_connection_that_a_generator_holds_is_closed_with_the_database(database_url, others):
    def numbers(database: Database) -> Generator[int, None, None]:
        with database.connect() as connection:
            yield from connection.execute(text("SELECT generate_series(1, 9)")).scalars()

    with Database(database_url) as database:
        held = numbers(database)
        assert next(held) == 1
    assert others() == 0
    with pytest.raises(DatabaseUnavailable):
        held.close()


def test_a_connection_on_which_another_thread_waits_is_closed_with_the_database(database_url, others):
    began, failed = threading.Event(), []

    def wait(database: Database) -> None:
        try:
            with database.connect() as connection:
                began.set()
                connection.execute(text("SELECT pg_sleep(60)"))
        except Exception as error:  # noqa: BLE001  whatever it is, it must end
            failed.append(error)

    with Database(database_url) as database:
        thread = threading.Thread(target=wait, args=(database,))
        thread.start()
        assert began.wait(10)
    thread.join(20)
    assert not thread.is_alive()
    assert failed
    assert others() == 0


def test_a_database_that_nobody_closed_closes_its_connections(database_url, others):
    database = Database(database_url)
    database.open()
    lock = database.lock("held")
    lock.__enter__()
    del database, lock
    gc.collect()
    assert others() == 0


def test_a_session_that_can_not_be_prepared_is_closed(database_url, others):
    def refuse(*_: object) -> None:
        raise DatabaseUnavailable("test")

    with Database(database_url) as database:
        database.engine.dispose()
        event.listen(database.engine, "connect", refuse)
        with pytest.raises(DatabaseUnavailable), database.connect():
            pass
        assert others() == 0


def test_ctrl_c_leaves_no_connection_wherever_it_comes(database_url, others, caplog):
    """At each line of the module in turn; only right behind the driver's own return nobody knows of it."""
    caplog.set_level(
        logging.CRITICAL, "sqlalchemy.pool"
    )  # records that pytest keeps hold the frames

    def use() -> None:
        with Database(database_url) as database, database.lock("x"), database.begin() as connection:
            connection.execute(text("SELECT 1"))

    step = 0
    while _broken_off_at(step, use):
        step += 1
    gc.collect()
    assert step > 50
    assert others() == 0


def _broken_off_at(step: int, use: Callable[[], None]) -> bool:
    """Runs it with a KeyboardInterrupt at that line of the module; whether it has so many."""
    seen = -1
    own = Path(module.__file__).name

    def trace(frame: types.FrameType, kind: str, _: Any) -> Any:
        nonlocal seen
        if not frame.f_code.co_filename.endswith(own):
            return trace if kind == "call" else None
        if kind == "line" and frame.f_lineno not in _BEHIND_THE_DRIVER:
            seen += 1
            if seen == step:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            use()
    finally:
        sys.settrace(before)
    return seen >= step


_BEHIND_THE_DRIVER = {
    number
    for number, line in enumerate(Path(module.__file__).read_text().splitlines(), start=1)
    if "self._opened.add(" in line
}
