"""Who is tied to whom by what is published."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dedupe.storage import components
from dedupe.storage.database import Database
from tests.house import House, contact

NAMES = ("Zoe Quartz", "Zoe Quartz", "Zoe Quarz", "Ann Lee", "Ann Lee", "Bob Ray")


@pytest.fixture
def house(database: Database) -> House:
    """Nothing is certain enough to be linked, so that who shares a mailbox is asked about."""
    house = House(database)
    house.settings = replace(house.settings, link_probability=1 - 1e-12)
    house.collected(
        *(contact(f"crm:{at}", name=name, email=f"{name[:3]}@x.org") for at, name in enumerate(NAMES))
    )
    house.merges(full=True)
    return house


def tied(house: House) -> list[list[str]]:
    """The component of each contact."""
    keys = [f"crm:{at}" for at in range(len(NAMES))]
    with house.database.begin() as connection:
        return [components.component_of_ids(connection, [str(house.seed(key))]) for key in keys]


def test_candidates_that_are_read_at_once_tie_as_those_that_are_looked_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = tied(house)
    assert [len(each) for each in looked_up] == [3, 3, 3, 2, 2, 1]
    monkeypatch.setattr(components, "MANY", 1)
    assert tied(house) == looked_up


def test_without_candidates_whoever_is_asked_for_is_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(components, "MANY", 1)
    house = House(database)
    house.collected(contact("crm:1", name="Bob Ray"))
    house.merges(full=True)
    with database.begin() as connection:
        alone = str(house.seed("crm:1"))
        assert components.component_of_ids(connection, [alone]) == [alone]
        assert components.component_of_ids(connection, []) == []
