"""Published events, and their delivery to a receiver on loopback."""

from __future__ import annotations

import random
import time
from typing import Any
from uuid import UUID

import uuid_utils.compat as uuids
from sqlalchemy import func, insert, select

from dedupe.deliveries.backoff import Backoff
from dedupe.deliveries.subscription import KINDS, EventSubscription
from dedupe.pipeline.delivering import DeliveryReport, DeliveryRules, SubscriptionDelivery
from dedupe.storage import outgoing_events, subscriptions, tables, undelivered
from dedupe.storage.database import Database
from tests.receiver import Message, Receiver

QUICK = DeliveryRules(retry=Backoff(0.001, 0.01), rest=Backoff(0.001, 0.005), window=16)
RUN = uuids.uuid7()


def published(database: Database, *events: tuple[Any, ...]) -> None:
    """Events as a publication writes them, each (golden id, kind, related)."""
    with database.begin() as connection:
        for golden_id, kind, *related in events:
            row = {
                "golden_id": golden_id,
                "kind": kind,
                "cause": "contact",
                "run_id": RUN,
                "members_before": [],
                "members_after": [],
                "related": related,
                "occurred_at": func.clock_timestamp(),
            }
            connection.execute(insert(tables.golden_events).values(row))


def delivery(
    database: Database, receiver: Receiver, rules: DeliveryRules = QUICK, **options: Any
) -> SubscriptionDelivery:
    target = options.pop("target", receiver.target())
    asked: dict[str, Any] = {"name": "crm", "starts_after": 0} | options
    return SubscriptionDelivery(database, EventSubscription(target=target, **asked), rules)


def until_done(one: SubscriptionDelivery, database: Database, within: float = 60) -> list[DeliveryReport]:
    """Rounds until nothing is left to be sent."""
    until, reports = time.monotonic() + within, []
    while time.monotonic() < until:
        reports.append(one.deliver())
        if not reports[-1].more:
            with database.begin() as connection:
                state = subscriptions.state(connection, "crm", KINDS)
            if state is None or not (state.behind or state.waiting):
                return reports
            time.sleep(0.002)
    raise AssertionError("it never ends")


def order_of(messages: list[Message]) -> dict[str, list[str]]:
    """By golden id, the events that name it in the order in which each was first accepted."""
    seen: dict[str, list[str]] = {}
    for one in messages:
        for golden_id in {*one.data["old_golden_ids"], *one.data["new_golden_ids"]}:
            told = seen.setdefault(golden_id, [])
            if one.id not in told:
                told.append(one.id)
    return seen


def expected_order(database: Database) -> dict[str, list[str]]:
    with database.begin() as connection:
        last = outgoing_events.last_position(connection)
        events = outgoing_events.new_events(connection, 0, last, KINDS, 1_000_000)
    wanted: dict[str, list[str]] = {}
    for one in events:
        for golden_id in one.ids:
            wanted.setdefault(str(golden_id), []).append(str(one.id))
    return wanted


def entangled(count: int, people: int, seed: int) -> list[tuple[Any, ...]]:
    """Events of golden contacts that change, merge and split with one another."""
    chance = random.Random(seed)
    ids = [UUID(int=chance.getrandbits(128)) for _ in range(people)]
    found: list[tuple[Any, ...]] = []
    for _ in range(count):
        one, other = chance.sample(ids, 2)
        kind = chance.choice(["changed", "changed", "changed", "merged", "split"])
        found.append((one, kind) if kind == "changed" else (one, kind, other))
    return found


def rows(database: Database) -> int:
    with database.begin() as connection:
        found = select(func.count()).select_from(tables.undelivered_events)
        return int(connection.execute(found).scalar_one())


def dead(database: Database) -> list[undelivered.DeadLetter]:
    with database.begin() as connection:
        return undelivered.dead(connection, "crm", 0, 1000)


def replayed(database: Database, *events: UUID) -> int:
    with database.begin() as connection:
        return undelivered.replay(connection, "crm", events or None)
