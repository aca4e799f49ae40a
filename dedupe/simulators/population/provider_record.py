"""One provider's record of a contact, and how full each provider's records usually are."""

from __future__ import annotations

from dataclasses import dataclass, field

START = 1_546_300_800  # 2019-01-01 UTC
FIRST_NIGHT = 1_767_225_600  # 2026-01-01 UTC: everything stood there by then
DAY = 86_400


@dataclass(slots=True)
class ProviderRecord:
    """The content of one provider's record of a person. Absent values are None or empty."""

    provider: str
    external_id: str
    truth: str
    salt: int  # 64 random bits for what doesn't matter: pictures, inboxes, tags
    created: int  # Unix seconds
    updated: int  # Unix microseconds
    full: str | None = None
    given: str | None = None
    family: str | None = None
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    line: str | None = None  # E.164, carried by the channel itself
    company: str | None = None
    title: str | None = None
    street: str | None = None
    city: str | None = None
    region: str | None = None
    postcode: str | None = None
    country: str | None = None
    country_code: str | None = None
    zone: str | None = None
    language: str | None = None
    birth: tuple[int, int, int] | None = None
    identifier: str | None = None
    blocked: bool = False
    kind: str = "user"  # openmrp: user, api_key, agent, group


@dataclass(frozen=True)
class RecordHabits:
    """How often a provider's records have each field, as shares of its contacts."""

    home: str  # the region its numbers without a country code belong to
    email: float
    phone: float
    work: float  # the work mailbox rather than the personal one
    place: float
    street: float
    birth: float
    company: float
    identifier: float
    person_typed: float  # names that the people gave themselves: nicknames, emoji, first names only


HABITS = {
    "digital99": RecordHabits("IL", 0.32, 0.93, 0.2, 0.35, 0.0, 0.04, 0.12, 0.25, 1.6),
    "livedesk": RecordHabits("DE", 0.86, 0.45, 0.3, 0.4, 0.0, 0.03, 0.25, 0.4, 1.0),
    "whippy": RecordHabits("US", 0.5, 0.96, 0.15, 0.5, 0.4, 0.3, 0.0, 0.35, 0.9),
    "askelephant": RecordHabits("US", 0.94, 0.5, 0.75, 0.0, 0.0, 0.0, 0.7, 0.5, 0.5),
    "openmrp": RecordHabits("US", 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2),
}
"""`home` is the `default_region` that a source of this provider should be configured with."""
