"""What tells other systems of events: a thread for each subscription, in one process at a time."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog

from dedupe.config import Settings
from dedupe.deliveries.subscription import EventSubscription
from dedupe.errors import LockHeld, LockLost, safe_message
from dedupe.pipeline.delivering import DeliveryReport, DeliveryRules, SubscriptionDelivery
from dedupe.storage.database import Database
from dedupe.wiring.subscriptions import subscriptions

DELIVERY_LOCK = "deliveries"
"""The lock of the process that delivers; events are in order because no other one does."""
LOOK_EVERY = 0.5
"""Seconds between two looks for new events (chosen)."""
TAKE_OVER_EVERY = 5.0
"""Seconds between two attempts to take the lock over from a process that ended (chosen)."""
PAUSE = 5.0
"""Seconds to wait after an error of Postgres or of ours (chosen)."""
_log = structlog.stdlib.get_logger("dedupe.webhooks")


@dataclass
class Totals:
    """What was done for one subscription."""

    accepted: int = 0
    failed: int = 0
    dead: int = 0
    reason: str = ""

    def add(self, report: DeliveryReport) -> None:
        self.accepted += report.accepted
        self.failed += report.failed
        self.dead += report.dead
        self.reason = report.reason or self.reason


class WebhookSender:
    """Delivers until it is stopped, whenever no other process does."""

    def __init__(
        self, database: Database, told: Sequence[EventSubscription], rules: DeliveryRules | None = None
    ) -> None:
        self._database, self._told, self._rules = database, told, rules
        self._stop, self._lost = threading.Event(), threading.Event()

    def stop(self) -> None:
        """Requests under way are finished and noted; no other is begun."""
        self._stop.set()
        self._lost.set()

    def work(self) -> None:
        """Until it is stopped."""
        while not self._stop.is_set():
            try:
                with self._database.lock(DELIVERY_LOCK) as database:
                    self._lead(database)
            except LockHeld:
                self._stop.wait(TAKE_OVER_EVERY)
            except LockLost as error:
                _log.warning("another process may deliver", reason=str(error))
            except Exception as error:  # noqa: BLE001  a thread's last door: told by its place, and tried again
                _log.warning("webhooks wait", reason=safe_message(error))
                self._stop.wait(PAUSE)

    def once(self, database: Database) -> dict[str, Totals]:
        """Deliver, under the lock, what can be delivered now; what was done, by subscription."""
        with self._deliveries(database) as found, ThreadPoolExecutor(len(found) or 1) as threads:
            done = threads.map(self._until_nothing_is_due, found)
            return dict(zip((one.subscription.name for one in found), done, strict=True))

    def _lead(self, database: Database) -> None:
        self._lost.clear()
        if self._stop.is_set():
            return
        with self._deliveries(database) as found, ThreadPoolExecutor(len(found) or 1) as threads:
            for done in [threads.submit(self._deliver, one) for one in found]:
                done.result()

    @contextlib.contextmanager
    def _deliveries(self, database: Database) -> Iterator[list[SubscriptionDelivery]]:
        with contextlib.ExitStack() as stack:
            found = [
                stack.enter_context(SubscriptionDelivery(database, one, self._rules, self._stop))
                for one in self._told
            ]
            for one in found:
                if one.lost:
                    _log.warning("a webhook lost events", webhook=one.subscription.name, reason=one.lost)
            yield found

    def _deliver(self, one: SubscriptionDelivery) -> None:
        """Round after round, until it is stopped or the lock is lost."""
        said = ""
        while not self._lost.is_set():
            try:
                report = one.deliver()
            except LockLost:
                self._lost.set()
                raise
            except Exception as error:  # noqa: BLE001  as in `work`: one subscription never ends another
                _log.warning("a webhook waits", webhook=one.subscription.name, reason=safe_message(error))
                self._lost.wait(PAUSE)
                continue
            said = _told(one.subscription.name, report, said)
            if not report.more:
                self._lost.wait(LOOK_EVERY)

    def _until_nothing_is_due(self, one: SubscriptionDelivery) -> Totals:
        totals = Totals()
        while True:
            report = one.deliver()
            totals.add(report)
            if not report.more:
                return totals


def _told(name: str, report: DeliveryReport, said: str) -> str:
    """Log what a round did, but no reason that is in the log already; gives the one that is in it then."""
    if report.dead:
        _log.warning("events were given up", webhook=name, events=report.dead, reason=report.reason)
    elif report.failed and report.reason != said:
        _log.warning("a webhook failed", webhook=name, events=report.failed, reason=report.reason)
    if report.accepted:
        _log.info("delivered", webhook=name, events=report.accepted)
    return report.reason if report.failed else "" if report.accepted else said


@contextlib.contextmanager
def delivering(database: Database, settings: Settings) -> Iterator[WebhookSender | None]:
    """Deliver in a thread while the block lasts; nothing where no webhook is configured. Raises
    ConfigurationError where one of them can't be used."""
    told = subscriptions(settings)
    if not told:
        yield None
        return
    sender = WebhookSender(database, told)
    thread = threading.Thread(target=sender.work, name="webhooks")
    thread.start()
    try:
        yield sender
    finally:
        sender.stop()
        thread.join()
