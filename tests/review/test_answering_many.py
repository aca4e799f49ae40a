"""Questions that are alike get one answer, in one batch; and what hangs on a value is answered by it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from dedupe.errors import InputError, NothingToDecide
from dedupe.model import ValueVerdict, Verdict
from dedupe.review import answering_many, claims, deciding, hanging, workbench
from dedupe.review.answering_many import AnsweredAtOnce, Group
from dedupe.storage import decisions
from dedupe.storage.access_log import Visitor
from dedupe.storage.review_candidates import QueueFilter
from tests.house import contact
from tests.review.deciding_house import ADA, DecidingHouse, house

__all__ = ["house"]

BOB = Visitor("Bob", "api")
NAMES = ("Oakley", "Halvorsen", "Castellano", "Brandvold", "Whittaker", "Lindqvist")
ALIKE = "given name:different,family name:same,phone:same"


@pytest.fixture(autouse=True)
def _brothers(house: DecidingHouse) -> None:
    """Six pairs of one family name and one phone, of two given names; and two namesakes."""
    for at, name in enumerate(NAMES):
        house.collected(
            contact(f"crm:{at}", name=f"Tom {name}", phone=f"+44207946000{at}"),
            contact(f"mail:{at}", name=f"Tim {name}", phone=f"+44207946000{at}"),
        )
    house.collected(
        contact("crm:9", name="Jonathan Marchetti", email="jm@example.com"),
        contact("mail:9", name="Jonathan Marchetti", email="jonathan@example.net"),
    )
    house.merges()


def looks(house: DecidingHouse, who: Visitor = ADA) -> Group:
    workbench.refresh(house.database)
    with house.database.begin() as connection:
        return answering_many.look(connection, who, QueueFilter(pattern=ALIKE))


def answers(house: DecidingHouse, saw: str, verdict: Verdict) -> AnsweredAtOnce:
    with deciding.publishing(house.database) as connection:
        return answering_many.answer_many(connection, house.republish, ADA, verdict, saw, "brothers")


def test_a_sample_is_shown_of_all_that_are_alike(house: DecidingHouse) -> None:
    group = looks(house)
    assert (group.matching, group.answerable, group.kept_for_others) == (6, 6, 0)
    assert group.words == "agree in family name and phone, differ in given name"
    assert len({one.id for one in group.sample}) == 5
    assert all("Marchetti" not in one.left_name for one in group.sample)
    with house.database.begin() as connection, pytest.raises(InputError, match="pattern"):
        answering_many.look(connection, ADA, QueueFilter())


def test_all_are_answered_in_one_batch_and_taken_back_as_one(house: DecidingHouse) -> None:
    before = house.asked()
    done = answers(house, looks(house).seen, Verdict.DIFFERENT)
    assert (done.answered, done.left_out) == (6, [])
    assert [one.left_name for one in house.waiting()] == ["Jonathan Marchetti"]
    with house.database.begin() as connection:
        made = decisions.with_id(connection, done.decision)
    assert len(made) == 6
    assert {one.origin for one in made} == {"queue"}
    assert {(one.evidence or {})["at_once"] for one in made} == {6}
    assert house.is_settled()
    house.takes_back(done)
    assert house.asked() == before


def test_the_same_person_each(house: DecidingHouse) -> None:
    done = answers(house, looks(house).seen, Verdict.SAME)
    assert done.answered == 6
    assert all(house.golden_of(f"crm:{at}") == house.golden_of(f"mail:{at}") for at in range(6))
    assert house.golden_of("crm:0") != house.golden_of("crm:1")


def test_what_is_anothers_changed_or_answered_is_left_out_and_told(house: DecidingHouse) -> None:
    saw = looks(house).seen
    first, second, third, *_ = (one.id for one in house.waiting() if "Jonathan" not in one.left_name)
    with house.database.begin() as connection:
        claims.claim(connection, BOB, first)
    house.answers(house.shown(second), Verdict.SAME)
    changed = next(one for one in house.shown(third).question.left)
    house.collected(contact(changed.key, name=changed.name, phone="+442079460099"))
    done = answers(house, saw, Verdict.DIFFERENT)
    assert done.answered == 3
    assert {one.candidate: one.reason for one in done.left_out} == {
        first: "with Bob",
        second: "answered or changed since you looked",
        third: "changed since you looked",
    }


def test_what_a_night_published_since_it_was_read_is_of_no_pattern_yet(house: DecidingHouse) -> None:
    workbench.refresh(house.database)
    with house.database.begin() as connection:  # not read again: it is published while somebody looks
        first = answering_many.look(connection, ADA, QueueFilter(pattern=ALIKE)).sample[0].id
        anew = text("UPDATE dedupe.review_candidates SET run_id = gen_random_uuid() WHERE id = :id")
        connection.execute(anew, {"id": first})
        group = answering_many.look(connection, ADA, QueueFilter(pattern=ALIKE))
        found = workbench.facets(connection, ADA)
    assert group.matching == len(NAMES) - 1
    assert {one.value: one.questions for one in found.pattern}[ALIKE] == len(NAMES) - 1


def test_what_others_are_at_is_not_offered(house: DecidingHouse) -> None:
    with house.database.begin() as connection:
        claims.claim_next(connection, BOB, QueueFilter(cause="doubtful"))
        claims.claim_next(connection, BOB, besides=claims.claim_next(connection, BOB))
    group = looks(house)
    assert group.matching == group.answerable + group.kept_for_others == 6
    assert group.kept_for_others >= 1


def test_what_live_decisions_contradict_is_left_out(house: DecidingHouse) -> None:
    saw = looks(house).seen
    house.decided("crm:0", "mail:0", Verdict.DIFFERENT)
    done = answers(house, saw, Verdict.SAME)
    assert done.answered == 5
    assert [one.reason.split(":")[0] for one in done.left_out] == ["live decisions say otherwise"]
    assert house.golden_of("crm:0") != house.golden_of("mail:0")


def test_nothing_is_decided_where_all_is_answered(house: DecidingHouse) -> None:
    saw = looks(house).seen
    answers(house, saw, Verdict.DIFFERENT)
    with pytest.raises(NothingToDecide):
        answers(house, saw, Verdict.SAME)
    with pytest.raises(InputError):
        answers(house, "no seen", Verdict.SAME)


def test_a_switchboard_answers_what_hangs_on_it(house: DecidingHouse) -> None:
    workbench.refresh(house.database)
    with house.database.begin() as connection:
        found = hanging.values(connection, ADA)
        assert [one.questions for one in found] == [1] * len(NAMES)
        what = hanging.look(connection, ADA, "phone", found[0].key)
    assert (what.holders, what.matching) == (2, 1)
    with deciding.publishing(house.database) as connection:
        done = hanging.answer(connection, house.republish, ADA, "phone", what.key, ValueVerdict.SHARED)
    assert (done.answered, done.left) == (1, [])
    assert what.questions[0].id not in {one.id for one in house.waiting()}
    assert len(house.waiting()) == len(NAMES)
