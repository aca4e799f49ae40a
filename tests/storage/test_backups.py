"""A backup holds everything as of one moment; what is restored is all of it, or nothing was changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Text, cast, select

from dedupe.errors import InputError, LockHeld
from dedupe.storage import tables
from dedupe.storage.backups import back_up, restore, sum_of
from dedupe.storage.database import Database
from dedupe.storage.locks import NIGHTLY_LOCK
from dedupe.storage.migrating import migrate, revisions
from tests.house import House, contact
from tests.storage.filled_tables import Filler


def every_row(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """All that is stored, as the text that Postgres gives."""
    with database.connect() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(select(*(cast(c, Text) for c in table.columns)))),
                key=str,
            )
            for table in tables.metadata.sorted_tables
        }


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[Database]:
    with Database(empty_database_url) as opened:
        yield opened


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "all.dump"


def test_what_is_restored_is_all_that_was_there(database: Database, empty: Database, file: Path) -> None:
    with database.begin() as connection:
        Filler().fill(connection, tables.metadata.sorted_tables)
    back_up(database, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert restore(empty, file) == []
    before = every_row(database)
    assert all(before.values())
    assert every_row(empty) == before


def test_the_next_night_goes_on_from_there(database: Database, empty: Database, file: Path) -> None:
    house = House(database)
    house.collected(
        contact("crm:1", name="Ann Ash", email="ann@x.org"),
        contact("mail:1", name="Ann Ash", email="ann@x.org"),
    )
    house.merges()
    back_up(database, file)
    restore(empty, file)
    again = House(empty)
    again.merges()
    assert again.together() == house.together()
    assert again.golden_of("crm:1") == house.golden_of("crm:1")
    with empty.connect() as connection:
        runs = connection.execute(select(tables.merge_runs.c.status)).scalars().all()
    assert sorted(runs) == ["published", "unchanged"]
    again.collected(contact("crm:2", name="Bob Birch", email="bob@x.org"))
    again.merges()
    assert frozenset({"crm:2"}) in again.together()


def test_a_backup_is_of_one_moment_whatever_others_write(
    database: Database, empty: Database, file: Path
) -> None:
    house, stop, told = House(database), threading.Event(), [0]

    def write() -> None:
        while not stop.is_set():
            house.collected(contact(f"crm:{told[0]}", name="Ann Ash", email=f"a{told[0]}@x.org"))
            told[0] += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        back_up(database, file)
    finally:
        stop.set()
        writer.join()
    restore(empty, file)
    found = every_row(empty)
    assert len(found["source_contacts"]) == len(found["source_contact_versions"]) == len(found["contacts"])
    assert len(found["source_contacts"]) <= told[0]


def test_a_database_that_holds_something_is_left_as_it_is(
    database: Database, empty: Database, file: Path
) -> None:
    back_up(database, file)
    migrate(empty)
    House(empty).collected(contact("crm:1", name="Ann Ash", email="ann@x.org"))
    before = every_row(empty)
    with pytest.raises(InputError, match=r"holds something already: .*source_contacts"):
        restore(empty, file)
    assert every_row(empty) == before


def test_a_backup_of_an_older_release_is_brought_up_to_this_one(empty: Database, tmp_path: Path) -> None:
    *_, older, newest = revisions()
    migrate(empty, older)
    back_up(empty, tmp_path / "older.dump")
    assert restore(empty, tmp_path / "older.dump") == [newest]


def test_what_is_no_whole_backup_changes_nothing(database: Database, empty: Database, file: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        restore(empty, file)
    file.write_text("Ann Ash, ann@x.org")
    with pytest.raises(InputError, match="is no backup as `dedupe backup` makes it") as refused:
        restore(empty, file)
    assert "Ann" not in str(refused.value)
    digest = back_up(database, file)
    sum_of(file).write_text(f"{digest}  {file.name}\n")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"is damaged: its SHA-256 is not that of all\.dump\.sha256"):
        restore(empty, file)
    migrate(empty)  # as nothing is there


def test_one_cut_off_leaves_no_half(database: Database, empty: Database, file: Path) -> None:
    with database.begin() as connection:
        Filler().fill(connection, tables.metadata.sorted_tables)
    back_up(database, file)
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * 9 // 10])
    with pytest.raises(InputError, match="pg_restore stopped"):
        restore(empty, file)
    assert migrate(empty) == revisions()
    assert not any(every_row(empty).values())


def test_one_of_a_newer_release_is_refused(database: Database, empty: Database, file: Path) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE dedupe.alembic_version SET version_num = '9999'")
    back_up(database, file)
    with pytest.raises(InputError, match=r"newer release \(tables 9999\)"):
        restore(empty, file)


def test_nothing_is_restored_beside_a_night(database: Database, empty: Database, file: Path) -> None:
    back_up(database, file)
    with empty.lock(NIGHTLY_LOCK), pytest.raises(LockHeld):
        restore(empty, file)
