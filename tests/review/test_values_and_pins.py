"""Decisions about values and fields."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from dedupe.errors import DecisionContradicts, DecisionRefused, InputError, NotFound
from dedupe.model import ValueVerdict, Verdict
from dedupe.review import deciding, deciding_values
from dedupe.review.recording import DecisionResult
from dedupe.storage import decisions
from tests.house import contact
from tests.review.deciding_house import ADA, DecidingHouse, house

__all__ = ["house"]

NUMBER = "+442079460018"


def pinned(house: DecidingHouse, key: str, value: str) -> DecisionResult:
    with deciding.publishing(house.database) as connection:
        return deciding_values.pin(connection, house.republish, ADA, house.seed(key), "company", value)


def said(house: DecidingHouse, key: str, verdict: ValueVerdict, contacts: list[UUID] | None = None) -> UUID:
    with deciding.publishing(house.database) as connection:
        done = deciding_values.decide_value(
            connection, house.republish, ADA, "phone", key, verdict, contacts or []
        )
        return done.decision


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
    decision = said(house, NUMBER, ValueVerdict.SHARED)
    with house.database.begin() as connection:
        [kept] = decisions.value_judgements(connection)
    assert (kept.key, kept.verdict) == (NUMBER, ValueVerdict.SHARED)
    with deciding.publishing(house.database) as connection:
        deciding.revoke(connection, house.republish, ADA, decision)
    with house.database.begin() as connection:
        assert decisions.value_judgements(connection) == []


def test_a_value_is_not_shared_and_a_placeholder_nor_said_twice(house: DecidingHouse) -> None:
    first = said(house, NUMBER, ValueVerdict.SHARED)
    for verdict in (ValueVerdict.SHARED, ValueVerdict.PLACEHOLDER):
        with pytest.raises(DecisionContradicts) as refused:
            said(house, NUMBER, verdict)
        assert refused.value.path == [str(first)]
    said(house, NUMBER, ValueVerdict.NOT_THEIRS, [house.seed("crm:1")])
    said(house, "15550100", ValueVerdict.PLACEHOLDER)


def test_not_theirs_names_whose_and_the_others_nobody(house: DecidingHouse) -> None:
    with pytest.raises(InputError):
        said(house, NUMBER, ValueVerdict.NOT_THEIRS)
    with pytest.raises(InputError):
        said(house, NUMBER, ValueVerdict.SHARED, [house.seed("crm:1")])


def test_a_value_said_to_be_shared_joins_nobody_from_then_on(house: DecidingHouse) -> None:
    house.collected(
        contact("crm:5", name="Ann Oswald", phone=NUMBER), contact("mail:5", name="Ann Oswald", phone=NUMBER)
    )
    house.merges()
    assert house.golden_of("crm:5") == house.golden_of("mail:5")
    said(house, NUMBER, ValueVerdict.SHARED)
    at_once = house.together()
    assert house.golden_of("crm:5") != house.golden_of("mail:5")
    house.merges()
    assert house.together() == at_once


def test_a_recycled_number_is_taken_from_those_that_changed_before_it_was(house: DecidingHouse) -> None:
    house.collected(
        contact("crm:5", name="Ann Oswald", phone=NUMBER, day=3),
        contact("mail:5", name="Zebulon Whittaker", phone=NUMBER, day=20),
    )
    house.merges()
    with deciding.publishing(house.database) as connection:
        deciding_values.decide_value(
            connection,
            house.republish,
            ADA,
            "phone",
            NUMBER,
            ValueVerdict.NOT_THEIRS,
            since=date(2026, 1, 10),
        )
    assert house.record_of("crm:5")["phones"] == []
    assert house.record_of("mail:5")["phones"] == [NUMBER]


def test_a_number_that_nobody_held_before_that_day_is_nobodys(house: DecidingHouse) -> None:
    with deciding.publishing(house.database) as connection, pytest.raises(NotFound):
        deciding_values.decide_value(
            connection, house.republish, ADA, "phone", "44", ValueVerdict.NOT_THEIRS, since=date(2026, 1, 10)
        )


def test_a_value_that_nobody_offers_is_not_pinned(house: DecidingHouse) -> None:
    with pytest.raises(DecisionRefused, match="offers that"):
        pinned(house, "crm:1", "Pope")
    with house.database.begin() as connection:
        assert decisions.pins(connection) == []


@pytest.mark.parametrize(
    ("field", "column", "given", "value"),
    [
        ("name", "display_name", {"name": "Jonathan Q. Marchetti"}, "Jonathan Q. Marchetti"),
        ("job_title", "job_title", {"job_title": "Captain"}, "Captain"),
        ("place", "street", {"street": "9 Mill Lane", "city": "Leeds"}, "9 Mill Lane"),
        ("birth", "birth_date", {"birth": "1980-03-01"}, "1980-03-01"),
        ("language", "language", {"language": "fr"}, "fr"),
        ("time_zone", "time_zone", {"time_zone": "Europe/Paris"}, "Europe/Paris"),
    ],
)
def test_what_a_member_offers_is_pinned_in_each_field(
    house: DecidingHouse, field: str, column: str, given: dict[str, Any], value: str
) -> None:
    named = {"name": "Jonathan Marchetti", **given}
    house.collected(contact("mail:1", email="jm@example.com", day=1, **named))
    house.merges()
    with deciding.publishing(house.database) as connection:
        deciding_values.pin(connection, house.republish, ADA, house.seed("mail:1"), field, value)
    assert house.record_of("crm:1")[column] == value
