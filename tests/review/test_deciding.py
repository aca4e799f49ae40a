"""A decision is one act: checked, published at once, and it holds."""

import pytest

from dedupe.arrays.units import BIT
from dedupe.errors import (
    DecisionContradicts,
    DecisionRefused,
    EvidenceOutdated,
    InputError,
    LockLost,
    NotFound,
)
from dedupe.model import Verdict
from dedupe.review import deciding
from dedupe.storage import decisions, sources
from tests.house import Given, contact
from tests.lost_locks import ends_the_sessions_of_locks
from tests.review.deciding_house import DecidingHouse, house

__all__ = ["house"]

SAME, DIFFERENT, UNSURE = Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE


def namesakes(house: DecidingHouse) -> None:
    """Two contacts that have nothing but a name in common: a person must look."""
    house.collected(marchetti("crm:1", "jm@example.com"), marchetti("mail:1", "jonathan@example.net"))
    house.merges()


def marchetti(key: str, email: str) -> Given:
    return contact(key, name="Jonathan Marchetti", email=email)


def test_same_is_published_at_once_and_holds(house: DecidingHouse) -> None:
    namesakes(house)
    assert house.golden_of("crm:1") != house.golden_of("mail:1")
    decided = house.answers(house.looks_at_the_only_one(), SAME)
    assert decided.golden_ids == [house.golden_of("crm:1")] == [house.golden_of("mail:1")]
    assert house.asked() == set()
    assert house.events()[-1]["cause"] == "decision"
    assert house.is_settled()
    assert house.asked() == set()


def test_different_is_not_asked_again_and_holds(house: DecidingHouse) -> None:
    namesakes(house)
    house.answers(house.looks_at_the_only_one(), DIFFERENT)
    assert house.asked() == set()
    assert house.is_settled()
    assert house.asked() == set()
    assert house.golden_of("crm:1") != house.golden_of("mail:1")


def test_a_join_taken_back_asks_nothing_that_the_night_would_not(house: DecidingHouse) -> None:
    house.collected(
        contact("crm:1", name="Zebulon Marchetti"),
        contact("mail:1", name="Zebulon Marchxtti"),  # alike, but no block holds both
    )
    house.merges()
    assert house.asked() == set()
    joined = house.decides(SAME, "crm:1", "mail:1")
    house.takes_back(joined)
    assert house.asked() == set()
    assert house.is_settled()


def test_no_third_contact_brings_together_what_is_different(house: DecidingHouse) -> None:
    namesakes(house)
    house.answers(house.looks_at_the_only_one(), DIFFERENT)
    house.collected(marchetti("web:1", "jm@example.com;jonathan@example.net"))
    house.merges()
    assert house.golden_of("crm:1") != house.golden_of("mail:1")


def test_a_pair_that_matched_is_split_by_hand_and_each_gets_its_former_id(house: DecidingHouse) -> None:
    house.collected(marchetti("crm:1", "jm@example.com"))
    house.collected(marchetti("mail:1", "jm@example.com"))
    house.merges()
    one = house.golden_of("crm:1")
    assert house.golden_of("mail:1") == one
    decided = house.decides(DIFFERENT, "crm:1", "mail:1")
    assert {house.golden_of("crm:1"), house.golden_of("mail:1")} == {
        house.seed("crm:1"),
        house.seed("mail:1"),
    }
    assert house.is_settled()
    house.takes_back(decided)
    assert house.golden_of("mail:1") == house.golden_of("crm:1") == one
    assert house.is_settled()


def test_taking_back_asks_again(house: DecidingHouse) -> None:
    namesakes(house)
    before = house.asked()
    for verdict in (SAME, DIFFERENT, UNSURE):
        decided = house.answers(house.looks_at_the_only_one(), verdict)
        house.takes_back(decided)
        assert house.asked() == before
        assert house.golden_of("crm:1") != house.golden_of("mail:1")
        assert house.is_settled()


