"""A question is given to one reviewer at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, update

from dedupe.errors import NotFound
from dedupe.model import Verdict
from dedupe.review import claims, queue
from dedupe.storage import tables
from dedupe.storage.access_log import Visitor
from dedupe.storage.review_claims import Claim
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


def given(house: DecidingHouse, who: Visitor, besides: UUID | None = None) -> UUID | None:
    with house.database.begin() as connection:
        return claims.claim_next(connection, who, besides=besides)


def held(house: DecidingHouse, question: UUID) -> tuple[str | None, bool]:
    """Who has it, and whether for a while only."""
    [one] = [each for each in house.waiting() if each.id == question]
    return one.held_by, one.held_until is not None


def test_two_are_never_given_the_same_question_however_they_race(house: DecidingHouse) -> None:
    reviewers = [Visitor(f"R{at}", "api") for at in range(len(PEOPLE) + 2)]
    with ThreadPoolExecutor(len(reviewers)) as pool:
        found = list(pool.map(lambda who: given(house, who), reviewers))
    assert sorted(map(str, filter(None, found))) == sorted(str(one.id) for one in house.waiting())
    assert found.count(None) == 2


def test_who_asks_again_is_given_their_own_unless_they_are_at_it(house: DecidingHouse) -> None:
    first = given(house, ADA)
    assert first is not None
    assert given(house, ADA) == first
    ahead = given(house, ADA, besides=first)
    assert ahead not in (None, first)
    assert given(house, BOB) not in (first, ahead)
    assert held(house, first) == ("Ada", True)


def test_a_claim_ends_by_itself_and_by_giving_it_back(house: DecidingHouse) -> None:
    first = given(house, ADA)
    assert first is not None
    with house.database.begin() as connection:
        late = update(tables.review_claims).values(expires_at=func.now() - timedelta(seconds=1))
        connection.execute(late)
    assert held(house, first) == (None, False)
    assert given(house, BOB) == first
    with house.database.begin() as connection:
        claims.release(connection, BOB, first)
    assert given(house, ADA) == first


def test_another_keeps_it_until_it_is_taken_over(house: DecidingHouse) -> None:
    first = given(house, ADA)
    assert first is not None
    with house.database.begin() as connection:
        assert _who(claims.claim(connection, BOB, first)) == "Ada"
        assert _who(claims.claim(connection, BOB, first, take_over=True)) == "Bob"
        assert _who(claims.claim(connection, ADA, first)) == "Bob"


def test_what_is_assigned_comes_to_that_one_first_and_to_nobody_else(house: DecidingHouse) -> None:
    last = house.waiting()[-1].id
    given(house, BOB)
    with house.database.begin() as connection:
        claims.claim_next(connection, ADA)
        claims.assign(connection, BOB, last, "Ada")
    assert held(house, last) == ("Ada", False)
    assert given(house, ADA) == last
    everybody = {given(house, Visitor(f"R{at}", "api")) for at in range(4)}
    assert last not in everybody
    with house.database.begin() as connection:
        claims.release(connection, ADA, last)  # gives back what one took, not what was assigned
        assert held(house, last) == ("Ada", False)
        claims.assign(connection, BOB, last, None)
    assert held(house, last) == (None, False)


def test_only_a_reviewer_is_assigned_to(house: DecidingHouse) -> None:
    question = house.waiting()[0].id
    with house.database.begin() as connection:
        with pytest.raises(NotFound, match="no reviewer"):
            claims.assign(connection, ADA, question, "Nobody")
        with pytest.raises(NotFound):
            claims.claim(connection, ADA, UUID(int=7))


def test_what_is_skipped_comes_after_all_others_and_to_others_meanwhile(house: DecidingHouse) -> None:
    first = given(house, ADA)
    assert first is not None
    with house.database.begin() as connection:
        queue.skip(connection, ADA, first)
    others = len(PEOPLE) - 1
    found: list[UUID | None] = []
    for _ in range(others):
        found.append(given(house, ADA))
        with house.database.begin() as connection:
            queue.skip(connection, ADA, found[-1] or first)
    assert first not in found
    assert len(set(found)) == others
    assert given(house, ADA) == first
    assert given(house, BOB) == found[0]


def test_a_claim_on_what_is_answered_is_dropped(house: DecidingHouse) -> None:
    first = given(house, ADA)
    assert first is not None
    house.answers(house.shown(first), Verdict.DIFFERENT)
    assert given(house, ADA) != first
    assert house.rows()["review_claims"] == 1


def _who(claim: Claim | None) -> str | None:
    return claim.who if claim else None
