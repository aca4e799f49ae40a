"""Webhooks out over the API: for those who may administer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from dedupe.deliveries.subscription import EventSubscription
from dedupe.pipeline.erasure import Keep, purge
from dedupe.storage import tables
from dedupe.storage.database import Database
from dedupe.storage.event_cursors import event_cursor
from dedupe.storage.tokens import Scope
from tests.delivered import delivery, published, until_done
from tests.pipeline.test_delivering import A, B
from tests.receiver import Receiver, receiving
from tests.web.conftest import Open

Token = Callable[..., dict[str, str]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def told(opened: Open, receiver: Receiver) -> httpx.Client:
    return opened(subscriptions=(EventSubscription("crm", receiver.target()),))


def failed(database: Database, receiver: Receiver) -> None:
    """One event was accepted and one was given up."""
    published(database, (A, "made"), (B, "made"))
    receiver.answer = lambda one: 500 if one.data["golden_id"] == str(A) else 204
    with delivery(database, receiver, give_up_after=1e-9) as one:
        until_done(one, database)


def test_the_state_is_visible(told: httpx.Client, database: Database, receiver: Receiver) -> None:
    assert told.get("/v1/subscriptions").json()["subscriptions"][0]["state"] is None
    failed(database, receiver)
    [listed] = told.get("/v1/subscriptions").json()["subscriptions"]
    assert told.get("/v1/subscriptions/crm").json() == listed
    assert receiver.url.startswith(listed["host"])
    state = listed["state"]
    counts = {name: state[name] for name in ("behind", "waiting", "dead", "delivered")}
    assert counts == {"behind": 0, "waiting": 0, "dead": 1, "delivered": 1}
    assert (state["cursor"], state["reason"]) == (event_cursor(2), "status 500")


def test_dead_letters_are_listed_and_replayed(
    told: httpx.Client, database: Database, receiver: Receiver
) -> None:
    failed(database, receiver)
    answer = told.get("/v1/subscriptions/crm/dead-letters", params={"limit": 1}).json()
    [letter] = answer["dead_letters"]
    assert (letter["golden_id"], letter["kind"], answer["more"]) == (str(A), "made", True)
    rest = told.get("/v1/subscriptions/crm/dead-letters", params={"after": answer["after"]}).json()
    assert (rest["dead_letters"], rest["more"]) == ([], False)
    asked = {"event_ids": [letter["event_id"], str(B)]}
    assert told.post("/v1/subscriptions/crm/replay", json=asked).json() == {"events": 1}
    assert told.post("/v1/subscriptions/crm/replay", json={}).json() == {"events": 0}
    receiver.answer = lambda _: 204
    with delivery(database, receiver) as one:
        until_done(one, database)
    assert receiver.accepted[-1].id == letter["event_id"]


def test_a_webhook_that_is_not_there_is_not_found(told: httpx.Client) -> None:
    for path in ("", "/dead-letters"):
        assert told.get(f"/v1/subscriptions/nobody{path}").status_code == 404
    assert told.post("/v1/subscriptions/nobody/replay", json={}).status_code == 404


def test_only_an_administrator_may_look(opened: Open, receiver: Receiver, token: Token) -> None:
    client = opened(subscriptions=(EventSubscription("crm", receiver.target()),), tokens_required=True)
    assert client.get("/v1/subscriptions").status_code == 401
    assert client.get("/v1/subscriptions", headers=token(Scope.REVIEW)).status_code == 403
    assert client.get("/v1/subscriptions", headers=token(Scope.ADMIN)).status_code == 200


def test_metrics_tell_backlog_and_dead_letters(
    told: httpx.Client, database: Database, receiver: Receiver
) -> None:
    failed(database, receiver)
    published(database, (A, "changed"), (B, "changed"))
    time.sleep(0.01)
    lines = dict(line.rsplit(" ", 1) for line in told.get("/metrics").text.splitlines() if line[0] != "#")
    assert float(lines['dedupe_webhook_backlog{webhook="crm"}']) == 2
    assert float(lines['dedupe_webhook_dead_letters{webhook="crm"}']) == 1
    assert float(lines['dedupe_webhook_backlog_seconds{webhook="crm"}']) > 0


# --- how long events are kept ---


def aged(database: Database, upto: int) -> None:
    """The events up to this position happened a year ago."""
    events = tables.golden_events
    old = update(events).where(events.c.position <= upto)
    with database.begin() as connection:
        connection.execute(old.values(occurred_at=func.now() - timedelta(days=365)))


def kept(database: Database, *webhooks: str) -> Keep:
    return Keep(events=timedelta(days=30), webhooks=webhooks)


def test_a_cursor_whose_events_are_kept_no_more_is_gone(client: httpx.Client, database: Database) -> None:
    published(database, *((A, "changed") for _ in range(5)))
    begins, second, third = (event_cursor(position) for position in (0, 2, 3))
    aged(database, upto=3)
    assert purge(database, kept(database)).events == 3
    for cursor in (begins, second):
        gone = client.get("/v1/events", params={"after": cursor})
        assert (gone.status_code, gone.json()["type"]) == (410, "urn:contact-dedupe:problem:cursor-expired")
    assert len(events_after(client, third)["events"]) == 2
    assert events_after(client, None) == events_after(client, third)


def test_a_cursor_of_before_a_backup_was_restored_is_gone(client: httpx.Client, database: Database) -> None:
    published(database, (A, "changed"), (B, "changed"))
    newest, later = event_cursor(2), event_cursor(3)
    assert events_after(client, newest)["events"] == []
    gone = client.get("/v1/events", params={"after": later})
    assert (gone.status_code, gone.json()["type"]) == (410, "urn:contact-dedupe:problem:cursor-expired")


def events_after(client: httpx.Client, cursor: str | None) -> Any:
    return client.get("/v1/events", params={"after": cursor} if cursor else {}).json()


def test_what_a_webhook_lacks_is_kept(database: Database, receiver: Receiver) -> None:
    published(database, (A, "made"), (B, "made"), (A, "changed"))
    aged(database, upto=3)
    receiver.answer = lambda one: 500 if one.data["golden_id"] == str(B) else 204
    with delivery(database, receiver) as one:
        assert purge(database, kept(database, "crm")).events == 0
        one.deliver()
        assert purge(database, kept(database, "crm")).events == 1
        receiver.answer = lambda _: 204
        until_done(one, database)
        assert purge(database, kept(database, "crm")).events == 2
    assert len(receiver.accepted) == 3


def test_one_that_is_not_configured_any_more_keeps_nothing(
    told: httpx.Client, database: Database, receiver: Receiver
) -> None:
    failed(database, receiver)
    published(database, (A, "changed"))
    aged(database, upto=3)
    assert purge(database, kept(database)).events == 3
    with database.begin() as connection:
        states = connection.execute(select(tables.undelivered_events.c.state))
        assert states.scalars().all() == [
            "lost"
        ]  # that it lacks some is told (tests/pipeline/test_lost_events.py)
    state = told.get("/v1/subscriptions/crm").json()["state"]
    assert f"up to {event_cursor(3)} were delivered" in state["lost"]


def test_positions_go_on_where_all_events_are_gone(client: httpx.Client, database: Database) -> None:
    published(database, (A, "made"))
    aged(database, upto=1)
    purge(database, kept(database))
    published(database, (B, "made"))
    assert [one["golden_id"] for one in events_after(client, event_cursor(1))["events"]] == [str(B)]
