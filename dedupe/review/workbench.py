"""The queue as a workbench: facets with counts, search within it, and views that are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from dedupe.errors import InputError
from dedupe.matching.comparisons.agreement_patterns import in_words
from dedupe.normalizers.text import fold
from dedupe.storage import access_log, review_candidates, review_facets, review_views
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection, Database
from dedupe.storage.review_candidates import ALL, QueueFilter
from dedupe.storage.review_facets import BANDS
from dedupe.storage.review_views import View

LONGEST_NAME = 100  # characters of a view's name (chosen)
_CONDITIONS: dict[str, type | tuple[type, ...]] = {
    "cause": str,
    "pattern": str,
    "source": str,
    "country": str,
    "min_probability": (int, float),
    "max_probability": (int, float),
    "held_by": str,
}
_CAUSES = ("doubtful", "held_apart", "evidence_changed", "reported")
_NUMBER = re.compile(r"[+(]?[0-9][0-9 ().\-/]*")


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value that the queue may be narrowed to. `condition`: by which conditions, as the list takes them."""

    value: str
    words: str
    questions: int
    condition: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Facets:
    """How many questions there are, and of those that are wanted the ones of each value, the most first."""

    waiting: int
    matching: int
    cause: list[FacetValue]
    pattern: list[FacetValue]
    source: list[FacetValue]
    country: list[FacetValue]
    probability: list[FacetValue]
    holder: list[FacetValue]


def refresh(database: Database) -> None:
    """Read what is new in the queue, so that it is counted and found: before `facets`, and before listing by
    a pattern, a country, words or a value."""
    review_facets.fill(database)


def facets(connection: Connection, visitor: Visitor, wanted: QueueFilter = ALL) -> Facets:
    """Call `refresh` before."""
    found: dict[str, list[FacetValue]] = {}
    for one in review_facets.counted(connection, wanted):
        made = _value(one.facet, one.value, one.questions)
        found.setdefault(one.facet, []).append(made)
    found.get("probability", []).sort(key=lambda one: float(one.value))
    access_log.write(connection, visitor, "review facets")
    waiting = review_candidates.count(connection)
    matching = waiting if wanted == ALL else review_candidates.count_of(connection, wanted)
    order = ("cause", "pattern", "source", "country", "probability", "holder")
    return Facets(waiting, matching, *(found.get(name, []) for name in order))


def holding_words(wanted: QueueFilter, typed: str) -> QueueFilter:
    """Of these, the questions one of whose members has all of what was typed in its names, emails, phones,
    identifiers and key. Raises InputError where nothing is left to look for."""
    return replace(wanted, words=_words(typed))


def hanging_on(wanted: QueueFilter, field: str, key: str) -> QueueFilter:
    """Of these, the questions both of whose sides hold an email or phone, named by its match key."""
    return replace(wanted, value=f"{field} {key}")


def _words(typed: str) -> tuple[str, ...]:
    asked = typed.strip()
    if _NUMBER.fullmatch(asked):
        digits = re.sub("[^0-9]", "", asked).lstrip("0")
        return (digits or asked,)
    if "@" in asked or ":" in asked:
        return tuple(asked.lower().split())
    words = tuple(fold(asked).split()) or tuple(asked.lower().split())
    if not words:
        raise InputError("say what to look for: a part of a name, an email, a phone, or source:id")
    return words


def checked_conditions(given: Mapping[str, Any]) -> dict[str, Any]:
    """Conditions of a view that was typed. Raises InputError for one that isn't known or of another form."""
    if unknown := sorted(given.keys() - _CONDITIONS.keys()):
        raise InputError(f"no condition is called {unknown[0]}; these are: {', '.join(_CONDITIONS)}")
    for name, value in given.items():
        if not isinstance(value, _CONDITIONS[name]) or isinstance(value, bool):
            raise InputError(f"{name} is {'a number' if _CONDITIONS[name] is not str else 'a text'}")
        if isinstance(value, int | float) and not 0 <= value <= 1:
            raise InputError(f"{name} lies between 0 and 1")
    if given.get("cause", _CAUSES[0]) not in _CAUSES:
        raise InputError(f"cause is one of {', '.join(_CAUSES)}")
    if not re.fullmatch("[A-Z]{2}", given.get("country", "DE")):
        raise InputError("country is two capitals, as DE")
    return dict(given)


def keep_view(
    connection: Connection, visitor: Visitor, name: str, filter_: Mapping[str, Any], *, shared: bool = False
) -> View:
    """Keep what the queue is narrowed by under a name; the visitor's view of the same name is replaced.
    Raises InputError for a name that can't be one."""
    kept = name.strip()
    if not kept or len(kept) > LONGEST_NAME or "\x00" in kept:
        raise InputError(f"a view has a name of at most {LONGEST_NAME} characters")
    return review_views.keep(connection, visitor.who, kept, dict(filter_), shared=shared)


def views(connection: Connection, visitor: Visitor) -> list[View]:
    """Those of the visitor, and those that others share."""
    return review_views.listed(connection, visitor.who)


def remove_view(connection: Connection, visitor: Visitor, view: UUID) -> None:
    """Remove one of the visitor's. Raises NotFound."""
    review_views.remove(connection, view, visitor.who)


def _value(facet: str, value: str, questions: int) -> FacetValue:
    if facet == "pattern":
        return FacetValue(value, in_words(value), questions, {"pattern": value})
    if facet == "probability":
        low, high = next(band for band in BANDS if band[0] == float(value))
        ends = {"min_probability": low, "max_probability": high}
        return FacetValue(value, f"{low * 100:g} to {high * 100:g} %", questions, ends)
    name = "held_by" if facet == "holder" else facet
    return FacetValue(value, value.replace("_", " ") if facet == "cause" else value, questions, {name: value})
