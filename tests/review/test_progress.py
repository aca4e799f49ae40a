"""Progress of the queue: what waits, who answers, how far reviewers agree."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, update

from dedupe.model import Verdict
from dedupe.review import claims, deciding, opinions, progress
from dedupe.review.progress import QueueProgress
from dedupe.storage import tables
from dedupe.storage.access_log import Visitor
from tests.house import contact
from tests.review.deciding_house import ADA, DecidingHouse, house

__all__ = ["house"]

BOB = Visitor("Bob", "api")
PEOPLE = ("Jonathan Marchetti", "Wilhelmina Okonkwo", "Zebulon Whittaker", "Philippa Castellano")


@pytest.fixture(autouse=True)
def _doubtful(house: DecidingHouse) -> None:
    for at, name in enumerate(PEOPLE):
        house.collected(
            contact(f"crm:{at}", name=name, email=f"a{at}@example.com"),
            contact(f"mail:{at}", name=name, email=f"b{at}@example.net"),
        )
    house.merges()


def told(house: DecidingHouse) -> QueueProgress:
    with house.database.begin() as connection:
        return progress.progress(connection, ADA)


def thinks(house: DecidingHouse, who: Visitor, question: UUID, verdict: Verdict) -> None:
    saw = house.shown(question).seen
    with house.database.begin() as connection:
        opinions.give(connection, who, question, verdict, saw)


def decides(house: DecidingHouse, who: Visitor, question: UUID, verdict: Verdict) -> None:
    saw = house.shown(question).seen
    with deciding.publishing(house.database) as connection:
        deciding.decide(connection, house.republish, who, question, verdict, saw)


def test_before_anybody_answered(house: DecidingHouse) -> None:
    found = told(house)
    assert found.backlog.waiting == sum(found.backlog.causes.values()) == 4
    assert (found.reviewers, found.days, found.hours_left) == ([], [], None)
    assert found.agreement.share is None


def test_what_waits_and_since_when(house: DecidingHouse) -> None:
    first, second, *_ = [one.id for one in house.waiting()]
    rows = tables.review_candidates
    with house.database.begin() as connection:
        old = update(rows).where(rows.c.id == first)
        connection.execute(old.values(first_seen_at=func.now() - timedelta(days=9)))
        claims.claim(connection, ADA, first)
        claims.assign(connection, ADA, second, "Ada")
    thinks(house, ADA, first, Verdict.SAME)
    found = told(house).backlog
    assert found.oldest is not None
    assert found.median is not None
    assert timedelta(days=8) < found.median - found.oldest
    assert (found.assigned, found.at_work, found.second_opinions) == (1, 0, 1)


def test_who_answered_how_much_and_how_fast(house: DecidingHouse) -> None:
    questions = [one.id for one in house.waiting()]
    decides(house, ADA, questions[0], Verdict.DIFFERENT)
    decides(house, ADA, questions[1], Verdict.DIFFERENT)
    decides(house, BOB, questions[2], Verdict.SAME)
    with house.database.begin() as connection:
        made = tables.decisions
        of_ada = update(made).where(
            made.c.decided_by == "Ada", made.c.evidence.op("->>")("candidate") == str(questions[0])
        )
        connection.execute(of_ada.values(decided_at=made.c.decided_at - timedelta(seconds=30)))
    found = told(house)
    ada, bob = found.reviewers
    assert (ada.who, ada.answers, ada.acts, ada.last_day, ada.revoked) == ("Ada", 2, 2, 2, 0)
    assert ada.seconds is not None
    assert 30 < ada.seconds < 300
    assert (bob.answers, bob.seconds) == (1, None)
    assert found.hours_left == pytest.approx(found.backlog.waiting * ada.seconds / 3600)
    assert sum(one.answers for one in found.days) == 3


def test_two_agree_where_neither_knew_what_the_other_thought(house: DecidingHouse) -> None:
    first, second, third, _ = [one.id for one in house.waiting()]
    thinks(house, ADA, first, Verdict.SAME)
    decides(house, BOB, first, Verdict.SAME)  # without having seen hers
    thinks(house, ADA, second, Verdict.SAME)
    thinks(house, BOB, second, Verdict.DIFFERENT)
    decides(house, BOB, second, Verdict.SAME)  # once he knew: that tells nothing
    thinks(house, ADA, third, Verdict.UNSURE)
    found = told(house)
    assert (found.agreement.agreed, found.agreement.compared, found.agreement.share) == (1, 2, 0.5)
    assert found.agreement.low is not None
    assert found.agreement.high is not None
    assert found.agreement.low < 0.5 < found.agreement.high
    assert {one.who: (one.agreed, one.compared) for one in found.reviewers} == {"Ada": (1, 2), "Bob": (1, 2)}
