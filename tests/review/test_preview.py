"""A preview is what comes of the act, and leaves everything as it was."""

from collections.abc import Callable

import pytest

from dedupe.model import Verdict
from dedupe.review import deciding
from dedupe.review.acts import Acting
from dedupe.review.preview import Preview
from dedupe.review.recording import DecisionResult
from tests.house import contact
from tests.review.deciding_house import ADA, DecidingHouse, house

__all__ = ["house"]

Act = Callable[[DecidingHouse, Acting], DecisionResult]

ACTS: dict[str, Act] = {
    "split": lambda house, acting: acting.split(house.golden("crm:1"), [[house.seed("web:1")]]),
    "move": lambda house, acting: acting.move([house.seed("web:1")], house.golden("crm:9")),
    "join": lambda house, acting: acting.join([house.golden("crm:1"), house.golden("crm:9")]),
    "confirm": lambda house, acting: acting.confirm(house.golden("crm:1")),
    "report": lambda house, acting: acting.report(house.golden("crm:1"), [house.seed("web:1")]),
}


@pytest.fixture(autouse=True)
def _people(house: DecidingHouse) -> None:
    house.collected(
        contact("crm:1", name="Jonathan Marchetti", email="jm@example.com", company="Deck", day=1)
    )
    house.collected(
        contact("mail:1", name="Jonathan Marchetti", email="jm@example.com", phone="+442079460018")
    )
    house.collected(contact("web:1", name="Jonathan Marchetti", email="jm@example.com", company="Bay", day=2))
    house.collected(contact("crm:9", name="Zebulon Whittaker", email="zw@example.com"))
    house.merges()


def happened(preview: Preview) -> set[tuple[object, ...]]:
    return {(event.golden_id, event.kind, event.cause, tuple(event.related)) for event in preview.events}


@pytest.mark.parametrize("name", ACTS)
def test_a_preview_changes_nothing_and_tells_what_comes(house: DecidingHouse, name: str) -> None:
    before, events = house.state(), len(house.events())
    questions = {one.id for one in house.waiting()}
    told = house.previews(lambda acting: ACTS[name](house, acting))
    assert house.state() == before
    assert len(house.events()) == events
    with house.acting() as acting:
        ACTS[name](house, acting)
    seen = house.served(*(one.id for one in told.after))
    assert [(one.id, one.fields, one.emails, one.phones) for one in seen] == [
        (one.id, one.fields, one.emails, one.phones) for one in told.after
    ]
    came = house.events()[events:]
    assert {(e["golden_id"], e["kind"], e["cause"], tuple(e["related"])) for e in came} == happened(told)
    now = {one.id for one in house.waiting()}
    assert {one.id for one in told.questions_new} == now - questions
    assert {one.id for one in told.questions_gone} == questions - now


def test_fields_that_change_are_told_with_both_values(house: DecidingHouse) -> None:
    told = house.previews(lambda acting: ACTS["split"](house, acting))
    [change] = [one for one in told.changes if one.field == "company"]
    assert (change.golden_id, change.before, change.after) == (house.golden("crm:1"), ["Bay"], ["Deck"])


def test_a_revocation_is_previewed_too(house: DecidingHouse) -> None:
    before = house.golden("crm:1")
    with house.acting() as acting:
        done = ACTS["split"](house, acting)
    told = house.previews(
        lambda acting: deciding.revoke(acting.connection, house.republish, ADA, done.decision)
    )
    assert [one.id for one in told.after] == [before]
    assert house.golden("web:1") != before


def test_an_answer_to_a_question_is_previewed_too(house: DecidingHouse) -> None:
    with house.acting() as acting:
        ACTS["report"](house, acting)
    asked = house.shown(house.waiting()[0].id)
    told = house.previews(
        lambda acting: deciding.decide(
            acting.connection, house.republish, ADA, asked.question.id, Verdict.DIFFERENT, asked.seen
        )
    )
    assert {one.id for one in told.after} == {house.golden("crm:1"), house.seed("web:1")}
    assert [one.id for one in told.questions_gone] == [asked.question.id]
