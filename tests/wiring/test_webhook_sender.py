"""One process delivers, a thread for each webhook."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from dedupe.deliveries.subscription import KINDS, EventSubscription
from dedupe.errors import LockHeld
from dedupe.storage import subscriptions
from dedupe.storage.database import Database
from dedupe.wiring import webhook_sender
from dedupe.wiring.webhook_sender import DELIVERY_LOCK, WebhookSender
from tests.delivered import QUICK, published
from tests.lost_locks import ends_the_sessions_of_locks
from tests.pipeline.test_delivering import A, B
from tests.receiver import Receiver, receiving


@contextmanager
def at_work(database: Database, *told: EventSubscription) -> Iterator[WebhookSender]:
    sender = WebhookSender(database, told, QUICK)
    thread = threading.Thread(target=sender.work)
    thread.start()
    try:
        yield sender
    finally:
        sender.stop()
        thread.join()


def until(what: Callable[[], bool], within: float = 30) -> None:
    end = time.monotonic() + within
    while not what():
        assert time.monotonic() < end, "it never happens"
        time.sleep(0.01)


def told(receiver: Receiver, name: str = "crm", **options: float) -> EventSubscription:
    return EventSubscription(name, receiver.target(**options), starts_after=0)


def test_what_is_published_is_delivered_within_a_second_or_two(database: Database) -> None:
    with receiving() as receiver, at_work(database, told(receiver)):
        published(database, (A, "made"))
        until(lambda: len(receiver.accepted) == 1)
        began = time.monotonic()
        published(database, (A, "changed"))
        until(lambda: len(receiver.accepted) == 2)
        assert time.monotonic() - began < 5  # half a second, on a machine that has time


def test_a_slow_receiver_holds_up_no_other(database: Database) -> None:
    published(database, (A, "made"), (B, "made"))
    freed = threading.Event()
    with receiving() as slow, receiving() as quick:
        slow.answer = lambda _: 204 if freed.wait(30) else 500
        with at_work(database, told(slow, "slow", timeout=30), told(quick, "quick")):
            until(lambda: len(quick.accepted) == 2)
            published(database, (A, "changed"))
            until(lambda: len(quick.accepted) == 3)
            assert slow.came == []
            freed.set()
            until(lambda: len(slow.accepted) == 3)


def test_only_one_process_delivers_and_another_takes_over(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sender, "TAKE_OVER_EVERY", 0.05)
    published(database, (A, "made"))
    with receiving() as receiver, Database(database_url) as other:
        with database.lock(DELIVERY_LOCK) as held, at_work(other, told(receiver)):
            time.sleep(0.3)
            assert receiver.came == []
            with pytest.raises(LockHeld), database.lock(DELIVERY_LOCK):
                pass
            del held
        with at_work(other, told(receiver)):
            until(lambda: len(receiver.accepted) == 1)


def test_a_process_that_lost_its_lock_takes_it_again(database: Database) -> None:
    with receiving() as receiver, at_work(database, told(receiver)):
        published(database, (A, "made"))
        until(lambda: len(receiver.accepted) == 1)
        ends_the_sessions_of_locks(database)
        published(database, (A, "changed"))
        until(lambda: {one.data["kind"] for one in receiver.accepted} == {"made", "changed"})
    kinds = dict.fromkeys(one.data["kind"] for one in receiver.accepted)  # what was not noted comes again
    assert list(kinds) == ["made", "changed"]


def test_what_is_under_way_when_it_stops_is_finished_and_noted(database: Database) -> None:
    published(database, *((A, "changed") for _ in range(50)))
    with receiving() as receiver:
        with at_work(database, told(receiver)) as sender:
            until(lambda: len(receiver.came) > 2)
            sender.stop()
        first = len(receiver.accepted)
        with at_work(database, told(receiver)):
            until(lambda: len(receiver.accepted) == 50)
    assert 2 < first <= 50
    assert len({one.id for one in receiver.accepted}) == 50


def test_once_delivers_what_can_be_delivered_now(database: Database) -> None:
    published(database, (A, "made"), (B, "made"))
    with receiving() as receiver, database.lock(DELIVERY_LOCK) as locked:
        receiver.answer = lambda one: 500 if one.data["golden_id"] == str(A) else 204
        sender = WebhookSender(database, [told(receiver)])
        done = sender.once(locked)["crm"]
    assert (done.accepted, done.failed, done.reason) == (1, 1, "status 500")
    with database.begin() as connection:
        state = subscriptions.state(connection, "crm", KINDS)
    assert state is not None
    assert (state.behind, state.waiting, state.dead, state.delivered) == (0, 1, 0, 1)
