"""Source contacts as the reviewer sees them: one line a value, no match keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dedupe.storage.review_candidates import CandidateMember

_DOUBTFUL_BIRTH = {
    "ambiguous": "day and month may be swapped",
    "century_guessed": "the century is a guess",
    "out_of_range": "nobody alive is born then",
}


@dataclass(frozen=True, slots=True)
class Person:
    """A source contact on one side of a question, as it is now."""

    id: UUID
    source: str
    provider: str
    external_id: str
    golden_id: UUID | None
    name: str  # the first of names, else of emails or phones, else its key
    names: list[str]
    emails: list[str]
    phones: list[str]
    identifiers: list[str]
    company: str | None
    job_title: str | None
    place: str | None
    birth: str | None
    blocked: bool
    changed_at: str | None
    changed_since: bool = False  # since the decider looked

    @property
    def key(self) -> str:
        return f"{self.source}:{self.external_id}"


def person(member: CandidateMember, changed: bool = False) -> Person:
    content = member.content
    names, emails = _values(content.get("names")), _values(content.get("emails"))
    phones = _values(content.get("phones"))
    reached = [*names, *emails, *phones, f"{member.source}:{member.external_id}"]
    return Person(
        id=member.id,
        source=member.source,
        provider=member.provider,
        external_id=member.external_id,
        golden_id=member.golden_id,
        name=reached[0],
        names=names,
        emails=emails,
        phones=phones,
        identifiers=_values(content.get("identifiers")),
        company=_company(content.get("company")),
        job_title=content.get("job_title"),
        place=_place(content.get("place")),
        birth=_birth(content.get("birth")),
        blocked=bool(content.get("blocked")),
        changed_at=content.get("changed_at"),
        changed_since=changed,
    )


def _values(items: Iterable[Mapping[str, Any]] | None) -> list[str]:
    """The normalized value, or what was given where there is none; each once."""
    shown = (item.get("value") or item.get("given") for item in items or ())
    return list(dict.fromkeys(value for value in shown if value))


def _company(company: Mapping[str, Any] | None) -> str | None:
    return (company.get("value") or company.get("given")) if company else None


def _place(place: Mapping[str, Any] | None) -> str | None:
    parts = ("street", "postcode", "city", "region", "country")
    return ", ".join(str(place[part]) for part in parts if place.get(part)) or None if place else None


def _birth(birth: Mapping[str, Any] | None) -> str | None:
    if not birth:
        return None
    year, month, day = birth.get("year"), birth.get("month"), birth.get("day")
    written = "-".join(
        text for text in (f"{year:04}" if year else "-" if month else "", _two(month), _two(day)) if text
    )
    doubts = ", ".join(words for mark, words in _DOUBTFUL_BIRTH.items() if birth.get(mark))
    return f"{written} ({doubts})" if doubts else written or None


def _two(number: int | None) -> str:
    return f"{number:02}" if number else ""
