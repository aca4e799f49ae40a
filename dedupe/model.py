"""Enumerations, keys, and the shape of a contact as its provider gave it.

No class here stands for a contact or a pair in the pipeline: those are rows of Arrow tables (`schemas.py`).
`GivenContact` is what a fetcher's `read` returns, a plain dict, made for changed payloads only.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple, TypedDict


class Kind(StrEnum):
    """What a source contact is. Persons are matched with persons only, staff with staff if configured."""

    PERSON = "person"
    STAFF = "staff"
    GROUP = "group"
    BOT = "bot"
    KEY = "key"


def matched_kinds(staff: bool) -> frozenset[str]:
    """The kinds that are matched and so become golden contacts; staff only where `staff` is configured."""
    return frozenset({Kind.PERSON.value, *([Kind.STAFF.value] if staff else [])})


class Attested(StrEnum):
    """Where a value comes from, the most trustworthy first."""

    CHANNEL = "channel"  # a message came from or went to it
    PERSON = "person"  # the person gave it
    AGENT = "agent"  # an agent typed it
    IMPORT = "import"  # it came by a bulk import
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """The answer to whether all sides are one person."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


class Grouping(StrEnum):
    """What an act on the source contacts of golden contacts says of its sides."""

    GROUPED = "grouped"  # each side is one person, and no two sides are the same
    SOMEBODY_ELSE = "somebody_else"  # the first side is one person, whom none of the other sides is
    REPORTED = "reported"  # the first side may be somebody else than the second: to be looked at


class ValueVerdict(StrEnum):
    """What a person decides of an email or a phone."""

    SHARED = "shared"  # several people use it: it links nobody
    PLACEHOLDER = "placeholder"  # nobody uses it: it is shown, and links nobody
    NOT_THEIRS = "not_theirs"  # no longer that of the source contacts named


class Origin(StrEnum):
    """The way by which a decision came in."""

    QUEUE = "queue"
    AUDIT = "audit"
    HAND = "hand"
    IMPORT = "import"


class Subject(StrEnum):
    """The kind of thing that a decision is about."""

    CONTACTS = "contacts"  # a pair or a grouping of source contacts
    VALUE = "value"  # an email or phone: shared, placeholder, no longer theirs
    FIELD = "field"  # a golden field that is pinned


class SourceKey(NamedTuple):
    """The name of a source contact for people: `source:external_id`."""

    source: str
    external_id: str

    def __str__(self) -> str:
        return f"{self.source}:{self.external_id}"


class GivenName(TypedDict, total=False):
    """A name as given: whole, in parts, or both (they may disagree)."""

    full: str
    given: str
    middle: str
    family: str
    prefix: str
    suffix: str
    nickname: str
    attested: Attested


class GivenValue(TypedDict, total=False):
    """An email or a phone as given."""

    given: str
    attested: Attested


class GivenIdentifier(TypedDict, total=False):
    """An identifier as given. It belongs to its source unless the namespace is declared shared."""

    namespace: str
    given: str
    unique: bool  # a person has only one of this namespace
    attested: Attested


class Preference(TypedDict):
    channel: str  # email, sms, whatsapp, phone …
    allowed: bool


class GivenContact(TypedDict, total=False):
    """What a fetcher's `read` makes of one payload. A key that is absent, empty or null says nothing."""

    kind: Kind
    names: list[GivenName]
    emails: list[GivenValue]
    phones: list[GivenValue]
    identifiers: list[GivenIdentifier]
    company: str
    job_title: str
    street: str
    city: str
    region: str
    postcode: str
    country: str
    time_zone: str
    language: str
    birth: str  # as given; a structured date is written YYYY-MM-DD, --MM-DD or YYYY
    blocked: bool
    preferences: list[Preference]
    created_at: datetime
    changed_at: datetime
    custom: dict[str, Any]  # kept, never evidence


EXTERNAL_ID = "{external_id}"
"""What stands in the configured address of a source's contacts for the id of one."""
