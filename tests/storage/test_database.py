"""What the rest of the house relies on: transactions, locks, COPY, and errors that say what to do."""

from __future__ import annotations

import contextlib
import datetime
import threading
import traceback
import uuid
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    exc,
    func,
    insert,
    select,
    text,
)

from dedupe.errors import ConfigurationError, DatabaseUnavailable, DiskFull, InputError, LockHeld, LockLost
from dedupe.storage import tables
from dedupe.storage.copying import copy_in, copy_out
from dedupe.storage.database import Database, normalized_url, pooled_by_transaction
from tests.conftest import Server
from tests.lost_locks import ends_the_sessions_of_locks

NOW = datetime.datetime(2025, 3, 1, 12, 30, 15, 123456, tzinfo=datetime.UTC)


def source(name: str = "crm") -> dict[str, object]:
    return {"id": uuid.uuid4(), "name": name, "provider": "whippy", "created_at": NOW}


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(tables.sources)).scalar_one()


def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(insert(tables.sources).values(source("kept")))
    with pytest.raises(exc.IntegrityError), database.begin() as connection:
        connection.execute(insert(tables.sources), [source("lost"), source("kept")])
    with database.connect() as connection:
        assert connection.execute(select(tables.sources.c.name)).scalars().all() == ["kept"]


def test_what_a_reader_leaves_open_is_rolled_back(database: Database) -> None:
    with database.connect() as connection:
        connection.execute(insert(tables.sources).values(source()))
    with database.connect() as connection:
        assert count(connection) == 0


def test_a_snapshot_sees_one_moment(database: Database) -> None:
    with database.begin(snapshot=True) as reader:
        before = count(reader)
        with database.begin() as writer:
            writer.execute(insert(tables.sources).values(source()))
        assert count(reader) == before == 0
    with database.begin() as reader:  # the pool hands the same connection out again, without the snapshot
        assert count(reader) == 1
        with database.begin() as writer:
            writer.execute(insert(tables.sources).values(source("second")))
        assert count(reader) == 2


def test_sessions_live_in_utc(database: Database) -> None:
    with database.connect() as connection:
        assert connection.execute(text("SHOW timezone")).scalar_one() == "UTC"


# --- locks ---


def test_a_lock_is_held_by_one_and_names_its_holder(database: Database) -> None:
    with database.lock("publish") as held:
        with pytest.raises(LockHeld, match=r"'publish' is held by dedupe .*:\d+, since 2"):
            database.lock("publish").__enter__()
        with database.lock("migrate") as both:
            held.check_locks()
            both.check_locks()
    with database.lock("publish"):
        pass


def test_a_lock_is_let_go_by_an_error(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.lock("publish"):
        raise ZeroDivisionError
    with database.lock("publish"):
        pass


def test_a_lost_lock_says_so(database: Database) -> None:
    with database.lock("publish") as held:
        ends_the_sessions_of_locks(database)
        with pytest.raises(LockLost):
            held.check_locks()


@pytest.mark.parametrize("name", ["idle_in_transaction_session_timeout", "idle_session_timeout"])
def test_the_server_s_patience_with_idle_sessions_does_not_end_a_run(database_url: str, name: str) -> None:
    """Locks are held, and transactions computed in, for as long as it takes."""
    with Database(database_url) as database:
        with database.begin() as connection:
            own = connection.exec_driver_sql("SELECT current_database()").scalar_one()
            connection.exec_driver_sql(f"ALTER DATABASE {own} SET {name} = '400ms'")
        database.engine.dispose()
        with database.lock("publish") as under, under.begin() as connection:
            threading.Event().wait(0.8)
            assert count(connection) == 0


@pytest.mark.parametrize(
    ("statement", "kind", "said"),
    [
        (
            "COPY (SELECT generate_series(1, 99999)) TO '/dev/full'",
            DiskFull,
            "disk of .* is full; free space",
        ),
        (
            "SET LOCAL statement_timeout = 1; SELECT pg_sleep(9)",
            DatabaseUnavailable,
            "raise statement_timeout",
        ),
    ],
)
def test_what_the_server_has_no_room_or_patience_for_is_told(
    database: Database, statement: str, kind: type[Exception], said: str
) -> None:
    with pytest.raises(kind, match=said), database.begin() as connection:
        connection.exec_driver_sql(statement)


def test_a_direct_connection_is_not_pooled_by_transaction(database: Database) -> None:
    assert not pooled_by_transaction(database)


# --- COPY ---

COLUMNS: dict[str, pa.DataType] = {
    "id": pa.string(),
    "name": pa.string(),
    "whole": pa.int64(),
    "part": pa.float64(),
    "yes": pa.bool_(),
    "at": pa.timestamp("us", tz="UTC"),
    "bytes": pa.binary(),
    "words": pa.list_(pa.string()),
    "numbers": pa.list_(pa.int32()),
    "payload": pa.string(),
}
KINDS = pa.schema(COLUMNS)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
rows = st.fixed_dictionaries(
    {
        "id": st.uuids().map(str),
        "name": st.one_of(st.none(), texts, st.sampled_from(["", "\\N", "\\.", "a\nb", "\\", '"', "NULL"])),
        "whole": st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
        "part": st.one_of(st.none(), st.floats(allow_nan=False)),
        "yes": st.one_of(st.none(), st.booleans()),
        "at": st.one_of(
            st.none(),
            st.datetimes(min_value=datetime.datetime(1, 1, 2)).map(  # noqa: DTZ001
                lambda moment: moment.replace(tzinfo=datetime.UTC)
            ),
        ),
        "bytes": st.one_of(st.none(), st.binary()),
        "words": st.one_of(st.none(), st.lists(st.one_of(st.none(), texts))),
        "numbers": st.one_of(st.none(), st.lists(st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)))),
        "payload": st.one_of(st.none(), st.just(r'{"a": "\u0000\ud800", "a": 1}')),
    }
)


