"""The thread of `dedupe run` that begins nights when they are due and looks at sources between them: in one
process at a time, whichever holds the lock."""

from __future__ import annotations

import contextlib
import os
import platform
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from dedupe.config import RunSection, zone
from dedupe.errors import LockHeld, LockLost, safe_message
from dedupe.pipeline.night_plan import DailyAt, EverySo, NightPlan, times_due
from dedupe.storage import night_schedules
from dedupe.storage.database import Connection, Database
from dedupe.storage.locks import RUN_LOCK
from dedupe.storage.night_schedules import ScheduleState
from dedupe.wiring.night_process import NightProcess

LOOK_EVERY = 1.0
"""Seconds between two looks at the schedule (chosen)."""
TAKE_OVER_EVERY = 5.0
"""Seconds between two attempts to take over from a process that ended (chosen)."""
PAUSE = 5.0
"""Seconds to wait after an error of Postgres or of ours (chosen)."""
LOCKED_FOR = 30.0
"""Seconds until a night is tried again that found another one at work (chosen)."""
TRIED_AGAIN_AFTER = 300.0
"""Seconds until a night is tried again that was killed, or ended by a bug of ours (chosen)."""
ATTEMPTS = 3
"""How often a night that is killed each time is tried before it is given up until the next one (chosen)."""
LATE = 60.0
"""Seconds behind its time from which a night was missed and is made up (chosen)."""
_LOCKED = 4
_OUTCOMES = {0: "done", 3: "a source failed", 5: "held back"}
"""What has been dealt with, by the exit code of `dedupe nightly`. Of anything else it is tried again: it was
killed, met a bug of ours, or found Postgres or its configuration out of order."""
BUSY, INTERRUPTED = "another night was at work", "interrupted"
_log = structlog.stdlib.get_logger("dedupe.run")

Poll = Callable[[threading.Event], None]
"""Looks at sources again and again until the event is set."""


@dataclass(frozen=True)
class _Due:
    """A night that is to be begun, or at work since `began`."""

    at: datetime
    why: str
    missed: int
    began: datetime


