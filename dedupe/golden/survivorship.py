"""Survivorship rules as data: which value of a cluster becomes the value of its golden contact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum


class By(StrEnum):
    """A criterion by which one value comes before another."""

    TRUSTED = "trusted"  # its source stands earlier in `trusted_sources`
    ATTESTED = "attested"  # a channel carried it, before the person gave it, before an agent typed it …
    PERSONAL = "personal"  # bears none of the `impersonal_marks`
    COMPLETE = "complete"  # has more of its parts
    FREQUENT = "frequent"  # more source contacts of the cluster say the same
    RECENT = "recent"  # its source contact changed later


Order = tuple[By, ...]


@dataclass(frozen=True)
class SurvivorshipRules:
    """For each field the criteria that choose its value, the weightiest first. The orders are chosen.

    A tie after all criteria goes to the value that is first in byte order, then to the source contact that is
    first by source and external id. A name and a place are taken whole, from one source contact: a street of
    one and a city of another would be an address that nobody lives at. Emails and phones are all kept; their
    criteria say which one to use first.
    """

    trusted_sources: tuple[str, ...] = ()
    """Sources, the most trusted first; those not named come after all of them and are equal."""
    trusted_for: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Another order of trust for single fields."""
    impersonal_marks: frozenset[str] = frozenset(
        {"role", "shared", "noreply", "placeholder", "disposable", "relay", "ours"}
    )

    name: Order = (By.TRUSTED, By.COMPLETE, By.FREQUENT, By.ATTESTED, By.RECENT)
    company: Order = (By.TRUSTED, By.RECENT, By.FREQUENT)
    job_title: Order = (By.TRUSTED, By.RECENT, By.FREQUENT)
    place: Order = (By.TRUSTED, By.COMPLETE, By.RECENT)
    birth: Order = (By.TRUSTED, By.COMPLETE, By.FREQUENT, By.RECENT)
    time_zone: Order = (By.TRUSTED, By.RECENT, By.FREQUENT)
    language: Order = (By.TRUSTED, By.RECENT, By.FREQUENT)
    emails: Order = (By.PERSONAL, By.ATTESTED, By.TRUSTED, By.FREQUENT, By.RECENT)
    phones: Order = (By.PERSONAL, By.ATTESTED, By.TRUSTED, By.FREQUENT, By.RECENT)

    def __post_init__(self) -> None:
        unknown = sorted(set(self.trusted_for) - set(rule_fields()))
        if unknown:
            raise ValueError(f"trusted_for names no such field: {', '.join(unknown)}")

    def order(self, name: str) -> Order:
        criteria: Order = getattr(self, name)
        return criteria

    def trusted(self, name: str) -> tuple[str, ...]:
        return self.trusted_for.get(name, self.trusted_sources)


def rule_fields() -> Iterator[str]:
    """The fields that have a survivorship rule, in the order of the golden contact."""
    settings = {"trusted_sources", "trusted_for", "impersonal_marks"}
    return (each.name for each in fields(SurvivorshipRules) if each.name not in settings)
