"""Reports of wrong merges: they are asked about first, change nothing, and are answered once."""

import pytest

from dedupe.errors import DecisionRefused
from dedupe.model import Verdict
from dedupe.review import deciding
from dedupe.review.labelled_pairs import labelled_pairs
from dedupe.storage import decisions
from tests.house import contact
from tests.review.deciding_house import ADA, DecidingHouse, house

__all__ = ["house"]


@pytest.fixture(autouse=True)
def _people(house: DecidingHouse) -> None:
    """One golden contact of three, and a question about two others."""
    for key in ("crm:1", "mail:1", "web:1"):
        house.collected(contact(key, name="Jonathan Marchetti", email="jm@example.com"))
    house.collected(contact("crm:7", name="Ottoline Fairweather", email="of@example.com"))
    house.collected(contact("mail:7", name="Ottoline Fairweather", email="ottoline@example.net"))
    house.merges()


def reported(house: DecidingHouse, *keys: str) -> None:
    with house.acting() as acting:
        acting.report(house.golden("crm:1"), [house.seed(key) for key in keys])


def open_reports(house: DecidingHouse) -> int:
    with house.database.begin() as connection:
        return sum(one.verdict == "reported" for one in decisions.latest(connection, 100, live_only=True))


def test_a_report_is_asked_first_and_changes_nothing(house: DecidingHouse) -> None:
    before = house.together()
    reported(house, "web:1")
    first, *_ = house.waiting()
    assert first.cause == "reported"
    assert [person.key for person in first.left] == ["web:1"]
    assert house.together() == before
    assert house.is_settled()


@pytest.mark.parametrize("verdict", [Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE])
def test_an_answer_ends_the_report(house: DecidingHouse, verdict: Verdict) -> None:
    reported(house, "web:1")
    house.answers(house.shown(house.waiting()[0].id), verdict)
    assert open_reports(house) == 0
    assert "reported" not in {one.cause for one in house.waiting()}
    assert (house.golden("web:1") == house.golden("crm:1")) is (verdict is not Verdict.DIFFERENT)
    assert house.is_settled()


def test_two_reports_of_the_same_are_one_question_and_end_together(house: DecidingHouse) -> None:
    reported(house, "web:1")
    reported(house, "web:1")
    [asked] = [one for one in house.waiting() if one.cause == "reported"]
    house.answers(house.shown(asked.id), Verdict.DIFFERENT)
    assert open_reports(house) == 0


def test_a_split_answers_the_report(house: DecidingHouse) -> None:
    reported(house, "web:1")
    with house.acting() as acting:
        acting.split(house.golden("crm:1"), [[house.seed("web:1")]])
    assert open_reports(house) == 0
    assert "reported" not in {one.cause for one in house.waiting()}


def test_who_names_nobody_reports_the_one_that_is_held_most_weakly(house: DecidingHouse) -> None:
    reported(house)
    first, *_ = house.waiting()
    assert (len(first.left), len(first.right)) == (1, 2)


def test_a_report_that_was_answered_is_not_taken_back(house: DecidingHouse) -> None:
    with house.acting() as acting:
        made = acting.report(house.golden("crm:1"), [house.seed("web:1")])
    house.answers(house.shown(house.waiting()[0].id), Verdict.SAME)
    with deciding.publishing(house.database) as connection, pytest.raises(DecisionRefused):
        deciding.revoke(connection, house.republish, ADA, made.decision)


def test_a_split_of_others_leaves_the_report_asked(house: DecidingHouse) -> None:
    reported(house, "web:1")
    with house.acting() as acting:
        acting.split(house.golden("crm:1"), [[house.seed("mail:1")]])
    assert open_reports(house) == 1
    assert house.waiting()[0].cause == "reported"


def test_a_report_is_asked_again_when_what_answered_it_is_taken_back(house: DecidingHouse) -> None:
    reported(house, "web:1")
    with house.acting() as acting:
        split = acting.split(house.golden("crm:1"), [[house.seed("web:1")]])
    house.takes_back(split)
    assert house.golden("web:1") == house.golden("crm:1")
    assert house.waiting()[0].cause == "reported"


def test_an_answer_to_a_report_teaches_the_model_nothing(house: DecidingHouse) -> None:
    reported(house, "web:1")
    house.answers(house.shown(house.waiting()[0].id), Verdict.DIFFERENT)
    with house.database.begin() as connection:
        learned = labelled_pairs(connection, house.scorer(connection))
    assert (len(learned.pairs.weight), learned.left_out) == (0, 1)
