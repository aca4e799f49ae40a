"""What was decided holds when it is asked again: whole, also where it told many apart."""

import pytest

from dedupe.errors import DecisionRefused
from dedupe.model import Verdict
from dedupe.review import deciding
from dedupe.review.deciding import ByHand
from dedupe.storage import decisions
from tests.house import Given, contact
from tests.review.deciding_house import ADA, DecidingHouse, house

__all__ = ["house"]

KEYS = ("crm:1", "mail:1", "web:1", "web:2")


def marchetti(key: str, email: str = "jm@example.com") -> Given:
    return contact(key, name="Jonathan Marchetti", email=email)


@pytest.fixture(autouse=True)
def _people(house: DecidingHouse) -> None:
    for key in KEYS:
        house.collected(marchetti(key))
    house.collected(contact("crm:9", name="Zebulon Whittaker", email="zw@example.com"))
    house.merges()


def answered(house: DecidingHouse, verdict: Verdict) -> None:
    [asked] = [one for one in house.waiting() if one.cause == "evidence_changed"]
    house.answers(house.shown(asked.id), verdict)


def taken_apart(house: DecidingHouse) -> None:
    """Four people; then one of them changes."""
    with house.acting() as acting:
        acting.split(house.golden("crm:1"), [[house.seed(key)] for key in KEYS])
    house.collected(marchetti("crm:1", "jonathan@example.net"))
    house.merges()


@pytest.mark.parametrize("verdict", [Verdict.DIFFERENT, Verdict.UNSURE])
def test_four_people_stay_four_whatever_is_answered(house: DecidingHouse, verdict: Verdict) -> None:
    taken_apart(house)
    answered(house, verdict)
    assert len({house.golden(key) for key in KEYS}) == 4
    assert house.is_settled()
    assert "evidence_changed" not in {one.cause for one in house.waiting()}


def test_people_told_apart_are_not_joined_by_one_answer(house: DecidingHouse) -> None:
    taken_apart(house)
    with pytest.raises(DecisionRefused, match="revoke it first"):
        answered(house, Verdict.SAME)


def test_a_move_that_is_confirmed_still_holds_together_and_apart(house: DecidingHouse) -> None:
    with house.acting() as acting:
        acting.move([house.seed("web:1")], house.golden("crm:9"))
    house.collected(marchetti("mail:1", "jonathan@example.net"))
    house.merges()
    answered(house, Verdict.DIFFERENT)
    assert house.golden("web:1") == house.golden("crm:9") != house.golden("crm:1")


def test_who_is_unsure_leaves_standing_what_was_decided_until_it_changes_again(house: DecidingHouse) -> None:
    with house.acting() as acting:
        acting.split(house.golden("crm:1"), [[house.seed("web:1")]])
    house.collected(marchetti("mail:1", "jonathan@example.net"))
    house.merges()
    answered(house, Verdict.UNSURE)
    assert house.golden("web:1") != house.golden("crm:1")
    house.collected(marchetti("mail:1", "j.marchetti@example.net"))
    house.merges()
    assert "evidence_changed" in {one.cause for one in house.waiting()}


def test_a_whole_golden_contact_that_was_moved_is_asked_about_when_it_changes(house: DecidingHouse) -> None:
    with house.acting() as acting:
        acting.move([house.seed("crm:9")], house.golden("crm:1"))
    house.collected(contact("crm:9", name="Ottoline Fairweather", email="of@example.org"))
    house.merges()
    assert "evidence_changed" in {one.cause for one in house.waiting()}


def test_what_took_the_place_of_a_decision_gives_it_back(house: DecidingHouse) -> None:
    house.decides(Verdict.SAME, "crm:1", "crm:9")
    house.collected(contact("crm:9", name="Zebulon Whittaker", email="other@example.com"))
    house.merges()
    answered(house, Verdict.DIFFERENT)
    assert house.golden("crm:9") != house.golden("crm:1")
    with house.database.begin() as connection:
        [live] = decisions.latest(connection, 10, live_only=True)
    house.takes_back(live.id)
    assert house.golden("crm:9") == house.golden("crm:1")


def test_a_member_that_is_gone_is_no_hindrance(house: DecidingHouse) -> None:
    house.vanished("web:2")  # and no night has published it yet
    with house.acting() as acting:
        acting.split(house.golden("crm:1"), [[house.seed("web:1")]])
    assert house.golden("web:1") != house.golden("crm:1")


def test_what_was_joined_is_asked_no_more_once_it_is_confirmed(house: DecidingHouse) -> None:
    house.decides(Verdict.SAME, "crm:1", "crm:9")
    house.collected(contact("crm:9", name="Zebulon Whittaker", email="other@example.com"))
    house.merges()
    with house.acting() as acting:
        confirmed = acting.confirm(house.golden("crm:1"))
    assert "evidence_changed" not in {one.cause for one in house.waiting()}
    house.takes_back(confirmed)
    assert "evidence_changed" in {one.cause for one in house.waiting()}


def test_what_stands_again_still_goes_with_its_batch(house: DecidingHouse) -> None:
    one, other = house.seed("crm:1"), house.seed("crm:9")
    with deciding.publishing(house.database) as connection:
        said = [ByHand([[one], [other]], Verdict.SAME)]
        batch = deciding.decide_at_once(connection, house.republish, ADA, said)
    with house.acting() as acting:
        confirmed = acting.confirm(house.golden("crm:1"))
    house.takes_back(confirmed)
    assert house.golden("crm:9") == house.golden("crm:1")
    house.takes_back(batch)
    assert house.golden("crm:9") != house.golden("crm:1")
