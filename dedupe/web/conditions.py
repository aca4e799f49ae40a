"""Conditions on review candidates, as the API and the pages take them."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import BeforeValidator, Field, ValidationError

from dedupe.review import workbench
from dedupe.storage.database import Database
from dedupe.storage.review_candidates import QueueFilter
from dedupe.web.answers import Body, Region, Text
from dedupe.web.moments import Moment


def _no_truth(value: object) -> object:
    """Neither true nor false, which would be taken for 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("a number is needed")
    return value


Probability = Annotated[float, Field(ge=0, le=1), BeforeValidator(_no_truth)]


class Conditions(Body):
    """Which questions: conditions that hold together."""

    cause: Literal["doubtful", "held_apart", "evidence_changed", "reported"] | None = Field(
        None, description="why it is asked"
    )
    pattern: Text | None = Field(
        None,
        description="in which fields its strongest pair agrees, is similar or differs",
        examples=["given name:different,family name:same,mailbox:same"],
    )
    source: Text | None = Field(None, description="a source that one of its source contacts is of")
    country: Region | None = Field(
        None, description="of a phone or place of one of its source contacts, ISO 3166-1 alpha-2"
    )
    min_probability: Probability | None = Field(None, description="at least so likely one person")
    max_probability: Probability | None = Field(None, description="at most so likely one person")
    since: Moment | None = Field(
        None, description="asked for the first time then or later", examples=["2026-03-01T12:30:00Z"]
    )
    held_by: Text | None = Field(
        None, description="who is at work on it, or to whom it is assigned", examples=["ann"]
    )

    def wanted(self) -> QueueFilter:
        return QueueFilter(
            self.cause,
            self.source,
            self.country,
            self.min_probability,
            self.max_probability,
            self.since,
            self.pattern,
            self.held_by,
        )

    def refresh(self, database: Database) -> None:
        """Where a condition is about what is read of new candidates: read it."""
        if self.pattern or self.country:
            workbench.refresh(database)

    def said(self) -> dict[str, Any]:
        """Those that were given, as JSON has them."""
        names = list(Conditions.model_fields)
        return self.model_dump(mode="json", include=set(names), exclude_none=True)

    def query(self, **changed: Any) -> str:
        """Those that were given, as the query of an address; `changed`: other values, None for none."""
        said = {name: value for name, value in (self.said() | changed).items() if value is not None}
        return urlencode(said)


def conditions_in(query: str) -> Conditions:
    """Those that a query names; none of a query that isn't one of ours."""
    try:
        return Conditions.model_validate(dict(parse_qsl(query)))
    except ValidationError:
        return Conditions()
