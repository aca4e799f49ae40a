"""After a wrong merge: what rests on the same evidence, who saw it, whom its events reached."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from dedupe import lookup
from dedupe.deliveries.subscription import EventSubscription, Target
from dedupe.errors import NotFound
from dedupe.model import Verdict
from dedupe.review import deciding
from dedupe.review.aftermath import AT_ONCE, Aftermath, Pages, decide_alike, what_else
from dedupe.storage import outgoing_events, subscriptions
from dedupe.storage.access_log import Visitor
from tests.house import contact
from tests.review.deciding_house import ADA
from tests.review.rollback_house import RollbackHouse, house

__all__ = ["house"]

KIM = Visitor("Kim", "api")
HOOK = EventSubscription("crm", Target("https://example.org", (b"",)))
NAME: dict[str, Any] = {"name": "Jonathan Marchetti", "email": "office@example.com"}


@pytest.fixture
def golden(house: RollbackHouse) -> UUID:
    """Two people in one golden contact, which others resemble by what it rests on."""
    house.collected(contact("crm:1", **NAME), contact("mail:9", name="Bo Lind", email="bo@example.com"))
    for number in range(3):
        who = {"name": f"Zora Quill{number}", "email": f"office@z{number}.example.com"}
        house.collected(
            contact(f"crm:z{number}", name=who["name"], email=who["email"]),
            contact(f"mail:z{number}", name=who["name"], email=who["email"]),
        )
    house.merges()
    with house.database.begin() as connection:
        subscriptions.begin(connection, "crm", None)
    house.collected(contact("mail:1", **NAME))
    house.merges()
    return house.golden("crm:1")


def looks(house: RollbackHouse, who: Visitor, key: str) -> None:
    with house.database.begin() as connection:
        source, _, external_id = key.partition(":")
        lookup.by_source_contact(connection, who, source, external_id)


def delivered_up_to_now(house: RollbackHouse) -> None:
    with house.database.begin() as connection:
        subscriptions.advance(connection, "crm", outgoing_events.last_position(connection), 0)


def asks(house: RollbackHouse, some_id: UUID, **pages: Any) -> Aftermath:
    with house.database.begin() as connection:
        return what_else(connection, ADA, house.scorer, [HOOK], some_id, Pages(**pages))


def splits(house: RollbackHouse, golden: UUID) -> UUID:
    with house.acting() as acting:
        return acting.split(golden, [[house.seed("mail:1")]]).decision


def test_who_saw_it_while_it_was_wrong(house: RollbackHouse, golden: UUID) -> None:
    looks(house, KIM, "mail:1")
    looks(house, KIM, "crm:z1")
    decision = splits(house, golden)
    looks(house, Visitor("Lee", "api"), "crm:1")
    for some_id in (golden, house.golden("mail:1"), decision):
        found = asks(house, some_id)
        [wrong] = found.wrong
        assert wrong.golden_id == golden
        assert {frozenset(one) for one in wrong.people} == {
            frozenset([house.seed("crm:1")]),
            frozenset([house.seed("mail:1")]),
        }
        seen = [(one.who, one.action) for one in found.seen.visits if one.action == "lookup"]
        assert seen == [("Kim", "lookup")]
        assert wrong.put_right is not None
        assert wrong.put_right.decision_id == decision


def test_one_that_nothing_has_parted_is_told_up_to_now(house: RollbackHouse, golden: UUID) -> None:
    looks(house, KIM, "mail:1")
    found = asks(house, golden)
    assert found.wrong[0].put_right is None
    assert found.wrong[0].began is not None
    assert [one.who for one in found.seen.visits if one.action == "lookup"] == ["Kim"]


def test_a_rollback_puts_right_as_well(house: RollbackHouse, golden: UUID) -> None:
    house.collected(contact("mail:9", **NAME))
    night = house.merges().run_id
    looks(house, KIM, "mail:9")
    house.rolls_back(night)
    found = asks(house, house.golden("mail:9"))
    assert found.wrong[0].put_right is not None
    assert found.wrong[0].put_right.cause == "rollback"
    assert [one.who for one in found.seen.visits if one.action == "lookup"] == ["Kim"]


def test_an_export_of_everybody_saw_it(house: RollbackHouse, golden: UUID) -> None:
    with house.database.begin() as connection:
        connection.execute(
            text("""
            INSERT INTO dedupe.access_log (who, door, action, golden_ids, occurred_at)
            VALUES ('crm sync', 'cli', 'export golden', '{}', clock_timestamp())""")
        )
    splits(house, golden)
    [export] = [one for one in asks(house, golden).seen.visits if one.whole]
    assert (export.who, export.action) == ("crm sync", "export golden")


def test_which_events_reached_whom(house: RollbackHouse, golden: UUID) -> None:
    delivered_up_to_now(house)
    splits(house, golden)
    found = asks(house, golden)
    states = [(one.event.kind, one.deliveries[0].state) for one in found.told.events]
    assert states[0] == ("changed", "delivered")
    assert ("split", "not yet") in states
    with house.database.begin() as connection:
        position = found.told.events[0].event.position
        connection.execute(
            text("""
            INSERT INTO dedupe.undelivered_events
                   (subscription, position, event_id, ids, state, attempts, reason)
            VALUES ('crm', :position, gen_random_uuid(), '{}', 'dead', 7, 'HTTP 500')"""),
            {"position": position},
        )
    [first, *_] = asks(house, golden).told.events
    assert (first.deliveries[0].state, first.deliveries[0].attempts) == ("dead", 7)


def test_lists_are_told_in_pages(house: RollbackHouse, golden: UUID) -> None:
    for _ in range(5):
        looks(house, KIM, "mail:1")
    splits(house, golden)
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        found = asks(house, golden, limit=2, seen_after=after)
        seen += [one.id for one in found.seen.visits if one.action == "lookup"]
        after = found.seen.after
    assert len(seen) == len(set(seen)) == 5


def test_the_like_is_decided_in_one_batch_and_taken_back(house: RollbackHouse, golden: UUID) -> None:
    together = house.together()
    decision = splits(house, golden)
    found = asks(house, decision)
    assert found.similar is not None
    assert found.similar.counts["levels"] == 3

    def alike(by: Any) -> UUID:
        with deciding.publishing(house.database) as connection:
            return decide_alike(
                connection, house.republish, ADA, house.scorer, decision, Verdict.DIFFERENT, by
            ).decision

    batch = alike("levels")
    assert all(house.golden(f"crm:z{number}") != house.golden(f"mail:z{number}") for number in range(3))
    assert len(asks(house, batch).wrong) == 3
    house.takes_back(batch)
    house.takes_back(decision)
    assert house.together() == together
    assert AT_ONCE == 500


def test_what_names_no_wrong_merge_is_refused(house: RollbackHouse, golden: UUID) -> None:
    with pytest.raises(NotFound):
        asks(house, uuid4())
    with pytest.raises(NotFound, match="no two source contacts"):
        asks(house, house.golden("mail:9"))
    same = house.decides(Verdict.SAME, "mail:9", "crm:1")
    with pytest.raises(NotFound, match="parted nobody"):
        asks(house, same.decision)
