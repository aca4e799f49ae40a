"""Events that were deleted before a webhook had them: it is told which, and that an export has them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, text, update
from structlog.testing import capture_logs

from dedupe.deliveries.subscription import KINDS, EventSubscription
from dedupe.pipeline.erasure import Keep, purge
from dedupe.storage import subscriptions, tables
from dedupe.storage.database import Database
from dedupe.storage.event_cursors import position_of
from dedupe.storage.subscriptions import SubscriptionState
from dedupe.wiring.webhook_sender import DELIVERY_LOCK, WebhookSender
from tests.delivered import delivery, published, until_done
from tests.pipeline.test_delivering import A, B, C, kinds_of
from tests.receiver import Receiver, receiving

WEBHOOKS = ("crm",)


def expires(database: Database, upto: int, webhooks: tuple[str, ...] = (), days: int = 30) -> None:
    """The events up to this position grow old, and a night drops them where these webhooks have had them."""
    events = tables.golden_events
    old = update(events).where(events.c.position <= upto)
    with database.begin() as connection:
        connection.execute(old.values(occurred_at=func.now() - timedelta(days=365)))
    purge(database, Keep(events=timedelta(days=days), webhooks=webhooks))


def state_of(database: Database) -> SubscriptionState:
    with database.begin() as connection:
        state = subscriptions.state(connection, "crm", KINDS)
    assert state is not None
    return state


def lost(database: Database) -> tuple[int, ...] | None:
    """The positions between which it lost events."""
    said = state_of(database).lost
    if said is None:
        return None
    assert "dedupe export golden" in said
    after, through = re.findall(r"A[A-Za-z0-9_-]{10}", said)
    return position_of(after), position_of(through)


def receives(database: Database, receiver: Receiver) -> None:
    with delivery(database, receiver) as one:
        until_done(one, database)


def test_a_paused_webhook_is_told_what_went_meanwhile(database: Database) -> None:
    with receiving() as receiver:
        published(database, (A, "made"), (B, "made"))
        receives(database, receiver)
        published(database, (A, "changed"), (B, "changed"), (C, "made"))
        expires(database, upto=3)
        expires(database, upto=4)
        assert lost(database) == (2, 4)
        receives(database, receiver)
        assert kinds_of(receiver)[2:] == [(str(C), "made")]
        receiver.answer = lambda _: 500
        published(database, (C, "changed"))
        with delivery(database, receiver) as one:
            one.deliver()
    assert lost(database) == (2, 4)
    assert state_of(database).reason == "status 500"


def test_what_had_failed_before_the_pause_is_lost_too(database: Database) -> None:
    published(database, (A, "made"), (B, "made"), (C, "made"))
    with receiving() as receiver, delivery(database, receiver) as one:
        receiver.answer = lambda event: 500 if event.data["golden_id"] == str(B) else 204
        one.deliver()
    expires(database, upto=3)
    assert lost(database) == (1, 3)
    assert (state_of(database).waiting, state_of(database).dead) == (0, 0)


@pytest.mark.parametrize("begins", [0, 2])
def test_one_that_begins_before_what_is_kept_is_told(database: Database, begins: int) -> None:
    published(database, *((A, "changed") for _ in range(6)))
    expires(database, upto=4)
    with receiving() as receiver, capture_logs() as lines, database.lock(DELIVERY_LOCK) as locked:
        WebhookSender(database, [EventSubscription("crm", receiver.target(), starts_after=begins)]).once(
            locked
        )
    assert len(receiver.accepted) == 2
    assert lost(database) == (begins, 4)
    warned = [(one["event"], one["webhook"], one["reason"]) for one in lines if one["log_level"] == "warning"]
    assert warned == [("a webhook lost events", "crm", state_of(database).lost)]


def test_one_that_lost_them_before_this_was_noted_is_told(database: Database) -> None:
    published(database, *((A, "changed") for _ in range(4)))
    with receiving() as receiver:
        receives(database, receiver)
        expires(database, upto=4)
        with database.begin() as connection:
            connection.execute(update(tables.subscriptions).values(position=2))
        receives(database, receiver)
    assert lost(database) == (2, 4)


def test_nothing_is_lost_that_was_delivered_or_never_was(database: Database) -> None:
    published(database, (A, "made"), (B, "made"))
    with receiving() as receiver:
        receives(database, receiver)
        published(database, (A, "changed"), (B, "changed"))
        with database.begin() as connection:  # a gap, as a transaction that was rolled back leaves it
            connection.execute(delete(tables.golden_events).where(tables.golden_events.c.position == 3))
        expires(database, upto=2)
        with database.begin() as connection:
            assert (
                connection.execute(text("SELECT max(through) FROM dedupe.expired_events")).scalar_one() == 3
            )
        receives(database, receiver)
        assert lost(database) is None
        expires(database, upto=4, webhooks=WEBHOOKS)
        receives(database, receiver)
    assert lost(database) is None
    assert len(receiver.accepted) == 3


def test_a_loss_is_told_as_long_as_events_are_kept(database: Database) -> None:
    published(database, (A, "made"), (B, "made"))
    with receiving() as receiver:
        receives(database, receiver)
        published(database, (A, "changed"))
        expires(database, upto=3)
        expires(database, upto=3, webhooks=WEBHOOKS)
        assert lost(database) == (2, 3)
        with database.begin() as connection:
            connection.execute(
                text("UPDATE dedupe.undelivered_events SET died_at = died_at - interval '31 days'")
            )
        expires(database, upto=3, webhooks=WEBHOOKS)
    assert lost(database) is None
