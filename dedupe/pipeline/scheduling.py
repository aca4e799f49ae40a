"""What a person sees of the schedule of nights, and does to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dedupe.storage import locks, night_schedules
from dedupe.storage.database import Connection
from dedupe.storage.night_schedules import ScheduledNight

SHOWN = 10  # nights (chosen)


@dataclass(frozen=True, slots=True)
class NightSchedule:
    """`plan` is None where no process has run nights; `run_by` where none does now. `next_at` is past while a
    night is at work or is to be made up. `nights`: what became of the latest that were due."""

    plan: str | None
    next_at: datetime | None
    paused_at: datetime | None
    asked_at: datetime | None
    run_by: str | None
    at_work: bool
    nights: list[ScheduledNight]


def schedule(connection: Connection, shown: int = SHOWN) -> NightSchedule:
    """The schedule as it is now."""
    nights = night_schedules.latest(connection, shown)  # first: of one that has ended the next one is told
    state, run_by = night_schedules.state(connection), locks.holder(connection, locks.RUN_LOCK)
    at_work = run_by is not None and any(one.ended_at is None for one in nights[:1])
    return NightSchedule(
        state.plan,
        state.next_at,
        state.paused_at,
        state.asked_at,
        None if run_by is None else run_by.removeprefix("dedupe "),
        at_work,
        nights,
    )


def pause(connection: Connection) -> NightSchedule:
    """No night and no look at a source is begun; one that is at work goes on."""
    night_schedules.pause(connection)
    return schedule(connection)


def resume(connection: Connection) -> NightSchedule:
    """A night that was due meanwhile begins at once."""
    night_schedules.resume(connection)
    return schedule(connection)


def ask(connection: Connection) -> NightSchedule:
    """A night begins as soon as it can, even while nights are paused."""
    night_schedules.ask(connection)
    return schedule(connection)
