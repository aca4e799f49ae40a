"""Live contacts read part by part by others are those that one reads at once, of the same moment."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pytest
from sqlalchemy import make_url

from dedupe.errors import ConfigurationError
from dedupe.storage import contacts as contact_store
from dedupe.storage.contact_parts import ContactParts, contact_parts
from dedupe.storage.server_address import ServerAddress
from tests.house import House, contact, house

__all__ = ["house"]

VARIABLE = "THE_POSTGRES"


def collected(house: House) -> None:
    house.collected(
        *(contact(f"crm:{name}", name="Ann Lee", email=f"{at}@x.org") for at, name in enumerate("aBzé日Ωb")),
        contact("mail:1", name="Bob Orr"),
        *(contact(f"shop:{number}", phone=f"+44 20 7946 {number:04}") for number in range(10)),
    )


def read(parts: ContactParts) -> pa.Table:
    """All parts, each by a process that knows no more than what travelled."""
    travelled: ContactParts = pickle.loads(pickle.dumps(parts))
    return pa.concat_tables([travelled(number) for number in range(len(travelled))])


@pytest.fixture
def at_workers(monkeypatch: pytest.MonkeyPatch, database_url: str) -> ServerAddress:
    monkeypatch.setenv(VARIABLE, database_url)
    return ServerAddress(variable=VARIABLE)


def test_parts_are_the_live_contacts_of_one_moment(house: House, at_workers: ServerAddress) -> None:
    collected(house)
    house.vanished("crm:z")
    with house.database.begin(snapshot=True) as connection:
        live = contact_store.live(connection)
        parts = contact_parts(connection, live.keys, at_workers, size=3)
        house.collected(contact("crm:c", name="Cy Ray"), contact("zoo:1", name="Di Poe"))
        house.vanished("crm:a", "shop:3")
        found = read(parts)
    assert len(parts) == 2 + 1 + 4
    assert found.drop_columns("id").equals(live.table)
    assert found["id"].to_pylist() == live.keys["id"].to_pylist()


def test_what_travels_holds_no_password(house: House, at_workers: ServerAddress) -> None:
    collected(house)
    with house.database.begin(snapshot=True) as connection:
        parts = contact_parts(connection, contact_store.live(connection).keys, at_workers)
    password = make_url(at_workers.url()).password
    assert password
    assert password.encode() not in pickle.dumps(parts)


def test_a_variable_that_workers_lack_is_named() -> None:
    with pytest.raises(ConfigurationError, match=r"database\.url_env: \$NOWHERE is not set where Spark"):
        ServerAddress(variable="NOWHERE").url()
