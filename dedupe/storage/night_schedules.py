"""When the next night is due, whether that is paused, and what became of the nights that were due.

`next_at` is the one truth: it is moved on when a night has ended, so that one that was missed or killed is
due still. Whoever moves it names the moment that it has dealt with; nothing is moved twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select, text

from dedupe.storage.tables import SCHEMA, night_schedule, scheduled_nights

NIGHTS = "nights"
KEPT = timedelta(days=400)  # how long what became of a night is told (chosen)
DUE, MISSED, ASKED = "due", "missed", "asked"
"""Why a night runs."""


@dataclass(frozen=True, slots=True)
class ScheduleState:
    plan: str | None  # in words; None before any process has run nights
    next_at: datetime | None
    paused_at: datetime | None
    asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ScheduledNight:
    """A night that was due. `outcome` is None while it is at work, or when its process was killed."""

    due_at: datetime
    why: str  # due, missed, asked
    missed: int  # how many times that were missed it stands for
    attempts: int
    process: str
    began_at: datetime
    ended_at: datetime | None
    outcome: str | None
    exit_code: int | None


NOT_PLANNED = ScheduleState(None, None, None, None)


def state(connection: Connection) -> ScheduleState:
    row = connection.execute(select(night_schedule).where(night_schedule.c.name == NIGHTS)).one_or_none()
    return NOT_PLANNED if row is None else ScheduleState(row.plan, row.next_at, row.paused_at, row.asked_at)


def plan(connection: Connection, words: str, first: datetime, next_at: datetime) -> ScheduleState:
    """Note the plan that holds; gives the state. `first`: when the first night ever is due; `next_at`: the
    next one of a plan that is new. One that was missed by an older plan is due still."""
    connection.execute(_PLAN, {"name": NIGHTS, "plan": words, "first": first, "next_at": next_at})
    return state(connection)


def pause(connection: Connection) -> ScheduleState:
    """No night and no look at a source is begun from now on."""
    return _set(connection, "paused_at = coalesce(s.paused_at, clock_timestamp())")


def resume(connection: Connection) -> ScheduleState:
    """They are begun again; a night that was due meanwhile at once."""
    return _set(connection, "paused_at = NULL")


def ask(connection: Connection) -> ScheduleState:
    """Ask for a night now; twice before it has begun is once."""
    return _set(connection, "asked_at = coalesce(s.asked_at, clock_timestamp())")


def begin(connection: Connection, due_at: datetime, why: str, missed: int, process: str) -> int:
    """Note that a night that is due begins; gives which attempt it is."""
    values = {"due_at": due_at, "why": why, "missed": missed, "process": process}
    connection.execute(delete(scheduled_nights).where(scheduled_nights.c.due_at < func.now() - KEPT))
    return int(connection.execute(_BEGIN, values).scalar_one())


def attempts(connection: Connection, due_at: datetime) -> int:
    """How many attempts at a night there were that did not say how they ended."""
    query = select(scheduled_nights.c.attempts).where(scheduled_nights.c.due_at == due_at)
    return connection.execute(query).scalar() or 0


def end(connection: Connection, due_at: datetime, process: str, outcome: str, exit_code: int | None) -> None:
    """Note how an attempt of that process ended."""
    connection.execute(
        _END, {"due_at": due_at, "process": process, "outcome": outcome, "exit_code": exit_code}
    )


def not_counted(connection: Connection, due_at: datetime, process: str, outcome: str) -> None:
    """Note an attempt that was stopped on purpose, or that found another night at work: it is none."""
    connection.execute(_NOT_COUNTED, {"due_at": due_at, "process": process, "outcome": outcome})


def give_up(connection: Connection, due_at: datetime) -> None:
    """Note that there will be no other attempt."""
    connection.execute(_GIVE_UP, {"due_at": due_at})


def move_on(connection: Connection, due_at: datetime, next_at: datetime) -> None:
    """The night that was due then is dealt with; the next one is due at `next_at`."""
    connection.execute(_MOVE_ON, {"name": NIGHTS, "due_at": due_at, "next_at": next_at})


def answered(connection: Connection, asked_at: datetime) -> None:
    """The night that was asked for then is dealt with."""
    connection.execute(_ANSWERED, {"name": NIGHTS, "asked_at": asked_at})


def latest(connection: Connection, limit: int) -> list[ScheduledNight]:
    """What became of the nights that were due, the latest first."""
    query = select(scheduled_nights).order_by(scheduled_nights.c.began_at.desc()).limit(limit)
    return [ScheduledNight(**row) for row in connection.execute(query).mappings()]


def _set(connection: Connection, change: str) -> ScheduleState:
    connection.execute(
        text(f"INSERT INTO {SCHEMA}.night_schedule VALUES (:name) ON CONFLICT DO NOTHING"), _ME
    )
    connection.execute(text(f"UPDATE {SCHEMA}.night_schedule s SET {change} WHERE name = :name"), _ME)
    return state(connection)


_ME = {"name": NIGHTS}
_PLAN = text(f"""
    INSERT INTO {SCHEMA}.night_schedule AS s (name, plan, next_at) VALUES (:name, :plan, :first)
    ON CONFLICT (name) DO UPDATE SET plan = :plan,
        next_at = CASE WHEN s.next_at IS NULL THEN CAST(:first AS timestamptz)
                       WHEN s.plan IS DISTINCT FROM :plan AND s.next_at > clock_timestamp() THEN :next_at
                       ELSE s.next_at END
    WHERE s.plan IS DISTINCT FROM :plan OR s.next_at IS NULL""")
_BEGIN = text(f"""
    INSERT INTO {SCHEMA}.scheduled_nights AS n (due_at, why, missed, attempts, process, began_at)
    VALUES (:due_at, :why, :missed, 1, :process, clock_timestamp())
    ON CONFLICT (due_at) DO UPDATE SET attempts = n.attempts + 1, why = :why, missed = :missed,
        process = :process, began_at = clock_timestamp(), ended_at = NULL, outcome = NULL, exit_code = NULL
    RETURNING attempts""")
_END = text(f"""
    UPDATE {SCHEMA}.scheduled_nights
       SET ended_at = clock_timestamp(), outcome = :outcome, exit_code = :exit_code
     WHERE due_at = :due_at AND process = :process""")
_NOT_COUNTED = text(f"""
    UPDATE {SCHEMA}.scheduled_nights
       SET ended_at = clock_timestamp(), outcome = :outcome, exit_code = NULL, attempts = attempts - 1
     WHERE due_at = :due_at AND process = :process""")
_GIVE_UP = text(f"""
    UPDATE {SCHEMA}.scheduled_nights
       SET ended_at = clock_timestamp(), outcome = 'given up' WHERE due_at = :due_at""")
_MOVE_ON = text(f"""
    UPDATE {SCHEMA}.night_schedule SET next_at = :next_at WHERE name = :name AND next_at = :due_at""")
_ANSWERED = text(f"""
    UPDATE {SCHEMA}.night_schedule SET asked_at = NULL WHERE name = :name AND asked_at = :asked_at""")
