"""A change of one contact that its source tells by itself, between walks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class LiveChange:
    """What a source tells of one contact: its content, or that it was deleted.

    `payload`: as the source's list would send it; with `partial`, only the fields that it tells of: the
    others stay as they are stored. `as_of`: the moment of which that is the state, by the source's clock.
    `made`: it tells that the contact was made just then, so whatever is known of it is as new.
    """

    external_id: str | None
    payload: Any = None
    deleted: bool = False
    partial: bool = False
    as_of: datetime | None = None
    made: bool = False
