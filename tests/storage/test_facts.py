"""Facts leave one Postgres and arrive in another as they were; anything doubtful is refused whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Text, cast, func, insert, select, text

from dedupe.errors import InputError, LockHeld
from dedupe.storage import tables
from dedupe.storage.database import Database
from dedupe.storage.facts import MANIFEST, export_facts, import_facts
from tests.storage.filled_tables import Filler

FACTS = [table for table in tables.metadata.sorted_tables if table.info["group"] == tables.FACTS]

Rows = dict[str, list[tuple[Any, ...]]]


def rows(database: Database) -> Rows:
    """Every fact, as the text that Postgres gives."""
    with database.connect() as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(select(*(cast(c, Text) for c in table.columns)))),
                key=str,
            )
            for table in FACTS
        }


@pytest.fixture
def other(database_url: str, postgres_server: Any) -> Iterator[Database]:
    """A second empty database."""
    name = f"{database_url.rsplit('/', 1)[1].split('?')[0]}_other"
    with Database(postgres_server.create(name, postgres_server.template)) as other:
        yield other
    postgres_server.drop(name)


@pytest.fixture
def filled(database: Database) -> Database:
    with database.begin() as connection:
        Filler().fill(connection, tables.metadata.sorted_tables)
    return database


@pytest.fixture
def exported(filled: Database, tmp_path: Path) -> Path:
    directory = tmp_path / "export"
    export_facts(filled, directory)
    return directory


def empty(database: Database) -> None:
    names = ", ".join(f"dedupe.{table.name}" for table in tables.metadata.sorted_tables)
    with database.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))


@given(seed=st.integers(0, 2**32), number=st.integers(0, 6))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_facts_arrive_as_they_left(
    database: Database, other: Database, tmp_path: Path, seed: int, number: int
) -> None:
    empty(database)
    empty(other)
    with database.begin() as connection:
        Filler(seed).fill(connection, tables.metadata.sorted_tables, rows=number)
    directory = tmp_path / "export"
    shutil.rmtree(directory, ignore_errors=True)
    counts = export_facts(database, directory)
    assert counts == {table.name: number for table in FACTS}
    assert import_facts(other, directory) == counts
    assert rows(other) == rows(database)


def test_a_second_export_says_the_same(exported: Path, other: Database, tmp_path: Path) -> None:
    import_facts(other, exported)
    export_facts(other, tmp_path / "again")
    for table in FACTS:
        file = f"{table.name}.tsv"
        assert (tmp_path / "again" / file).read_bytes() == (exported / file).read_bytes()


def test_derived_tables_stay_behind(exported: Path, other: Database) -> None:
    import_facts(other, exported)
    with other.connect() as connection:
        for table in tables.metadata.sorted_tables:
            arrived = connection.execute(select(func.count()).select_from(table)).scalar_one()
            came = table in FACTS or table is tables.changes  # facts that come are news
            assert (arrived > 0) == came, table.name


def test_new_rows_get_numbers_after_the_imported_ones(exported: Path, other: Database) -> None:
    import_facts(other, exported)
    versions = tables.source_contact_versions
    with other.begin() as connection:
        highest = connection.execute(select(func.max(versions.c.id))).scalar_one()
        values: dict[str, Any] = {
            "source_contact_id": connection.execute(select(tables.source_contacts.c.id)).scalars().first(),
            "content_hash": b"",
            "payload": {},
            "observed_at": func.now(),
        }
        added = connection.execute(insert(versions).values(values).returning(versions.c.id)).scalar_one()
    assert added == highest + 1


def test_progress_is_told_table_by_table(filled: Database, other: Database, tmp_path: Path) -> None:
    reported: list[str] = []
    export_facts(filled, tmp_path / "export", lambda name, _rows: reported.append(name))
    import_facts(other, tmp_path / "export", lambda name, _rows: reported.append(name))
    assert reported == [table.name for table in FACTS] * 2


def test_only_their_owner_may_read_the_files(exported: Path) -> None:
    assert exported.stat().st_mode & 0o077 == 0
    assert all(file.stat().st_mode & 0o077 == 0 for file in exported.iterdir())


# --- what is refused ---


def test_a_directory_with_something_in_it_is_not_written_to(filled: Database, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        export_facts(filled, tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]


def test_a_place_that_is_no_directory_is_told(filled: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="can't be written"):
        export_facts(filled, tmp_path / "file" / "export")


def test_a_database_that_holds_something_is_refused(exported: Path, filled: Database) -> None:
    before = rows(filled)
    with pytest.raises(InputError, match=r"holds something already: .*sources"):
        import_facts(filled, exported)
    assert rows(filled) == before


def test_a_database_without_tables_is_sent_to_migrate(exported: Path, empty_database_url: str) -> None:
    with Database(empty_database_url) as database, pytest.raises(InputError, match="dedupe migrate"):
        import_facts(database, exported)


def test_a_database_that_somebody_writes_to_is_refused(exported: Path, other: Database) -> None:
    with other.lock("migrate"), pytest.raises(LockHeld):
        import_facts(other, exported)


def damage(exported: Path, how: str) -> None:
    manifest = json.loads((exported / MANIFEST).read_text())
    file = exported / "source_contact_versions.tsv"
    match how:
        case "no manifest":
            (exported / MANIFEST).unlink()
        case "manifest cut off":
            (exported / MANIFEST).write_text((exported / MANIFEST).read_text()[:100])
        case "manifest of another kind":
            (exported / MANIFEST).write_text("[]")
        case "file missing":
            file.unlink()
        case "file cut off":
            file.write_bytes(file.read_bytes()[:-20])
        case "a byte changed":
            content = bytearray(file.read_bytes())
            content[-3] ^= 1
            file.write_bytes(content)
        case _:
            {
                "newer format": lambda: manifest.update(format=2),
                "newer tables": lambda: manifest.update(revision="9999"),
                "a key missing": lambda: manifest.pop("exported_at"),
                "a table missing": lambda: manifest["tables"].pop("sources"),
                "an unknown table": lambda: manifest["tables"].update(x=manifest["tables"]["sources"]),
                "an unknown column": lambda: manifest["tables"]["sources"]["columns"].append("x"),
                "other counts": lambda: manifest["tables"]["sources"].update(rows=99),
            }[how]()
            (exported / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("no manifest", "not an export"),
        ("manifest cut off", "not JSON"),
        ("manifest of another kind", "format None"),
        ("file missing", "source_contact_versions.tsv can't be read"),
        ("file cut off", "damaged"),
        ("a byte changed", "damaged"),
        ("newer format", "format 2"),
        ("newer tables", "newer release"),
        ("a key missing", "damaged: exported_at"),
        ("a table missing", "damaged: sources missing"),
        ("an unknown table", "does not know"),
        ("an unknown column", "does not know"),
        ("other counts", "says 99"),
    ],
)
def test_a_damaged_export_is_refused_whole(exported: Path, other: Database, how: str, said: str) -> None:
    damage(exported, how)
    with pytest.raises(InputError, match=said):
        import_facts(other, exported)
    assert not any(rows(other).values())


# --- damaged, and the checksums made anew ---


def edited(exported: Path, table: str, edit: Callable[[list[list[str]]], object]) -> None:
    """A file whose cells somebody changed, and the manifest that fits it."""
    file, path = exported / f"{table}.tsv", exported / MANIFEST
    cells = [line.split("\t") for line in file.read_text().removesuffix("\n").split("\n")]
    edit(cells)
    file.write_text("".join("\t".join(row) + "\n" for row in cells))
    manifest = json.loads(path.read_text())
    manifest["tables"][table]["rows"] = len(cells) - 1
    manifest["tables"][table]["sha256"] = sha256(file.read_bytes()).hexdigest()
    manifest["tables"][table]["columns"] = list(dict.fromkeys(cells[0]))
    path.write_text(json.dumps(manifest))


def with_cell(column: str, value: str, row: int = 2) -> Callable[[list[list[str]]], object]:
    def edit(cells: list[list[str]]) -> None:
        cells[row][cells[0].index(column)] = value

    return edit


def without_column(column: str) -> Callable[[list[list[str]]], object]:
    def edit(cells: list[list[str]]) -> None:
        at = cells[0].index(column)
        for row in cells:
            del row[at]

    return edit


NOBODY = "00000000-0000-0000-0000-000000000000"
Edit = Callable[[list[list[str]]], object]
DAMAGES: list[tuple[str, str, Edit, str]] = [
    ("a word for a time", "sources", with_cell("created_at", "SECRET"), r"row 2 \(line 3\), created_at: "),
    ("a word for an id", "sources", with_cell("id", "SECRET"), r"row 2 \(line 3\), id: .*type"),
    ("no JSON", "source_contact_versions", with_cell("payload", "{SECRET"), r"row 2 .*payload: .*type"),
    ("no number", "audits", with_cell("link", "99999999999"), "row 2 .*link: .*type"),
    ("a null", "sources", with_cell("provider", "\\N"), r"row 2 \(line 3\), provider: it holds no"),
    ("a cell too few", "sources", lambda cells: cells[2].pop(), r"row 2 .*: it has too few or too many"),
    ("a cell too many", "sources", lambda cells: cells[2].append("SECRET"), r"row 2 \(line 3\).*too many"),
    ("a row twice", "sources", lambda cells: cells.append(cells[1]), r"row \d .*repeats a row"),
    (
        "an unknown status",
        "sync_runs",
        with_cell("status", "SECRET"),
        "row 2 .*by the rule ck_sync_runs_status: .*allowed",
    ),
    ("a child of nobody", "source_contacts", with_cell("source_id", NOBODY), "row 2 .*source_id: it names"),
    (
        "a raw of nobody",
        "source_contact_versions",
        with_cell("source_contact_id", NOBODY),
        "row 2 .*it names",
    ),
    ("a column missing", "sources", without_column("name"), "its columns name are missing"),
]


@pytest.mark.parametrize(("how", "table", "edit", "said"), DAMAGES, ids=[one[0] for one in DAMAGES])
def test_a_damaged_row_is_named_though_the_checksums_fit(
    exported: Path,
    other: Database,
    how: str,
    table: str,
    edit: Callable[[list[list[str]]], object],
    said: str,
) -> None:
    edited(exported, table, edit)
    with pytest.raises(InputError, match=said) as reported:
        import_facts(other, exported)
    assert f"{table}.tsv" in str(reported.value)
    assert "SECRET" not in str(reported.value)
    assert not any(rows(other).values())


def test_bytes_that_are_no_text_are_told_with_file_and_row(exported: Path, other: Database) -> None:
    file, path = exported / "sources.tsv", exported / MANIFEST
    lines = file.read_bytes().split(b"\n")
    lines[1] = lines[1].replace(b"\t", b"\t\xff", 1)
    file.write_bytes(b"\n".join(lines))
    manifest = json.loads(path.read_text())
    manifest["tables"]["sources"]["sha256"] = sha256(file.read_bytes()).hexdigest()
    path.write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"sources.tsv, row 1 \(line 2\): it is not UTF-8"):
        import_facts(other, exported)
