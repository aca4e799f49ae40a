"""Nights are begun when they are due, by one process, and none is lost or run twice."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from dedupe.pipeline import scheduling
from dedupe.pipeline.night_plan import DailyAt, EverySo, NightPlan
from dedupe.pipeline.scheduling import NightSchedule
from dedupe.storage import night_schedules
from dedupe.storage.database import Database
from dedupe.wiring import night_scheduler
from dedupe.wiring.night_scheduler import NightScheduler, Poll

HOURLY = EverySo(3600)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOOK_EVERY", "TAKE_OVER_EVERY", "PAUSE", "LOCKED_FOR", "TRIED_AGAIN_AFTER"):
        monkeypatch.setattr(night_scheduler, name, 0.02)


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A line a night that was begun."""
    file = tmp_path / "begun"
    file.touch()
    return file


@pytest.fixture
def night(begun: Path) -> Callable[[str], list[str]]:
    """The command of a night that notes its beginning and does what it is told."""

    def made(does: str) -> list[str]:
        code = f"import sys, time\nopen({str(begun)!r}, 'a').write('x\\n')\n{does}"
        return [sys.executable, "-c", code]

    return made


@contextlib.contextmanager
def at_work(
    database: Database, plan: NightPlan, command: list[str], poll: Poll | None = None
) -> Iterator[Any]:
    scheduler = NightScheduler(database, plan, command, poll)
    thread = threading.Thread(target=scheduler.work)
    thread.start()
    try:
        yield scheduler
    finally:
        scheduler.stop()
        thread.join(20)
        assert not thread.is_alive()


def seen(database: Database) -> NightSchedule:
    with database.begin() as connection:
        return scheduling.schedule(connection)


def until(database: Database, holds: Callable[[NightSchedule], object]) -> NightSchedule:
    deadline = time.monotonic() + 20
    while not holds(found := seen(database)):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def ended(found: NightSchedule) -> bool:
    return bool(found.nights) and found.nights[0].ended_at is not None


def nights_in(begun: Path) -> int:
    return len(begun.read_text().splitlines())


def due(database: Database, at: datetime) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE dedupe.night_schedule SET next_at = :at"), {"at": at})


def test_a_night_that_is_due_is_begun_once_and_the_next_one_is_told(database, night, begun) -> None:
    with at_work(database, HOURLY, night("")):
        found = until(database, ended)
        time.sleep(0.2)
    [one] = found.nights
    assert (one.outcome, one.exit_code, one.why, nights_in(begun)) == ("done", 0, "due", 1)
    assert found.plan == "every 3600 seconds"
    assert found.next_at is not None
    assert timedelta(hours=0.9) < found.next_at - datetime.now(UTC) < timedelta(hours=1)


def test_a_first_start_waits_for_the_time_of_day(database, night, begun) -> None:
    later = (datetime.now(UTC) + timedelta(hours=2)).time().replace(second=0, microsecond=0)
    with at_work(database, DailyAt(later, UTC, "UTC"), night("")):
        found = until(database, lambda it: it.run_by)
        time.sleep(0.2)
    assert (found.nights, nights_in(begun)) == ([], 0)


def test_nights_that_were_missed_while_nothing_ran_are_made_up_once(database, night, begun) -> None:
    now = datetime.now(UTC)
    plan = DailyAt((now - timedelta(hours=2)).time().replace(second=0, microsecond=0), UTC, "UTC")
    with database.begin() as connection:
        night_schedules.plan(connection, str(plan), plan.first(now), plan.after(now))
    due(database, plan.after(now - timedelta(days=3)))
    with at_work(database, plan, night("")):
        found = until(database, ended)
        time.sleep(0.2)
    [one] = found.nights
    assert (one.why, one.missed, nights_in(begun)) == ("missed", 3, 1)
    assert found.next_at is not None
    assert found.next_at > now


def test_another_plan_moves_what_is_to_come_and_forgets_nothing_that_was_missed(database) -> None:
    now = datetime.now(UTC)
    tomorrow, soon = now + timedelta(days=1), now + timedelta(hours=1)
    with database.begin() as connection:
        assert night_schedules.plan(connection, "a", tomorrow, tomorrow).next_at == tomorrow
        assert night_schedules.plan(connection, "b", soon, soon).next_at == soon
        assert night_schedules.plan(connection, "b", now, now).next_at == soon
        connection.execute(text("UPDATE dedupe.night_schedule SET next_at = now() - interval '1 hour'"))
        missed = night_schedules.state(connection).next_at
        assert night_schedules.plan(connection, "c", soon, soon).next_at == missed


