"""What loads many rows at once leaves tables, references and notes as if each row had come by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest
from sqlalchemy import text

from dedupe.errors import DatabaseUnavailable
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.importing import import_file
from dedupe.storage import tombstones
from dedupe.storage.database import Database, normalized_url
from dedupe.storage.migrating import migrate
from dedupe.storage.references import check_references, copy_unchecked
from dedupe.storage.tables import source_contacts
from tests.conftest import Server
from tests.house import House, contact, house
from tests.storage.test_migrating import CATALOG

__all__ = ["house"]

PEOPLE = [
    contact("crm:1", name="Joan Doe", email="joan@x.org", phone="+44 20 7946 0958"),
    contact("crm:2", name="Joan Doe", email="joan@x.org"),
]
TRIGGERS = """
    SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled FROM pg_trigger
     WHERE tgrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'dedupe'::regnamespace) ORDER BY 1, 2"""


@pytest.fixture
def database_of_a_plain_role(postgres_server: Server) -> Iterator[Database]:
    """The database of somebody else's server, whose role owns it and is nothing more."""
    role, name = f"plain_{uuid4().hex[:12]}", f"dedupe_test_{uuid4().hex}"
    postgres_server.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'plain'")
    address = normalized_url(postgres_server.create(name)).set(username=role, password="plain")
    postgres_server.execute(f"ALTER DATABASE {name} OWNER TO {role}")
    with Database(address.render_as_string(hide_password=False)) as database:
        migrate(database)
        yield database
    postgres_server.drop(name)
    postgres_server.execute(f"DROP ROLE {role}")


def _imported(database: Database, folder: Path, name: str, rows: str) -> int:
    path = folder / f"{name}.csv"
    path.write_text("id,name,email\n" + rows, encoding="utf-8")
    return sum(report.read for report in import_file(database, path, NormalizeSettings()))


def test_a_first_import_and_night_leave_the_tables_as_the_migrations_made_them(
    house: House, tmp_path: Path
) -> None:
    def everything() -> list[list[object]]:
        with house.database.connect() as connection:
            return [
                [tuple(row) for row in connection.execute(text(q))] for q in (*CATALOG.values(), TRIGGERS)
            ]

    before = everything()
    assert _imported(house.database, tmp_path, "crm", "1,Ann Lee,a@x.org\n2,Ann Lee,a@x.org\n") == 2
    assert house.merges().status == "published"
    assert everything() == before


def test_a_role_without_privileges_imports_and_publishes_too(
    database_of_a_plain_role: Database, tmp_path: Path
) -> None:
    assert _imported(database_of_a_plain_role, tmp_path, "crm", "1,Ann Lee,a@x.org\n2,Ann Lee,a@x.org\n") == 2
    house = House(database_of_a_plain_role)
    assert house.merges().status == "published"
    assert house.together() == {frozenset({"crm:1", "crm:2"})}


def test_the_first_contacts_of_another_source_are_news_to_the_next_night(
    house: House, tmp_path: Path
) -> None:
    house.collected(*PEOPLE)
    house.merges()
    _imported(house.database, tmp_path, "mail", "9,Joan Doe,joan@x.org\n")
    assert house.merges(looks=True).status == "published"
    assert house.together() == {frozenset({"crm:1", "crm:2", "mail:9"})}


def test_a_row_that_refers_to_none_is_found_before_the_transaction_ends(database: Database) -> None:
    row = {"id": [str(uuid4())], "source_id": [str(uuid4())], "external_id": ["1"], "first_seen_at": ["now"]}
    with database.begin() as connection:
        connection.execute(text("SAVEPOINT before"))
        assert copy_unchecked(connection, source_contacts, pa.table(row)) == 1
        with pytest.raises(DatabaseUnavailable, match="source_contacts refer to rows of sources"):
            check_references(connection, source_contacts)
        connection.execute(text("ROLLBACK TO before"))
        check_references(connection, source_contacts)


def test_whoever_deletes_source_contacts_by_hand_waits_for_who_publishes(house: House) -> None:
    house.collected(*PEOPLE)
    done = threading.Event()

    def delete() -> None:
        with house.database.begin() as connection:
            connection.execute(text("DELETE FROM dedupe.source_contacts"))
        done.set()

    with house.database.begin() as connection:
        tombstones.hold_off_tombstones(connection)
        deleting = threading.Thread(target=delete)
        deleting.start()
        assert not done.wait(0.3)
    deleting.join()
    assert done.is_set()