EVERYTHING = Table(
    "everything",
    MetaData(),
    Column("id", Uuid),
    Column("name", Text),
    Column("whole", BigInteger),
    Column("part", Double),
    Column("yes", Boolean),
    Column("at", DateTime(timezone=True)),
    Column("bytes", LargeBinary),
    Column("words", ARRAY(Text)),
    Column("numbers", ARRAY(Integer)),
    Column("payload", JSON),
)


@given(st.lists(rows, max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_arrow_comes_back_from_copy_as_it_went_in(
    database: Database, given_rows: list[dict[str, Any]]
) -> None:
    table = pa.Table.from_pylist(given_rows, KINDS)
    with database.connect() as connection:
        EVERYTHING.create(connection)
        assert copy_in(connection, EVERYTHING, table) == len(given_rows)
        assert copy_out(connection, select(EVERYTHING), KINDS).equals(table)


def test_rows_of_python_values_are_copied_in_too(database: Database) -> None:
    row = source()
    with database.begin() as connection:
        assert copy_in(connection, tables.sources, [list(row.values())], list(row)) == 1
        assert connection.execute(select(tables.sources.c.id)).scalar_one() == row["id"]


def test_copy_out_binds_what_a_select_asks_for(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(insert(tables.sources), [source("it's"), source("other")])
        wanted = select(tables.sources.c.name).where(tables.sources.c.name.in_(["it's", "100%"]))
        assert copy_out(connection, wanted, pa.schema([("name", pa.string())])).to_pylist() == [
            {"name": "it's"}
        ]


def test_copy_is_part_of_the_transaction(database: Database) -> None:
    row = source()
    with database.connect() as connection:
        copy_in(connection, tables.sources, [list(row.values())], list(row))
        assert count(connection) == 1
    with database.connect() as connection:
        assert count(connection) == 0


# --- errors ---

SECRET = "jo@example.org"


def whole_text(error: BaseException | None) -> str:
    """What a traceback shows of an error and of those behind it, without the lines of code."""
    if error is None:
        return ""
    own = "".join(traceback.format_exception_only(error))
    return own + whole_text(error.__cause__) + whole_text(error.__context__)


def test_a_conflict_says_what_about_and_hides_the_values(database: Database) -> None:
    with pytest.raises(exc.IntegrityError) as caught, database.begin() as connection:
        connection.execute(insert(tables.sources), [source(SECRET), source(SECRET)])
    assert isinstance(caught.value.orig, psycopg.errors.UniqueViolation)
    assert "uq_sources_name" in str(caught.value)
    assert SECRET not in whole_text(caught.value)


def test_a_conflict_in_copy_is_the_same_error(database: Database) -> None:
    rows = [list(source(SECRET).values()), list(source(SECRET).values())]
    with pytest.raises(exc.IntegrityError) as caught, database.begin() as connection:
        copy_in(connection, tables.sources, rows, list(source()))
    assert SECRET not in whole_text(caught.value)


def test_a_value_of_the_wrong_type_is_not_quoted(database: Database) -> None:
    with pytest.raises(exc.DBAPIError) as caught, database.begin() as connection:
        connection.execute(text("SELECT CAST(:value AS int)"), {"value": SECRET})
    assert SECRET not in whole_text(caught.value)


@pytest.mark.parametrize("bad", ["nul \0 here", "surrogate \ud800 here"])
def test_a_text_postgres_cannot_hold_is_refused_before_it_gets_there(database: Database, bad: str) -> None:
    with pytest.raises(InputError, match="NUL or a lone surrogate") as caught, database.begin() as connection:
        connection.execute(insert(tables.sources).values(source(bad)))
    assert "here" not in whole_text(caught.value)
    row = source(bad)
    with pytest.raises(InputError, match="NUL or a lone surrogate"), database.begin() as connection:
        copy_in(connection, tables.sources, [list(row.values())], list(row))


def test_an_arrow_text_with_nul_names_its_column(database: Database) -> None:
    rows = pa.table({"id": [str(uuid.uuid4())], "name": ["a\0b"]})
    with pytest.raises(InputError, match=r"sources\.name"), database.begin() as connection:
        copy_in(connection, tables.sources, rows)


def test_a_lock_timeout_means_that_another_run_is_at_it(database: Database) -> None:
    with database.begin() as first, database.begin() as second:
        first.execute(text("LOCK TABLE dedupe.sources"))
        second.execute(text("SET LOCAL lock_timeout = '10ms'"))
        with pytest.raises(LockHeld):
            count(second)


def test_missing_tables_lead_to_migrate(empty_database_url: str) -> None:
    with (
        Database(empty_database_url) as database,
        database.connect() as connection,
        pytest.raises(DatabaseUnavailable, match="dedupe migrate"),
    ):
        count(connection)


def test_a_lost_connection_is_told_and_the_next_one_works(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable), database.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with database.connect() as connection:
        assert count(connection) == 0


def pids(database: Database, connections: int) -> set[int]:
    """The server's processes of so many connections that are open at the same time."""
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(database.connect()) for _ in range(connections)]
        return {connection.execute(text("SELECT pg_backend_pid()")).scalar_one() for connection in opened}


def test_connections_that_the_server_ended_are_replaced_before_they_are_used(
    database: Database, database_url: str
) -> None:
    ended = pids(database, 3)
    with Database(database_url) as other, other.begin() as connection:
        ends = text("SELECT pg_terminate_backend(pid, 5000) FROM unnest(CAST(:pids AS int[])) pid")
        connection.execute(ends, {"pids": list(ended)})
    assert not ended & pids(database, 3)


def test_a_connection_that_only_has_news_is_kept(database: Database, database_url: str) -> None:
    with database.begin() as connection:
        connection.execute(text("LISTEN news"))
    before = pids(database, 1)
    with Database(database_url) as other, other.begin() as connection:
        connection.execute(text("NOTIFY news"))
    assert pids(database, 1) == before


def test_each_statement_may_be_a_transaction_of_its_own(database: Database) -> None:
    def stores_and_fails(connection: Connection, name: str) -> None:
        connection.execute(insert(tables.sources).values(source(name)))
        raise KeyError(name)

    with pytest.raises(KeyError), database.each() as connection:
        stores_and_fails(connection, "by itself")
    with pytest.raises(KeyError), database.begin() as connection:  # the same connection, used again
        stores_and_fails(connection, "with others")
    with database.connect() as connection:
        assert connection.execute(select(tables.sources.c.name)).scalars().all() == ["by itself"]


def test_under_a_lock_only_transactions_are_had(database: Database) -> None:
    with database.lock("publish") as locked, pytest.raises(RuntimeError, match="begin"), locked.each():
        pass


def test_a_server_that_is_down_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnavailable, match="port 1") as caught:
        Database("postgresql://jo:geheim@127.0.0.1:1/x").open()
    assert "geheim" not in whole_text(caught.value)


def test_a_wrong_database_or_password_is_told(database_url: str) -> None:
    url = normalized_url(database_url)
    with pytest.raises(DatabaseUnavailable, match="no_such_database"):
        Database(url.set(database="no_such_database").render_as_string(hide_password=False)).open()
    with pytest.raises(DatabaseUnavailable, match="dedupe_no_such_user"):
        Database(url.set(username="dedupe_no_such_user").render_as_string(hide_password=False)).open()


def test_another_encoding_is_refused(postgres_server: Server) -> None:
    name = f"dedupe_test_{uuid.uuid4().hex}"
    postgres_server.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    try:
        with pytest.raises(DatabaseUnavailable, match="SQL_ASCII"):
            Database(postgres_server.address(name)).open()
    finally:
        postgres_server.drop(name)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+asyncpg"])
def test_every_spelling_of_a_postgres_address_is_understood(scheme: str) -> None:
    assert normalized_url(f"{scheme}://u:p@h:1/d").drivername == "postgresql+psycopg"


@pytest.mark.parametrize("url", ["mysql://u:geheim@h/d", "geheim", "postgresql://u:geheim@h:port/d"])
def test_another_address_is_a_mistake_in_the_configuration(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"database\.url") as caught:
        normalized_url(url)
    assert "geheim" not in whole_text(caught.value)
