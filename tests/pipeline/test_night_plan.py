"""When nights are due, whatever the clock on the wall does."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.pipeline.night_plan import DailyAt, EverySo, times_due

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]


def daily(at: str, zone: str) -> DailyAt:
    return DailyAt(time.fromisoformat(at), ZoneInfo(zone), zone)


def nights(plan: DailyAt, since: str, count: int) -> list[str]:
    moment, found = datetime.fromisoformat(since), []
    for _ in range(count):
        moment = plan.after(moment)
        found.append(f"{moment.astimezone(plan.zone):%m-%d %H:%M}")
    return found


def test_the_clock_on_the_wall_counts_in_summer_and_in_winter() -> None:
    plan = daily("03:30", "Europe/Berlin")
    assert nights(plan, "2026-03-27T12:00+00:00", 3) == ["03-28 03:30", "03-29 03:30", "03-30 03:30"]


def test_a_time_that_the_clock_jumps_over_is_an_hour_later_that_day() -> None:
    plan = daily("02:15", "Europe/Berlin")
    assert nights(plan, "2026-03-27T12:00+00:00", 3) == ["03-28 02:15", "03-29 03:15", "03-30 02:15"]


def test_a_time_that_comes_twice_is_one_night() -> None:
    plan = daily("02:15", "Europe/Berlin")
    assert nights(plan, "2026-10-24T12:00+00:00", 2) == ["10-25 02:15", "10-26 02:15"]
    assert plan.after(datetime(2026, 10, 25, 0, 15, tzinfo=UTC)).isoformat() == "2026-10-26T01:15:00+00:00"


SINCE = datetime(1995, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 40 * 365 * 86_400).map(lambda seconds: SINCE + timedelta(seconds=seconds))


@given(MOMENTS, st.times(), st.sampled_from(ZONES))
def test_a_night_is_due_once_on_each_day_that_there_is(moment: datetime, at: time, name: str) -> None:
    plan = DailyAt(at.replace(second=0, microsecond=0), ZoneInfo(name), name)
    first = plan.after(moment)
    second = plan.after(first)
    assert moment < first < second
    assert plan.after(second - timedelta(microseconds=1)) == second
    days = [one.astimezone(plan.zone).date() for one in (first, second)]
    assert timedelta(days=1) <= days[1] - days[0] <= timedelta(days=2)
    assert timedelta(hours=20) < second - first < timedelta(hours=28)


@given(MOMENTS, st.integers(60, 10**6), st.integers(0, 900))
def test_nights_that_are_so_far_apart_are_counted(now: datetime, seconds: int, missed: int) -> None:
    due = now - timedelta(seconds=seconds * missed)
    assert times_due(EverySo(seconds), due, now) == missed + 1


@pytest.mark.parametrize("plan", [daily("02:15", "UTC"), EverySo(3600)])
def test_one_that_is_not_due_is_due_no_time(plan: DailyAt | EverySo) -> None:
    now = datetime.now(UTC)
    assert times_due(plan, now + timedelta(seconds=1), now) == 0


def test_the_first_of_nights_some_seconds_apart_is_at_once() -> None:
    now = datetime.now(UTC)
    assert EverySo(60).first(now) == now
    assert daily("02:15", "UTC").first(now) > now