class NightScheduler:
    """Begins nights by `command`, a child process, until it is stopped; `poll` looks at sources meanwhile."""

    def __init__(
        self, database: Database, plan: NightPlan, command: Sequence[str], poll: Poll | None = None
    ) -> None:
        self._database, self._plan, self._command, self._poll = database, plan, command, poll
        self._process = f"{platform.node()}:{os.getpid()}"
        self._stop, self._stop_polling = threading.Event(), threading.Event()
        self._night: NightProcess | None = None
        self._due: _Due | None = None
        self._not_before = 0.0  # of the monotonic clock
        self._said = ""

    def stop(self) -> None:
        """No night is begun any more; the one at work, and a look at a source, are asked to end."""
        self._stop.set()
        self._stop_polling.set()
        if (night := self._night) is not None:
            night.ask_to_end()

    def work(self) -> None:
        """Until it is stopped."""
        try:
            while not self._stop.is_set():
                self._once()
        finally:
            self._end_night()

    def _once(self) -> None:
        try:
            with self._database.lock(RUN_LOCK) as database:
                self._lead(database)
        except LockHeld:
            self._say("another process runs the nights; this one takes over when it ends")
            self._attend()
            self._stop.wait(TAKE_OVER_EVERY)
        except LockLost as error:
            _log.warning("another process may run nights", reason=str(error))
        except Exception as error:  # noqa: BLE001  a thread's last door: told by its place, and tried again
            _log.warning("nights wait", reason=safe_message(error))
            self._stop.wait(PAUSE)

    def _lead(self, database: Database) -> None:
        with self._polling():
            while not self._stop.is_set():
                self._look(database)
                self._stop.wait(LOOK_EVERY)
        self._end_night()  # before the lock goes: who takes over finds it settled

    def _look(self, database: Database) -> None:
        """Note how the night at work has ended, and begin one that is due."""
        self._attend()
        now, plan = datetime.now(UTC), self._plan
        with database.begin() as connection:
            found = night_schedules.plan(connection, str(plan), plan.first(now), plan.after(now))
        self._say(f"running nights {plan}; the next one at {_told(found.next_at)}")
        waits = self._night is not None or time.monotonic() < self._not_before
        if not waits and (due := self._what(found, now)) is not None:
            self._begin(database, due)

    def _what(self, found: ScheduleState, now: datetime) -> _Due | None:
        """The night that is to be begun now. One that is asked for runs even while nights are paused."""
        if found.asked_at is not None:
            return _Due(found.asked_at, night_schedules.ASKED, 0, now)
        if found.paused_at is not None or found.next_at is None or found.next_at > now:
            return None
        if (now - found.next_at).total_seconds() < LATE:
            return _Due(found.next_at, night_schedules.DUE, 0, now)
        return _Due(found.next_at, night_schedules.MISSED, times_due(self._plan, found.next_at, now), now)

    def _begin(self, database: Database, due: _Due) -> None:
        with database.begin() as connection:
            if night_schedules.attempts(connection, due.at) < ATTEMPTS:
                night_schedules.begin(connection, due.at, due.why, due.missed, self._process)
                given_up = False
            else:
                night_schedules.give_up(connection, due.at)
                self._dealt_with(connection, due)
                given_up = True
        if given_up:
            _log.error("a night was given up until the next one", due_at=_told(due.at), attempts=ATTEMPTS)
            return
        _log.info("a night begins", why=due.why, due_at=_told(due.at), missed=due.missed)
        self._due, self._night = due, NightProcess(self._command)

    def _attend(self) -> None:
        """Note how the night at work has ended, if it has. That of one's own needs no lock."""
        if self._night is None or self._due is None or (code := self._night.exit_code()) is None:
            return
        self._settle(self._due, code)
        self._night.close()
        self._night = self._due = None

    def _settle(self, due: _Due, code: int) -> None:
        outcome, pause, mine = _OUTCOMES.get(code, "failed"), 0.0, (due.at, self._process)
        with self._database.begin() as connection:
            if code in _OUTCOMES:
                night_schedules.end(connection, *mine, outcome, code)
                self._dealt_with(connection, due)
            elif code == _LOCKED or self._stop.is_set():
                outcome = BUSY if code == _LOCKED else INTERRUPTED
                pause = LOCKED_FOR
                night_schedules.not_counted(connection, *mine, outcome)
            else:
                pause = TRIED_AGAIN_AFTER
                night_schedules.end(connection, *mine, outcome, code)
        self._not_before = time.monotonic() + pause
        tell = _log.info if code == 0 else _log.warning
        tell("a night ended", due_at=_told(due.at), exit_code=code, outcome=outcome)
        self._said = ""

    def _dealt_with(self, connection: Connection, due: _Due) -> None:
        if due.why == night_schedules.ASKED:
            night_schedules.answered(connection, due.at)
        else:
            night_schedules.move_on(connection, due.at, self._plan.after(due.began))

    def _end_night(self) -> None:
        """End a night at work. It is due still: whichever process comes next makes it up."""
        if self._night is not None and self._stop.is_set():
            self._night.end()
            self._attend()

    @contextlib.contextmanager
    def _polling(self) -> Iterator[None]:
        """Look at sources in a thread while the block lasts."""
        if self._poll is None:
            yield
            return
        self._stop_polling = threading.Event()
        if self._stop.is_set():
            self._stop_polling.set()
        thread = threading.Thread(target=self._poll, args=(self._stop_polling,), name="polling")
        thread.start()
        try:
            yield
        finally:
            self._stop_polling.set()
            thread.join()

    def _say(self, what: str) -> None:
        """Into the log, unless it was the last that was said."""
        if what != self._said:
            _log.info(what)
        self._said = what


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")


def plan_of(section: RunSection) -> NightPlan:
    """When nights are due, from the configuration."""
    if section.every is not None:
        return EverySo(section.every)
    return DailyAt(section.time_of_day, zone(section.time_zone), section.time_zone)


@contextlib.contextmanager
def scheduling(
    database: Database, section: RunSection, command: Sequence[str], poll: Poll | None
) -> Iterator[NightScheduler]:
    """A scheduler at work in a thread while the block lasts."""
    scheduler = NightScheduler(database, plan_of(section), command, poll if section.poll else None)
    thread = threading.Thread(target=scheduler.work, name="nights")
    thread.start()
    try:
        yield scheduler
    finally:
        scheduler.stop()
        thread.join()
