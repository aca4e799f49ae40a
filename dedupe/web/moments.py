"""Moments and days in requests: written out, as the document says. pydantic alone would take a number for the
seconds since 1970."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, TypeAlias

from pydantic import AwareDatetime, BeforeValidator

_BEGINS_WITH_A_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def _written_out(given: object) -> object:
    """Raises ValueError for what is no text that begins with a date."""
    if isinstance(given, (date, datetime)) or (
        isinstance(given, str) and _BEGINS_WITH_A_DATE.match(given) is not None
    ):
        return given
    raise ValueError("not a date or time, which looks like 2026-03-01 or 2026-03-01T12:30:00Z")


Moment: TypeAlias = Annotated[AwareDatetime, BeforeValidator(_written_out)]
"""With its zone."""
Day: TypeAlias = Annotated[date, BeforeValidator(_written_out)]