def test_nights_that_are_paused_are_not_begun_and_the_one_missed_is_made_up(database, night, begun) -> None:
    with database.begin() as connection:
        scheduling.pause(connection)
    with at_work(database, HOURLY, night("")):
        until(database, lambda it: it.plan)
        time.sleep(0.3)
        assert nights_in(begun) == 0
        with database.begin() as connection:
            assert scheduling.resume(connection).paused_at is None
        until(database, ended)
    assert nights_in(begun) == 1


def test_one_that_is_asked_for_runs_at_once_and_even_while_paused(database, night, begun) -> None:
    later = (datetime.now(UTC) + timedelta(hours=2)).time()
    with database.begin() as connection:
        scheduling.pause(connection)
        scheduling.ask(connection)
        scheduling.ask(connection)
    with at_work(database, DailyAt(later, UTC, "UTC"), night("")):
        found = until(database, lambda it: ended(it) and it.asked_at is None)
        time.sleep(0.2)
    assert ([one.why for one in found.nights], nights_in(begun)) == (["asked"], 1)
    assert found.paused_at is not None


def test_one_process_runs_nights_and_the_next_takes_over_when_it_ends(
    database, database_url, night, begun
) -> None:
    with Database(database_url) as other, contextlib.ExitStack() as first:
        first.enter_context(at_work(database, HOURLY, night("time.sleep(60)")))
        until(database, lambda it: it.at_work)
        with at_work(other, HOURLY, night("")):
            time.sleep(0.3)
            assert nights_in(begun) == 1
            first.close()
            found = until(database, lambda it: ended(it) and it.nights[0].outcome == "done")
    assert nights_in(begun) == 2, "the one that was interrupted is made up"
    assert found.nights[0].attempts == 1, "what was stopped on purpose is no attempt"


def test_a_night_is_asked_to_end_with_the_process_and_is_due_still(database, night) -> None:
    with at_work(database, HOURLY, night("time.sleep(60)")):
        before = until(database, lambda it: it.at_work)
        began = time.monotonic()
    assert time.monotonic() - began < 5
    after = seen(database)
    assert (after.nights[0].outcome, after.run_by) == ("interrupted", None)
    assert after.next_at == before.next_at


def test_a_night_that_does_not_end_is_killed(database, night, begun, monkeypatch) -> None:
    monkeypatch.setattr("dedupe.wiring.night_process.STOPPED_WITHIN", 0.3)
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)"
    with at_work(database, HOURLY, night(deaf)):
        until(database, lambda it: it.at_work and nights_in(begun))
        time.sleep(0.2)
        began = time.monotonic()
    assert time.monotonic() - began < 5


def test_one_that_finds_another_at_work_is_tried_until_it_is_free(database, night, begun) -> None:
    busy = f"sys.exit(4 if len(open({str(begun)!r}).readlines()) < 5 else 0)"
    with at_work(database, HOURLY, night(busy)):
        found = until(database, lambda it: ended(it) and it.nights[0].outcome == "done")
    assert (nights_in(begun), found.nights[0].attempts) == (5, 1)


def test_one_that_fails_each_time_is_given_up_until_the_next(database, night, begun) -> None:
    with at_work(database, HOURLY, night("sys.exit(1)")):
        found = until(database, lambda it: it.nights and it.nights[0].outcome == "given up")
    assert nights_in(begun) == night_scheduler.ATTEMPTS
    assert found.next_at is not None
    assert found.next_at > datetime.now(UTC)


def test_sources_are_looked_at_by_the_process_that_runs_nights_alone(database, database_url, night) -> None:
    looked: list[str] = []

    def poll(name: str) -> Poll:
        def look(stop: threading.Event) -> None:
            looked.append(name)
            stop.wait(30)

        return look

    with Database(database_url) as other, contextlib.ExitStack() as first:
        first.enter_context(at_work(database, HOURLY, night(""), poll("one")))
        until(database, lambda it: it.run_by)
        with at_work(other, HOURLY, night(""), poll("other")):
            time.sleep(0.2)
            assert looked == ["one"]
            first.close()
            until(database, lambda _: looked == ["one", "other"])


def test_who_loses_the_lock_goes_on_and_tells_how_its_night_ended(database, night, begun) -> None:
    with at_work(database, HOURLY, night("time.sleep(1)")):
        until(database, lambda it: it.at_work)
        with database.begin() as connection:
            ended_sessions = text("""SELECT pg_terminate_backend(pid) FROM pg_locks
                WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()""")
            assert connection.execute(ended_sessions).all()
        found = until(database, lambda it: ended(it) and it.run_by)
    assert (found.nights[0].outcome, nights_in(begun)) == ("done", 1)
