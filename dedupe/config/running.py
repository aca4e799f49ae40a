"""The section of the configuration about `dedupe run`."""

from __future__ import annotations

from datetime import UTC, time, tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import Field, field_validator, model_validator

from dedupe.config.sections import Section

_TIME = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
TIME_PATTERNS = {_TIME: "is no time of day; write it as 02:15"}
"""What to say of a text that doesn't match."""
DEFAULT = "02:15"


class RunSection(Section):
    """`dedupe run`: the nights, polling, deliveries and `serve` in one process."""

    at: Annotated[str, Field(pattern=_TIME)] | None = Field(
        None, description="time of day of the night; default: 02:15, unless `every` is given"
    )
    time_zone: str = Field("UTC", description="whose time of day that is, as Europe/Berlin")
    every: Annotated[int, Field(ge=60)] | None = Field(
        None, description="instead of `at`: seconds from the beginning of one night to that of the next"
    )
    poll: bool = Field(
        True, description="look between nights at sources that can be asked what changed, as `[watch]` says"
    )

    @field_validator("time_zone")
    @classmethod
    def _known(cls, name: str) -> str:
        zone(name)
        return name

    @model_validator(mode="after")
    def _one_of_both(self) -> RunSection:
        if self.at is not None and self.every is not None:
            raise ValueError("give at or every, not both")
        return self

    @property
    def time_of_day(self) -> time:
        return time.fromisoformat(self.at or DEFAULT)


def zone(name: str) -> tzinfo:
    """The time zone of that name. Raises ValueError for an unknown one; UTC is always known."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        if not available_timezones():
            raise ValueError("this system knows no time zones: install tzdata, or use UTC") from None
        raise ValueError("there is no such time zone; write it as Europe/Berlin") from None
