"""Decisions about values and fields."""

from __future__ import annotations

from uuid import UUID

import pytest

from dedupe.errors import DecisionContradicts, InputError
from dedupe.model import ValueVerdict, Verdict
from dedupe.review import deciding, deciding_values
from dedupe.review.recording import DecisionResult
from dedupe.storage import decisions
from tests.house import contact
from tests.review.deciding_house import ADA, DecidingHouse, house

__all__ = ["house"]


def pinned(house: DecidingHouse, key: str, value: str) -> DecisionResult:
    with deciding.publishing(house.database) as connection:
        return deciding_values.pin(connection, house.republish, ADA, house.seed(key), "company", value)


def said(house: DecidingHouse, key: str, verdict: ValueVerdict, contacts: list[UUID] | None = None) -> UUID:
    with house.database.begin() as connection:
        return deciding_values.decide_value(connection, ADA, "phone", key, verdict, contacts or [])


@pytest.fixture(autouse=True)
def _one_person(house: DecidingHouse) -> None:
    house.collected(
        contact("crm:1", name="Jonathan Marchetti", email="jm@example.com", company="Granite Deck", day=2),
        contact("mail:1", name="Jonathan Marchetti", email="jm@example.com", company="Blue Harbour", day=1),
    )
    house.merges()
    house.decides(Verdict.SAME, "crm:1", "mail:1")


def test_a_pinned_value_shows_at_once_and_holds(house: DecidingHouse) -> None:
    assert house.record_of("crm:1")["company"] == "Granite Deck"
    decided = pinned(house, "mail:1", "Blue Harbour")
    assert house.record_of("crm:1")["company"] == "Blue Harbour"
    assert house.is_settled()
    house.takes_back(decided)
    assert house.record_of("crm:1")["company"] == "Granite Deck"
    assert house.is_settled()


def test_a_field_is_pinned_once_in_a_golden_contact(house: DecidingHouse) -> None:
    first = pinned(house, "mail:1", "Blue Harbour")
    with pytest.raises(DecisionContradicts) as refused:
        pinned(house, "crm:1", "Granite Deck")
    assert refused.value.path == [str(first.decision)]


def test_only_fields_of_golden_contacts_are_pinned(house: DecidingHouse) -> None:
    with deciding.publishing(house.database) as connection, pytest.raises(InputError):
        deciding_values.pin(connection, house.republish, ADA, house.seed("crm:1"), "shoe size", "45")


def test_what_is_said_of_a_value_is_kept_until_it_is_taken_back(house: DecidingHouse) -> None:
    decision = said(house, "442079460018", ValueVerdict.SHARED)
    with house.database.begin() as connection:
        [kept] = decisions.value_judgements(connection)
    assert (kept.key, kept.verdict) == ("442079460018", ValueVerdict.SHARED)
    with deciding.publishing(house.database) as connection:
        deciding.revoke(connection, house.republish, ADA, decision)
    with house.database.begin() as connection:
        assert decisions.value_judgements(connection) == []


def test_a_value_is_not_shared_and_a_placeholder_nor_said_twice(house: DecidingHouse) -> None:
    first = said(house, "442079460018", ValueVerdict.SHARED)
    for verdict in (ValueVerdict.SHARED, ValueVerdict.PLACEHOLDER):
        with pytest.raises(DecisionContradicts) as refused:
            said(house, "442079460018", verdict)
        assert refused.value.path == [str(first)]
    said(house, "442079460018", ValueVerdict.NOT_THEIRS, [house.seed("crm:1")])
    said(house, "15550100", ValueVerdict.PLACEHOLDER)


def test_not_theirs_names_whose_and_the_others_nobody(house: DecidingHouse) -> None:
    with pytest.raises(InputError):
        said(house, "442079460018", ValueVerdict.NOT_THEIRS)
    with pytest.raises(InputError):
        said(house, "442079460018", ValueVerdict.SHARED, [house.seed("crm:1")])