def test_what_was_taken_back_cannot_be_taken_back_again(house: DecidingHouse) -> None:
    namesakes(house)
    decided = house.answers(house.looks_at_the_only_one(), SAME)
    house.takes_back(decided)
    with pytest.raises(DecisionRefused):
        house.takes_back(decided)


def test_a_contradiction_is_refused_and_names_the_path(house: DecidingHouse) -> None:
    house.collected(*(contact(f"crm:{at}", name=f"Person Number{at}") for at in range(3)))
    house.merges()
    first = house.decides(SAME, "crm:0", "crm:1")
    second = house.decides(SAME, "crm:1", "crm:2")
    with pytest.raises(DecisionContradicts) as refused:
        house.decides(DIFFERENT, "crm:0", "crm:2")
    assert refused.value.path == [str(first.decision), str(second.decision)]
    house.takes_back(second)
    apart = house.decides(DIFFERENT, "crm:0", "crm:2")
    with pytest.raises(DecisionContradicts) as refused:
        house.decides(SAME, "crm:1", "crm:2")
    assert refused.value.path == [str(first.decision), str(apart.decision)]


def test_outdated_evidence_is_refused_and_names_who_changed(house: DecidingHouse) -> None:
    namesakes(house)
    looked = house.looks_at_the_only_one()
    house.collected(marchetti("crm:1", "other@example.com"))
    with pytest.raises(EvidenceOutdated) as refused:
        house.answers(looked, SAME)
    assert str(house.seed("crm:1")) in str(refused.value)
    assert "example.com" not in str(refused.value)
    house.answers(house.looks_at_the_only_one(), SAME)
    assert house.golden_of("crm:1") == house.golden_of("mail:1")


def test_a_question_that_became_another_is_refused(house: DecidingHouse) -> None:
    namesakes(house)
    looked = house.looks_at_the_only_one()
    house.collected(marchetti("web:1", "jm@example.com"))
    house.merges()
    [now] = house.waiting()
    assert now.id != looked.question.id
    with pytest.raises(EvidenceOutdated, match=str(now.id)):
        house.answers(looked, SAME)


def test_who_comes_second_is_told_what_the_first_answered(house: DecidingHouse) -> None:
    namesakes(house)
    looked = house.looks_at_the_only_one()
    house.answers(looked, DIFFERENT)
    with pytest.raises(DecisionRefused, match="Ada has answered before: different"):
        house.answers(looked, SAME)


def test_an_answer_is_asked_again_when_a_side_changes_and_holds_meanwhile(house: DecidingHouse) -> None:
    namesakes(house)
    first = house.answers(house.looks_at_the_only_one(), DIFFERENT)
    house.collected(marchetti("crm:1", "jonathan@example.net"))
    house.merges()
    assert house.golden_of("crm:1") != house.golden_of("mail:1")
    again = house.looks_at_the_only_one()
    assert again.question.cause == "evidence_changed"
    assert again.asked_again == [first.decision]
    assert [pair.decision for pair in again.pairs] == ["link"]
    house.answers(again, SAME)
    assert house.golden_of("crm:1") == house.golden_of("mail:1")
    assert house.is_settled()
    with house.database.begin() as connection:
        old = decisions.get(connection, first.decision)
    assert old.revoked_by == "Ada"


def test_unsure_leaves_the_queue_until_the_evidence_changes(house: DecidingHouse) -> None:
    namesakes(house)
    house.answers(house.looks_at_the_only_one(), UNSURE)
    assert house.asked() == set()
    assert house.is_settled()
    assert house.asked() == set()
    house.collected(marchetti("crm:1", "other@example.com"))
    house.merges()
    assert house.asked() == {frozenset([frozenset(["crm:1"]), frozenset(["mail:1"])])}


