"""A role that may not change the tables runs everything else; the migrations can be run by psql."""

from __future__ import annotations

import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from dedupe.errors import DatabaseUnavailable, InputError
from dedupe.storage.database import Database, normalized_url
from dedupe.storage.migrating import as_sql, migrate, pending, revisions
from tests.storage.test_migrating import CATALOG, catalog

ROLE = f"dedupe run-time {uuid.uuid4().hex[:8]}"  # roles are of the server, that workers share


def plain(url: str) -> str:
    return normalized_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def run_sql(url: str, sql: str) -> None:
    """As psql does: one statement list, by its own BEGIN and COMMIT."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(sql.encode())


def as_role(url: str) -> str:
    return normalized_url(url).set(username=ROLE, password="x").render_as_string(hide_password=False)


@pytest.mark.parametrize("part", CATALOG)
def test_the_migrations_as_sql_make_the_same_tables(
    database: Database, empty_database_url: str, part: str
) -> None:
    run_sql(empty_database_url, as_sql(None))
    with Database(empty_database_url) as other:
        assert pending(other) == []
        assert catalog(other, part) == catalog(database, part)


def test_only_what_is_missing_is_written(empty_database_url: str) -> None:
    with Database(empty_database_url) as database:
        migrate(database, revisions()[-3])
        sql = as_sql(revisions()[-3])
        assert "CREATE TABLE dedupe.golden_contacts" not in sql
        run_sql(empty_database_url, sql)
        assert pending(database) == []
    with pytest.raises(InputError, match="there is no revision 9999"):
        as_sql("9999")


def test_a_role_that_is_not_there_is_refused(empty_database_url: str) -> None:
    with Database(empty_database_url) as database:
        with pytest.raises(DatabaseUnavailable, match="there is no role nobody-here"):
            migrate(database, grant_to="nobody-here")
        assert pending(database) == revisions(), "nothing was changed"


NIGHT = ("record_id,name,email\n1,Ann Lee,ann@x.org\n2,Ann Lee,ann@x.org\n", "3,Bob Ray,bob@x.org\n")


@pytest.mark.parametrize("by_sql", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_role_that_may_not_change_tables_runs_nights_lookups_and_erasures(
    empty_database_url: str,
    postgres_server: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    by_sql: bool,
) -> None:
    postgres_server.execute(f'DROP ROLE IF EXISTS "{ROLE}"')
    postgres_server.execute(f"CREATE ROLE \"{ROLE}\" LOGIN PASSWORD 'x' NOSUPERUSER NOCREATEDB NOCREATEROLE")
    try:
        if by_sql:
            run_sql(empty_database_url, as_sql(None, ROLE))
        else:
            with Database(empty_database_url) as owner:
                migrate(owner, revisions()[-2], grant_to=ROLE)
                migrate(owner)  # what is made later is granted too
        monkeypatch.setenv("TEST_DATABASE", as_role(empty_database_url))
        monkeypatch.setenv("DEDUPE_DATABASE__URL_ENV", "TEST_DATABASE")
        monkeypatch.setenv("ERASURE", "a long random text of the tests")
        monkeypatch.setenv("DEDUPE_PRIVACY__ERASURE_KEY_ENV", "ERASURE")
        monkeypatch.chdir(tmp_path)
        Path("crm.csv").write_text("".join(NIGHT[:1]), encoding="utf-8")
        Path("config.toml").write_text(
            '[sources.crm]\nprovider = "file"\npath = "crm.csv"\n', encoding="utf-8"
        )
        assert "published" in dedupe("nightly")
        Path("crm.csv").write_text("".join(NIGHT), encoding="utf-8")
        dedupe("nightly", "--full")
        assert "Bob Ray" in dedupe("lookup", "bob@x.org")
        dedupe("schedule", "pause")
        dedupe("token", "make", "Ann", "--scope", "lookup")
        dedupe("erase", "bob@x.org", "--yes")
        dedupe("backup", "all.dump")
        with Database(as_role(empty_database_url)) as run_time:
            for forbidden in (
                "DROP TABLE dedupe.sources",
                "CREATE TABLE dedupe.mine ()",
                "UPDATE dedupe.alembic_version SET version_num = '1'",
                "TRUNCATE dedupe.source_contacts CASCADE",
            ):
                with (
                    pytest.raises(DatabaseUnavailable, match="lacks a right"),
                    run_time.begin() as connection,
                ):
                    connection.execute(text(forbidden))
    finally:
        postgres_server.drop(empty_database_url.rsplit("/", 1)[1].split("?")[0])
        postgres_server.execute(f'DROP ROLE "{ROLE}"')


def dedupe(*arguments: str) -> str:
    command = [sys.executable, "-m", "dedupe", *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{arguments}: {ran.stderr}"
    return ran.stdout
