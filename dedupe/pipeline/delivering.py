"""Delivers the events of one subscription, round after round: at least once, and in commit order for each
golden contact.

A round is two transactions with the requests between them. The first takes what is due again and the next new
events; an event that names a golden id of one that waits is held back. What names no golden id in common is
sent at the same time. The second notes what was not accepted, and how far the subscription is: rows for
failures alone (decision 162).

Where many in a row fail, whatever they are about, the receiver is left alone for a while, and then asked with
one event before all others. No other new event is taken until then, so that a receiver that is down for a day
costs next to no rows.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from dedupe.deliveries.backoff import LONGEST_REST, Backoff, asked_pause
from dedupe.deliveries.order import chains, held_back
from dedupe.deliveries.sending import MessageSender, ReceiverAnswer
from dedupe.deliveries.subscription import EventSubscription
from dedupe.pipeline.event_messages import messages
from dedupe.storage import erasure_certificates, outgoing_events, subscriptions, undelivered
from dedupe.storage.database import Connection, Database
from dedupe.storage.outgoing_events import OutgoingEvent
from dedupe.storage.undelivered import FailedDelivery


@dataclass(frozen=True)
class DeliveryRules:
    """All chosen. `retry`: pauses between attempts at one event; `rest`: for which a receiver that accepts
    nothing is left alone; `fails`: events in a row that it must refuse for that; `window`: new events of a
    round; `at_once`: requests at the same time."""

    retry: Backoff = field(default_factory=lambda: Backoff(first=5, longest=3600))
    rest: Backoff = field(default_factory=lambda: Backoff(first=5, longest=300))
    fails: int = 8
    window: int = 64
    at_once: int = 4


@dataclass
class _Round:
    """What a round sends and what became of it. `again` were tried before; `through`: the position up to
    which new events were looked at, from `since` on; `refused`: positions of what has failed since anything
    was accepted, in earlier rounds too."""

    again: list[OutgoingEvent]
    new: list[OutgoingEvent]
    held: list[OutgoingEvent]
    bodies: dict[int, bytes]
    since: int
    through: int
    probing: bool
    refused: set[int]
    accepted: list[OutgoingEvent] = field(default_factory=list)
    failed: list[FailedDelivery] = field(default_factory=list)
    pause: float = 0.0  # seconds that the receiver asked to be left alone for

    @property
    def nothing(self) -> bool:
        return not (self.again or self.new or self.held or self.through > self.since)


@dataclass(frozen=True)
class DeliveryReport:
    """Of one round; `more`: there may be more to do at once."""

    more: bool
    accepted: int = 0
    failed: int = 0
    dead: int = 0
    resting: bool = False
    reason: str = ""


class SubscriptionDelivery:
    """Delivers to one receiver; one thread calls it, and only one process may (`DELIVERY_LOCK`)."""

    def __init__(
        self,
        database: Database,
        subscription: EventSubscription,
        rules: DeliveryRules | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        """When `stop` is set, requests under way are finished and no other is begun. `lost` says then which
        events were deleted before this subscription had them, if any were."""
        self.subscription = subscription
        self._database, self._rules = database, rules or DeliveryRules()
        self._stop = stop or threading.Event()
        self._sender = MessageSender(subscription.target, self._rules.at_once)
        self._threads = ThreadPoolExecutor(self._rules.at_once, "deliver")
        self._refused: frozenset[int] = frozenset()  # as the last round that was noted left it
        self._turn = threading.Lock()
        with database.begin() as connection:
            self.lost = subscriptions.begin(connection, subscription.name, subscription.starts_after)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown()
        self._sender.__exit__(kind, error, trace)

    def deliver(self) -> DeliveryReport:
        """One round. Raises DedupeError where Postgres doesn't answer or the lock was lost: then nothing is
        noted, and the round's events come again."""
        with self._database.begin() as connection:
            one = self._taken(connection)
        if one is None:
            return DeliveryReport(more=False, resting=True)
        if one.nothing:
            return DeliveryReport(more=False)
        parts = chains([*one.again, *one.new])
        list(self._threads.map(lambda chain: self._send(one, chain), parts))
        with self._database.begin() as connection:
            report = self._settle(connection, one)
        self._refused = frozenset(one.refused)  # a round that wasn't noted doesn't count
        return report

    def _taken(self, connection: Connection) -> _Round | None:
        """What to send now; None while the receiver is left alone."""
        name, rules = self.subscription.name, self._rules
        now = subscriptions.progress(connection, name)
        if now.resting:
            return None
        probing, through = now.rests > 0, now.position
        again = outgoing_events.due(connection, name, 1 if probing else rules.window)
        found: list[OutgoingEvent] = []
        if not (probing and again):
            limit = 1 if probing else rules.window
            upto = outgoing_events.last_position(connection)
            kinds = self.subscription.kinds
            found = outgoing_events.new_events(connection, now.position, upto, kinds, limit)
            through = found[-1].position if len(found) == limit else max(upto, now.position)
        bodies = messages(connection, self.subscription, [*again, *found])
        told = [one for one in found if one.position in bodies]
        ids = {each for one in told for each in one.ids}
        new, held = held_back(told, undelivered.waiting_among(connection, name, ids))
        refused = set(self._refused)
        return _Round(again, new, held, bodies, now.position, through, probing, refused)

    def _send(self, one: _Round, chain: Sequence[OutgoingEvent]) -> None:
        """Send events in their order; one that fails holds back those that name a golden id of it."""
        left = list(chain)
        while left and self._go_on(one):
            event, *left = left
            body = one.bodies.get(event.position)
            answer = self._sender.send(str(event.id), body) if body else ReceiverAnswer(True)
            if self._noted(one, event, answer):
                continue
            left, held = held_back(left, event.ids)
            with self._turn:
                one.held += held
        with self._turn:
            one.held += left

    def _go_on(self, one: _Round) -> bool:
        return not (self._stop.is_set() or one.pause or len(one.refused) >= self._rules.fails)

    def _noted(self, one: _Round, event: OutgoingEvent, answer: ReceiverAnswer) -> bool:
        """Note what became of an event; whether it was accepted."""
        with self._turn:
            if answer.accepted:
                one.accepted.append(event)
                one.refused.clear()
                return True
            again_in = self._rules.retry.pause(event.attempts + 1)
            if answer.overloaded:
                pause = asked_pause(answer.retry_after, LONGEST_REST)
                one.pause = max(one.pause, pause)
                again_in += pause  # so that another event is the first to be sent after the pause
            else:
                again_in = max(again_in, asked_pause(answer.retry_after))
            one.failed.append(FailedDelivery(event, answer.reason, again_in))
            one.refused.add(event.position)
            return False

    def _settle(self, connection: Connection, one: _Round) -> DeliveryReport:
        """Note what became of the round."""
        name = self.subscription.name
        undelivered.delivered(connection, name, one.accepted)
        erasure_certificates.accepted(connection, name, one.accepted)
        give_up_after = self.subscription.give_up_after
        died = undelivered.note_failed(connection, name, one.failed, give_up_after)
        undelivered.hold(connection, name, one.held)
        touched = [*one.again, *one.held, *(each.event for each in one.failed)]
        undelivered.free(connection, name, {each for event in touched for each in event.ids})
        subscriptions.advance(connection, name, one.through, len(one.accepted))
        resting = self._rest(connection, one)
        reason = one.failed[-1].reason if one.failed else ""
        more = not resting and not self._stop.is_set()
        return DeliveryReport(more, len(one.accepted), len(one.failed), len(died), resting, reason)

    def _rest(self, connection: Connection, one: _Round) -> bool:
        """Leave the receiver alone where it accepts nothing or asks for a pause, and no longer where it
        accepts."""
        name = self.subscription.name
        if one.failed:
            reason = one.failed[-1].reason
            subscriptions.failed(connection, name, reason)
            if one.pause or one.probing or len(one.refused) >= self._rules.fails:
                rests = subscriptions.progress(connection, name).rests + 1
                pause = max(one.pause, self._rules.rest.pause(rests))
                subscriptions.rest(connection, name, pause, reason)
                one.refused.clear()
                return True
        if one.probing and one.accepted:
            subscriptions.recovered(connection, name)
        return False
