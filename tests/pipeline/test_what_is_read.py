"""Reading looks at what changed since all were read, and misses nothing of it."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import text

from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.importing import import_file
from dedupe.pipeline.reading import read_changed
from dedupe.storage import raw_tables, source_contacts, sources
from dedupe.storage.database import Connection, Database
from dedupe.storage.source_contacts import RawContact
from tests.pipeline.collecting_house import live
from tests.pipeline.telling_house import TellingHouse, gone, row

SETTINGS = NormalizeSettings(fallback_region="US")


@pytest.fixture
def people(database: Database, tmp_path: Path) -> Database:
    """Three contacts of a file, and all of it read."""
    _imported(database, tmp_path, "1,Ann Lee,a@x.org", "2,Bo Day,b@x.org", "3,Cy Fox,c@x.org")
    assert _reads(database) == 0
    return database


def test_what_an_import_brings_is_read(people: Database, tmp_path: Path) -> None:
    _imported(people, tmp_path, "2,Bo Daly,b@x.org", "4,Di Poe,d@x.org")
    assert "Bo Daly" in _contents(people)
    assert _all_is_read(people)


def test_what_a_source_tells_is_read(people: Database) -> None:
    house = TellingHouse(people)
    house.tells("forms", row("9", full_name="Ed Roe", email="e@x.org"))
    assert _reads(people) == 1
    house.tells("forms", gone("9"))
    assert _reads(people) == 1
    assert "Ed Roe" not in _contents(people)
    house.tells("forms", row("9", full_name="Ed Roe", email="e@x.org"))
    assert _reads(people) == 1
    assert _all_is_read(people)


def test_nobody_else_is_looked_at_but_when_all_are_to_be(people: Database, tmp_path: Path) -> None:
    with people.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))  # nothing is noted
        connection.execute(text("UPDATE dedupe.contacts SET normalizer_version = 'of old'"))
    _imported(people, tmp_path, "2,Bo Daly,b@x.org")
    assert _reads(people) == 0
    assert read_changed(people, {}, SETTINGS, {}, everything=True) == 2


def test_another_normalizer_concerns_everybody(people: Database) -> None:
    assert read_changed(people, {}, NormalizeSettings(fallback_region="DE"), {}) == 3


def test_a_source_read_otherwise_concerns_its_contacts_alone(people: Database, tmp_path: Path) -> None:
    _imported(people, tmp_path, "1,Ann Lee,a@x.org", source="others")
    mapped = {"others": SourceSettings("others", "file", mapping={"name": "company"})}
    assert read_changed(people, mapped, SETTINGS, {}) == 1


def test_contacts_that_are_dropped_are_read_again(people: Database) -> None:
    with people.begin() as connection:
        connection.execute(text("DELETE FROM dedupe.contacts WHERE content::text LIKE '%Ann%'"))
    assert _reads(people) == 1


@pytest.mark.parametrize("by_columns", [True, False])
def test_what_is_stored_while_others_are_read_is_read_later(people: Database, by_columns: bool) -> None:
    """Its version has a lower number than one that was read long since."""
    house = TellingHouse(people)
    with people.begin() as connection:
        _stored(connection, "long", by_columns)
        house.tells("forms", row("9", full_name="Ed Roe", email="e@x.org"))
        assert _reads(people) == 1
        house.tells("forms", row("8", full_name="Fay Poe", email="f@x.org"))
    assert _reads(people) == 2
    assert live(people, "long")
    assert _all_is_read(people)


def test_after_a_crash_before_it_was_read_it_is_read(people: Database) -> None:
    def crashes() -> None:
        with people.begin() as connection:
            _stored(connection, "forms", by_columns=False)
            raise KeyboardInterrupt

    with people.begin() as connection:
        _stored(connection, "people", by_columns=True)
    with pytest.raises(KeyboardInterrupt):
        crashes()
    assert _reads(people) == 1
    assert _all_is_read(people)


def _stored(connection: Connection, name: str, by_columns: bool) -> None:
    source = sources.ensure(connection, name, "file")
    payload, now = '{"id": "7", "name": "Gus Orr", "email": "g@x.org"}', datetime.now(UTC)
    digest = sha256(payload.encode()).digest()
    if by_columns:
        columns: list[Any] = [["7"], [payload], [digest]]
        raw_tables.store(connection, source.id, None, pa.table(columns, schema=raw_tables.RAW), now)
    else:
        source_contacts.store(connection, source.id, None, [RawContact("7", payload, digest)], now)


def _imported(database: Database, folder: Path, *rows: str, source: str = "people") -> None:
    path = folder / "people.csv"
    path.write_text("\n".join(("id,name,email", *rows)) + "\n")
    import_file(database, path, SETTINGS, source)


def _reads(database: Database) -> int:
    return read_changed(database, {}, SETTINGS, {})


def _all_is_read(database: Database) -> bool:
    """Whether who looks through all finds nothing more."""
    return _reads(database) == 0 == read_changed(database, {}, SETTINGS, {}, everything=True)


def _contents(database: Database) -> str:
    with database.connect() as connection:
        query = text("SELECT string_agg(content::text, ' ') FROM dedupe.contacts")
        return str(connection.execute(query).scalar())