def test_a_messy_person_is_one_question_about_two_groups(house: DecidingHouse) -> None:
    house.collected(
        marchetti("crm:1", "jm@example.com"),
        marchetti("crm:2", "jm@example.com"),
        marchetti("mail:1", "jonathan@example.net"),
        marchetti("mail:2", "jonathan@example.net"),
    )
    house.merges()
    shown = house.looks_at_the_only_one()
    assert house.asked() == {frozenset([frozenset(["crm:1", "crm:2"]), frozenset(["mail:1", "mail:2"])])}
    assert shown.pairs_in_all == 4
    house.answers(shown, SAME)
    assert house.together() == {frozenset(["crm:1", "crm:2", "mail:1", "mail:2"])}
    assert house.is_settled()


def test_deciding_leaves_questions_about_others_alone(house: DecidingHouse) -> None:
    house.collected(
        contact("a:1", name="Jonathan Marchetti", email="jm@example.com"),
        contact("a:2", name="Jonathan Marchetti", email="jonathan@example.net"),
        contact("b:1", name="Philippa Oyelaran", email="po@example.com"),
        contact("b:2", name="Philippa Oyelaran", email="pippa@example.net"),
    )
    house.merges()
    about_others = frozenset([frozenset(["b:1"]), frozenset(["b:2"])])
    assert len(house.asked()) == 2
    mine = next(one for one in house.waiting() if one.left[0].source == "a")
    house.answers(house.shown(mine.id), SAME)
    assert house.asked() == {about_others}


def test_a_question_grows_with_the_groups_that_a_decision_joins(house: DecidingHouse) -> None:
    house.collected(*(marchetti(f"crm:{at}", f"jm{at}@example{at}.com") for at in range(3)))
    house.merges()
    assert len(house.asked()) == 3
    house.decides(SAME, "crm:0", "crm:1")
    assert house.asked() == {frozenset([frozenset(["crm:0", "crm:1"]), frozenset(["crm:2"])])}
    assert house.is_settled()


def test_the_decision_keeps_what_was_seen_and_by_whom(house: DecidingHouse) -> None:
    namesakes(house)
    shown = house.looks_at_the_only_one()
    decided = house.answers(shown, SAME, note="met them both")
    with house.database.begin() as connection:
        kept = decisions.get(connection, decided.decision)
    assert (kept.decided_by, kept.note, kept.origin) == ("Ada", "met them both", "queue")
    assert kept.evidence is not None
    assert kept.evidence["candidate"] == str(shown.question.id)
    assert kept.evidence["weight"] == round(shown.question.weight * BIT)
    assert set(kept.evidence["contents"]) == {str(house.seed("crm:1")), str(house.seed("mail:1"))}
    assert kept.evidence["model"] is not None


def test_deciding_by_hand_needs_two_contacts_that_live(house: DecidingHouse) -> None:
    namesakes(house)
    with pytest.raises(InputError):
        house.decides(SAME, "crm:1")
    with pytest.raises(InputError):
        house.decides(DIFFERENT, ["crm:1", "mail:1"])
    with pytest.raises(InputError):
        house.decides(SAME, "crm:1", "crm:1")
    house.vanished("mail:1")
    with pytest.raises(NotFound):
        house.decides(SAME, "crm:1", "mail:1")


def test_a_rebuild_from_facts_serves_the_same(house: DecidingHouse) -> None:
    namesakes(house)
    house.answers(house.looks_at_the_only_one(), SAME)
    before = house.state()
    house.forgets_all_but_facts()
    house.merges()
    assert house.state() == before


def test_nothing_is_decided_by_one_who_lost_the_publish_lock(house: DecidingHouse) -> None:
    def decide_without_the_lock() -> None:
        with deciding.publishing(house.database) as connection:
            sources.ensure(connection, "written meanwhile", "file")
            ends_the_sessions_of_locks(house.database)

    with pytest.raises(LockLost):
        decide_without_the_lock()
    with house.database.begin() as connection:
        assert sources.by_name(connection, "written meanwhile") is None
