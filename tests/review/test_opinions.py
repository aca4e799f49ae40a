"""A second opinion is another's own: they see the first when they have said theirs."""

from __future__ import annotations

from uuid import UUID

import pytest

from dedupe.errors import AlreadyAnswered, DecisionRefused, EvidenceOutdated, NotFound
from dedupe.model import Verdict
from dedupe.review import claims, opinions, queue
from dedupe.storage.access_log import Visitor
from dedupe.storage.review_opinions import Opinion
from tests.house import contact
from tests.review.deciding_house import ADA, DecidingHouse, house

__all__ = ["house"]

BOB, CY = Visitor("Bob", "api"), Visitor("Cy", "api")


@pytest.fixture(autouse=True)
def _doubtful(house: DecidingHouse) -> None:
    house.collected(
        contact("crm:1", name="Jonathan Marchetti", email="jm@example.com"),
        contact("mail:1", name="Jonathan Marchetti", email="jonathan@example.net"),
    )
    house.merges()


def asks(house: DecidingHouse, verdict: Verdict, who: Visitor = ADA, ask: str | None = None) -> UUID:
    shown = house.looks_at_the_only_one()
    with house.database.begin() as connection:
        opinions.give(connection, who, shown.question.id, verdict, shown.seen, "it seems so", ask)
    return shown.question.id


def seen_by(house: DecidingHouse, who: Visitor, question: UUID) -> list[tuple[str, str]]:
    with house.database.begin() as connection:
        return _told(queue.show(connection, who, house.scorer, question).opinions)


def differing(house: DecidingHouse, who: Visitor, verdict: Verdict) -> list[tuple[str, str]]:
    shown = house.looks_at_the_only_one()
    with house.database.begin() as connection:
        return _told(opinions.differing(connection, who, shown.question.id, verdict, shown.seen))


def test_it_goes_to_another_and_not_back_to_who_asked(house: DecidingHouse) -> None:
    question = asks(house, Verdict.SAME)
    with house.database.begin() as connection:
        assert claims.claim_next(connection, ADA) is None
        assert claims.claim_next(connection, BOB) == question
    assert house.waiting()[0].opinions == 1


def test_it_goes_to_the_one_who_is_asked(house: DecidingHouse) -> None:
    with house.database.begin() as connection:
        claims.claim_next(connection, CY)  # who is known by that
    question = asks(house, Verdict.SAME, ask="Cy")
    with house.database.begin() as connection:
        assert claims.claim_next(connection, BOB) is None
        assert claims.claim_next(connection, CY) == question
    with pytest.raises(DecisionRefused, match="another"):
        asks(house, Verdict.SAME, ask="Ada")
    with pytest.raises(NotFound, match="no reviewer"):
        asks(house, Verdict.SAME, ask="Nobody")


def test_the_other_sees_both_when_they_have_said_theirs_and_decides(house: DecidingHouse) -> None:
    question = asks(house, Verdict.SAME)
    assert seen_by(house, BOB, question) == []
    assert differing(house, BOB, Verdict.DIFFERENT) == [("Ada", "same")]
    assert seen_by(house, BOB, question) == [("Ada", "same"), ("Bob", "different")]
    assert differing(house, BOB, Verdict.SAME) == []  # they know, and decide
    with house.database.begin() as connection:
        assert claims.claim_next(connection, BOB) == question


def test_where_both_think_the_same_nothing_stands_in_the_way(house: DecidingHouse) -> None:
    question = asks(house, Verdict.SAME)
    assert differing(house, BOB, Verdict.SAME) == []
    house.answers(house.shown(question), Verdict.SAME)
    assert house.golden_of("crm:1") == house.golden_of("mail:1")


def test_an_opinion_stands_once_another_has_given_theirs(house: DecidingHouse) -> None:
    asks(house, Verdict.SAME)
    asks(house, Verdict.DIFFERENT)  # a change of mind
    asks(house, Verdict.SAME, BOB)
    with pytest.raises(AlreadyAnswered):
        asks(house, Verdict.SAME)


def test_what_was_thought_of_other_evidence_is_past(house: DecidingHouse) -> None:
    shown = house.looks_at_the_only_one()
    asks(house, Verdict.SAME)
    house.collected(contact("mail:1", name="Jonathan Marchetti", email="new@example.net"))
    house.merges()
    assert house.waiting()[0].opinions == 0
    with house.database.begin() as connection:
        assert claims.claim_next(connection, ADA) is not None
        with pytest.raises(EvidenceOutdated):
            opinions.give(connection, ADA, shown.question.id, Verdict.SAME, shown.seen)


def _told(found: list[Opinion]) -> list[tuple[str, str]]:
    return [(one.who, one.verdict) for one in found]
