"""The migrations make the tables that the code knows, from wherever it was installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import ARRAY, JSON, LargeBinary, MetaData, Text, func, select, text

from dedupe.errors import DatabaseUnavailable, LockHeld
from dedupe.storage import tables
from dedupe.storage.database import Database
from dedupe.storage.migrating import migrate, pending, revisions
from dedupe.storage.revisions import newest, up_to_date
from tests.storage.filled_tables import Filler

ROOT = Path(__file__).parents[2]

CATALOG = {
    "columns": """
        SELECT c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
               a.attidentity, coll.collname, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_collation coll ON coll.oid = a.attcollation
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'dedupe'::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'
        ORDER BY 1, 2""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'dedupe'::regnamespace AND conrelid::regclass::text NOT LIKE '%alembic_version'
          AND contype <> 'n'
        ORDER BY 1, 2""",
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'dedupe' AND tablename <> 'alembic_version' ORDER BY 1, 2""",
    "views": """
        SELECT viewname, definition FROM pg_views WHERE schemaname = 'dedupe_v1' ORDER BY 1""",
}


def catalog(database: Database, part: str) -> list[tuple[object, ...]]:
    with database.connect() as connection:
        return [tuple(row) for row in connection.execute(text(CATALOG[part]))]


@pytest.mark.parametrize("part", CATALOG)
def test_the_migrations_make_what_the_metadata_says(
    database: Database, empty_database_url: str, part: str
) -> None:
    with Database(empty_database_url) as other:
        with other.begin() as connection:
            connection.execute(text("CREATE SCHEMA dedupe"))
            connection.execute(text("CREATE SCHEMA dedupe_v1"))
            tables.metadata.create_all(connection)
            for name, query in tables.VIEWS.items():
                connection.execute(text(f"CREATE VIEW dedupe_v1.{name} AS {query}"))
        expected = catalog(other, part)
    assert expected
    assert catalog(database, part) == expected


def test_every_revision_goes_up_from_the_one_before_with_rows_in_it(empty_database_url: str) -> None:
    with Database(empty_database_url) as database:
        filled: set[str] = set()
        for number, revision in enumerate(revisions()):
            assert migrate(database, revision) == [revision]
            known = MetaData()
            with database.begin() as connection:
                known.reflect(connection, schema="dedupe")
                rows = {
                    table: connection.execute(select(func.count()).select_from(table)).scalar_one()
                    for table in known.sorted_tables
                    if table.name != "alembic_version"
                }
                assert all(count for table, count in rows.items() if table.name in filled)
                filled = {table.name for table in rows}
                for table in reversed(rows):
                    connection.execute(table.delete())
                Filler(number).fill(connection, rows)
        assert pending(database) == []
        assert migrate(database) == []


def test_what_is_pending_is_told(empty_database_url: str) -> None:
    with Database(empty_database_url) as database:
        assert pending(database) == revisions() == migrate(database)


def test_the_views_answer(database: Database) -> None:
    with database.begin() as connection:
        Filler().fill(connection, tables.metadata.sorted_tables)
        for name in tables.VIEWS:
            assert connection.execute(text(f"SELECT count(*) FROM dedupe_v1.{name}")).scalar_one() == 4


def test_what_is_up_to_date_is_told_without_alembic(empty_database_url: str) -> None:
    assert newest() == revisions()[-1]
    with Database(empty_database_url) as database:
        for to, expected in [(None, False), (revisions()[-2], False), ("head", True)]:
            if to is not None:
                migrate(database, to)
            with database.connect() as connection:
                assert up_to_date(connection) == expected


def test_only_one_migrates_at_a_time(empty_database_url: str) -> None:
    with Database(empty_database_url) as database, database.lock("migrate"), pytest.raises(LockHeld):
        migrate(database)


def test_migrating_does_not_stand_in_a_queue(empty_database_url: str) -> None:
    with Database(empty_database_url) as database, database.begin() as other:
        other.execute(text("CREATE SCHEMA dedupe"))
        with pytest.raises(LockHeld):
            migrate(database, lock_timeout=0.05)


def test_tables_of_a_newer_release_are_not_touched(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE dedupe.alembic_version SET version_num = '9999'"))
    with pytest.raises(DatabaseUnavailable, match=r"9999.*newer release"):
        migrate(database)
    with pytest.raises(DatabaseUnavailable, match="9999"):
        pending(database)


# --- marks ---

HOLDS_TEXT = (Text, JSON, LargeBinary)


def test_every_text_json_and_binary_column_says_whether_it_holds_personal_data() -> None:
    unmarked = [
        str(column)
        for table in tables.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type.item_type if isinstance(column.type, ARRAY) else column.type, HOLDS_TEXT)
        and not isinstance(column.info.get("personal"), bool)
    ]
    assert unmarked == []


def test_every_table_says_to_which_group_it_belongs() -> None:
    groups = {table.info.get("group") for table in tables.metadata.sorted_tables}
    assert groups == {tables.FACTS, tables.DERIVED, tables.RECORDS}


def test_every_text_collates_c_and_no_json_is_binary(database: Database) -> None:
    wrong = [
        row
        for row in catalog(database, "columns")
        if row[3] in ("jsonb", "character varying") or (row[3] in ("text", "text[]") and row[6] != "C")
    ]
    assert wrong == []


# --- the wheel ---

MIGRATE = """
import sys, dedupe
from pathlib import Path
from dedupe.storage.database import Database
from dedupe.storage.migrating import migrate
assert Path(dedupe.__file__).is_relative_to(sys.argv[2]), dedupe.__file__
with Database(sys.argv[1]) as database:
    print(*migrate(database))
"""


def test_the_wheel_migrates_from_wherever_it_was_installed(empty_database_url: str, tmp_path: Path) -> None:
    run([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path)], ROOT)
    (wheel,) = tmp_path.glob("contact_dedupe-*.whl")
    place = tmp_path / "elsewhere"
    quietly = [
        "--quiet",
        "--no-deps",
        "--no-index",
        "--disable-pip-version-check",
        "--no-warn-script-location",
    ]
    run([sys.executable, "-m", "pip", "install", *quietly, "--target", str(place), str(wheel)], tmp_path)
    done = run(
        [sys.executable, "-c", MIGRATE, empty_database_url, str(place)], tmp_path, PYTHONPATH=str(place)
    )
    assert done.split() == revisions()


def run(command: list[str], cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
