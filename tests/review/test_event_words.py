"""Events know the decision that caused them, and tell it in words."""

from __future__ import annotations

from uuid import UUID

import pytest

from dedupe import lookup
from dedupe.model import Verdict
from dedupe.storage.golden_contacts import Event
from tests.house import contact
from tests.review.deciding_house import ADA
from tests.review.rollback_house import RollbackHouse, house

__all__ = ["house"]

VALUES = ("Marchetti", "jm@example.com", "Whittaker", "zw@example.com")


@pytest.fixture(autouse=True)
def _people(house: RollbackHouse) -> None:
    house.collected(
        contact("crm:1", name="Jonathan Marchetti", email="jm@example.com"),
        contact("mail:1", name="Jonathan Marchetti", email="jm@example.com"),
        contact("web:1", name="Zebulon Whittaker", email="zw@example.com"),
    )
    house.merges()


def told(house: RollbackHouse, golden: UUID) -> list[Event]:
    with house.database.begin() as connection:
        return lookup.history(connection, ADA, golden)


def test_an_act_and_its_revocation(house: RollbackHouse) -> None:
    golden = house.golden("crm:1")
    with house.acting() as acting:
        split = acting.split(golden, [[house.seed("mail:1")]], note="two people")
    house.takes_back(split)
    _, parted, joined = (one for one in told(house, golden) if one.golden_id == golden)
    assert parted.decision_id == joined.decision_id == split.decision
    assert parted.words.startswith(f"split: mail:1 went to {house.seed('mail:1')} because Ada decided on 20")
    assert parted.words.endswith("that mail:1 is somebody else than the others: “two people”")
    assert joined.words.startswith(f"merged with {house.seed('mail:1')} because Ada took back on 20")


def test_a_decision_that_a_night_publishes(house: RollbackHouse) -> None:
    decision = house.decided("crm:1", "web:1", Verdict.SAME)
    house.merges()
    last = told(house, house.golden("crm:1"))[-1]
    assert "Kim decided on 20" in last.words
    assert last.decision_id == decision


def test_the_contact_whose_change_it_was_is_named(house: RollbackHouse) -> None:
    house.collected(contact("mail:1", name="Jonathan Marchetti", email="jm@example.com", company="Bay"))
    house.merges()
    [*_, last] = told(house, house.golden("crm:1"))
    assert last.words == "shows something else because mail:1 changed"


def test_a_rollback_is_told(house: RollbackHouse) -> None:
    house.collected(contact("mail:1", name="Zebulon Whittaker", email="zw@example.com"))
    night = house.merges().run_id
    house.rolls_back(night, "mixed up")
    words = [one.words for one in told(house, house.golden("crm:1"))]
    assert words[-1].endswith(f" because Ada rolled back run {night}: “mixed up”")


def test_no_value_is_told(house: RollbackHouse) -> None:
    house.decides(Verdict.SAME, "crm:1", "web:1")
    with house.database.begin() as connection:
        words = " ".join(one.words for one in lookup.events(connection, ADA))
    assert words
    assert not [value for value in VALUES if value in words]
