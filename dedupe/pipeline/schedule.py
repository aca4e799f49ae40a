"""When a source is walked, and whether whole: `options.full_walk` and `options.hours` of its section."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dedupe.errors import ConfigurationError
from dedupe.fetchers.fetcher import Fetcher, Mode
from dedupe.fetchers.given import time_of
from dedupe.fetchers.options import FULL_EVERY, hours_of
from dedupe.fetchers.settings import SourceSettings


def mode_of(
    own: SourceSettings, fetcher: Fetcher, checkpoint: Mapping[str, Any], *, full: bool = False
) -> Mode:
    """A full walk when one is due (`options.full_walk`) or nothing else is possible.

    Raises ConfigurationError for an option that it doesn't know.
    """
    others = fetcher.modes - {Mode.FULL}
    usual = "weekly" if Mode.CHANGED in others else "always"
    every = FULL_EVERY.get(str(own.options.get("full_walk") or usual))
    if every is None:
        raise ConfigurationError(f"sources.{own.name}.options.full_walk: one of {', '.join(FULL_EVERY)}")
    last = time_of(checkpoint.get("full_at"))
    if full or not others or last is None or datetime.now(UTC) - last >= every:
        return Mode.FULL
    return next(iter(others))


def within_hours(own: SourceSettings, now: datetime) -> bool:
    """Whether `options.hours`, written `22-6` in UTC, allows walking now; without it any hour does.

    Raises ConfigurationError for hours written otherwise.
    """
    hours = own.options.get("hours")
    if hours is None:
        return True
    if (span := hours_of(hours)) is None:
        raise ConfigurationError(f"sources.{own.name}.options.hours: write it as 22-6, hours in UTC")
    begin, end = span
    return begin <= now.hour < end if begin < end else now.hour >= begin or now.hour < end
