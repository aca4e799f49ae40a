"""One box for everything: an email, a phone number, an id, a name with or without a town, a company.

    search(who, connection, visitor, asked) -> Search

What a value finds exactly comes first, the value itself before what counts as the same; else whom it may
mean, the likeliest first; then those whose name or company begins with it.
"""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from uuid import UUID

from dedupe import lookup
from dedupe.errors import IndexUnusable, InputError, NotFound
from dedupe.model import GivenContact
from dedupe.normalizers import queries
from dedupe.review.described import readings
from dedupe.review.explain.scored_pair import Step
from dedupe.review.who import USUAL, Match, Who
from dedupe.storage import lookups, named_contacts
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import GoldenContact, Hit

NAMED = 20
"""Golden contacts whose name or company begins with what was asked, at most (chosen)."""
_SHORTEST = 2  # letters
_ID = 36
_TO_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_WITH_ARTICLE = ("United", "Netherlands", "Philippines", "Bahamas", "Gambia", "Maldives", "Czech Republic")


@dataclass(frozen=True, slots=True)
class SearchHit:
    """`by`: value, key (what counts as the same), source_contact, id; likely, with its probability and what
    speaks for and against; name or company, which begins with what was asked."""

    contact: GoldenContact
    by: str
    probability: float | None = None
    reasons: list[Step] = field(default_factory=list)
    against: list[Step] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Search:
    """`understood`: what it was taken for, in words. `exact`: whether those found have the very value.
    `unread`: why it can be no email, phone or id; None where it is one."""

    understood: str
    exact: bool
    found: list[SearchHit]
    unread: str | None = None


def search(
    who: Who,
    connection: Connection,
    visitor: Visitor,
    asked: str,
    region: str | None = None,
    limit: int = USUAL,
) -> Search:
    """Raises InputError where nothing is asked."""
    asked = asked.strip()
    if not asked:
        raise InputError("say whom to look for: a name, an email, a phone number, a company or an id")
    unread = None
    try:
        hits = lookup.by_anything(connection, visitor, asked, region)
    except NotFound as error:
        hits, unread = [], str(error)
    understood = _value(connection, asked, region) if unread is None else None
    if hits:
        return Search(understood or "an id", True, [SearchHit(hit.contact, hit.by) for hit in hits])
    matches, reading = _likely(who, connection, visitor, asked, limit)
    named = _named(connection, visitor, asked, {match.golden_id for match in matches})
    likely = [
        SearchHit(match.contact, "likely", match.probability, match.reasons, match.against)
        for match in matches
        if match.contact is not None
    ]
    understood = understood or (_description(reading) if reading else _of_named(asked, named))
    return Search(understood, False, [*likely, *named], unread)


def _value(connection: Connection, asked: str, region: str | None) -> str:
    """Of what can be looked up: an id, a source contact, an email, a phone number with its country."""
    source, colon, _ = asked.partition(":")
    if len(asked) == _ID and asked.count("-") == 4:
        return "an id"
    if colon and lookups.is_source(connection, source):
        return f"a contact of the source {source}"
    if "@" in asked:
        return "an email"
    value = queries.phone_query(asked, region).value
    country = queries.country_of_phone(value) if value else None
    return f"a phone number of {_with_article(country)}" if country else "a phone number"


def _with_article(country: str) -> str:
    return f"the {country}" if country.startswith(_WITH_ARTICLE) else country


def _likely(
    who: Who, connection: Connection, visitor: Visitor, asked: str, limit: int
) -> tuple[list[Match], GivenContact | None]:
    """Nobody before the first night."""
    try:
        answer, reading = who.ask_read(connection, visitor, readings(asked), limit)
    except (InputError, IndexUnusable):
        return [], None
    return answer.matches, reading


def _description(reading: GivenContact) -> str:
    """The parts of a reading, as `a name, a town and an email`."""
    words = {
        "names": "a name",
        "company": "a company",
        "city": "a town",
        "country": "a country",
        "emails": "an email",
        "phones": "a phone number",
    }
    said = [word for part, word in words.items() if reading.get(part)]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def _named(connection: Connection, visitor: Visitor, asked: str, known: set[UUID]) -> list[SearchHit]:
    """By name, then by company, each in the order of the alphabet."""
    if sum(map(str.isalpha, asked)) < _SHORTEST or "@" in asked:
        return []
    spelled = {text.translate(_TO_LOWER) for text in (asked, asked.lower(), asked.upper(), asked.title())}
    found = named_contacts.beginning_with(connection, spelled, NAMED)
    by = {one.golden_id: one.by for one in found if one.golden_id not in known}
    hits: list[Hit] = lookups.by_ids(connection, visitor, list(by)) if by else []
    told = [SearchHit(hit.contact, by[hit.contact.id]) for hit in hits]
    return sorted(told, key=lambda one: (one.by == "company", one.contact.name))


def _of_named(asked: str, named: list[SearchHit]) -> str:
    """Of what nobody is compared by: a name or a company, as far as those found tell."""
    kinds = {one.by for one in named}
    if len(kinds) == 1:
        return f"the beginning of a {kinds.pop()}"
    if any(map(str.isalpha, asked)):
        return "a name or a company"
    return "nothing that we know"
