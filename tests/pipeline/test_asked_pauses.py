"""A receiver says by Retry-After when to come again: for one event, or for all that is sent to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select, text

from dedupe.deliveries.subscription import KINDS
from dedupe.pipeline.delivering import DeliveryRules
from dedupe.storage import subscriptions, tables
from dedupe.storage.database import Database
from tests.delivered import QUICK, delivery, published
from tests.receiver import Message, receiving

DAY = {"retry-after": "86400"}
SOME = [UUID(int=number + 1) for number in range(10)]


def refuses_the_first(status: int) -> Callable[[Message], int | tuple[int, dict[str, str]]]:
    return lambda one: (status, DAY) if one.data["golden_id"] == str(SOME[0]) else 204


def seconds_until(moment: datetime | None) -> float:
    assert moment is not None
    return (moment - datetime.now(UTC)).total_seconds()


def rests_for(database: Database) -> float:
    with database.begin() as connection:
        state = subscriptions.state(connection, "crm", KINDS)
    assert state is not None
    return seconds_until(state.rests_until)


@pytest.mark.parametrize("status", [500, 400, 302])
def test_one_event_that_is_to_come_later_stops_no_other(database: Database, status: int) -> None:
    published(database, *((golden, "made") for golden in SOME))
    with receiving() as receiver, delivery(database, receiver) as one:
        receiver.answer = refuses_the_first(status)
        assert not one.deliver().resting
        published(database, (SOME[1], "changed"), (SOME[0], "changed"))
        one.deliver()
        assert len(receiver.accepted) == 10
        assert len(receiver.came) == 11
    with database.begin() as connection:
        due = connection.execute(select(tables.undelivered_events.c.next_at).order_by("position"))
        first, behind = due.scalars()
    assert 86_000 < seconds_until(first) <= 86_400
    assert behind is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_has_too_much_is_left_alone_for_an_hour_at_most(
    database: Database, status: int
) -> None:
    published(database, *((golden, "made") for golden in SOME))
    with receiving() as receiver, delivery(database, receiver) as one:
        receiver.answer = lambda _: (status, DAY)
        assert one.deliver().resting
        assert 3500 < rests_for(database) <= 3600
        sent = len(receiver.came)
        assert one.deliver().resting
        assert len(receiver.came) == sent < 10


def test_after_the_pause_another_event_is_the_first(database: Database) -> None:
    """What asked for the pause may be what fails for good."""
    published(database, (SOME[0], "made"))
    with receiving() as receiver, delivery(database, receiver, DeliveryRules(rest=QUICK.rest)) as one:
        receiver.answer = refuses_the_first(503)
        assert one.deliver().resting
        published(database, (SOME[1], "made"))
        with database.begin() as connection:  # an hour later
            for table, moment in (("subscriptions", "rests_until"), ("undelivered_events", "next_at")):
                connection.execute(text(f"UPDATE dedupe.{table} SET {moment} = {moment} - interval '1 hour'"))
        assert one.deliver().accepted == 1
    assert [each.data["golden_id"] for each in receiver.accepted] == [str(SOME[1])]
