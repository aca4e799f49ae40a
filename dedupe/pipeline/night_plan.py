"""When nights are due: at a time of day in a time zone, or so many seconds apart. Pure.

plan.after(moment) -> datetime     the first moment behind it at which a night is due
plan.first(now)    -> datetime     … of an installation that has had no night by this plan
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo


@dataclass(frozen=True)
class DailyAt:
    """Once a day at a time of the clock on the wall. Where the clock jumps over that time the night is due as
    many hours after midnight as ever, which shows as an hour later; where it comes twice, at the first."""

    time: time
    zone: tzinfo
    zone_name: str

    def after(self, moment: datetime) -> datetime:
        day = moment.astimezone(self.zone).date()
        days = (day + timedelta(days=step) for step in (-1, 0, 1, 2))
        return min(due for due in map(self._on, days) if due > moment)

    def first(self, now: datetime) -> datetime:
        return self.after(now)

    def __str__(self) -> str:
        return f"at {self.time:%H:%M} {self.zone_name}"

    def _on(self, day: date) -> datetime:
        return datetime.combine(day, self.time, self.zone).astimezone(UTC)


@dataclass(frozen=True)
class EverySo:
    """So many seconds from the beginning of one night to that of the next; the first at once."""

    seconds: int

    def after(self, moment: datetime) -> datetime:
        return moment + timedelta(seconds=self.seconds)

    def first(self, now: datetime) -> datetime:
        return now

    def __str__(self) -> str:
        return f"every {self.seconds} seconds"


NightPlan = DailyAt | EverySo


def times_due(plan: NightPlan, due_at: datetime, now: datetime) -> int:
    """How many times a night was due from `due_at` until now; what is over COUNTED isn't counted."""
    count = 0
    while due_at <= now and count < COUNTED:
        count, due_at = count + 1, plan.after(due_at)
    return count


COUNTED = 1000
