"""Which source contacts a person's request for access is about: found by what the person is known by, and
chosen so that nobody else's conversation is handed out.

A golden contact is one person as far as we know, so whoever holds an asked value brings the other members of
their golden contact. A value that several golden contacts hold is several people's: it chooses none of them,
unless another key or `only` does.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from dedupe.arrays.units import BIT
from dedupe.errors import InputError, NotFound
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline.people_in_raw import NamedBy, PeopleInRaw, named
from dedupe.pipeline.suppression_list import EMAIL, PHONE, SOURCE_CONTACT
from dedupe.storage import erasures, lookups, person_rows, sources

Connection = Any  # SQLAlchemy's; this floor hands it on and never looks into it
GOLDEN = "golden_contact"


@dataclass(frozen=True)
class AccessQuery:
    """`keys`: emails, phones, golden ids, `source:id`; `only`: of what is found these source contacts
    alone."""

    keys: tuple[str, ...]
    only: tuple[str, ...] = ()
    staff: bool = False  # name those who worked with the data

    def __post_init__(self) -> None:
        if not any(one.strip() for one in self.keys):
            raise InputError("name the person by an email, a phone number, a golden id or source:id")


@dataclass(frozen=True, slots=True)
class FoundContact:
    """A source contact that was found; `because`: why, in words. `doubtful`: a question about it waits in the
    queue. `held_before`: it gave up the asked value."""

    id: UUID
    source: str
    external_id: str
    golden_id: UUID | None
    because: str
    gone_at: datetime | None
    doubtful: bool
    held_before: bool = False

    @property
    def key(self) -> str:
        return f"{self.source}:{self.external_id}"


@dataclass(frozen=True)
class AccessScope:
    """`included`: whose data is handed out; `aside`: who was found as well. `shared`: kinds of asked keys
    that several people hold, by which nobody was chosen. `values`: the asked emails and phones that are
    theirs."""

    included: list[FoundContact]
    aside: list[FoundContact]
    shared: list[str]
    values: Mapping[str, Collection[str]]
    asked: Sequence[NamedBy]

    @property
    def undecided(self) -> bool:
        """Whether somebody was found, and nobody can tell which of them asks."""
        return bool(self.shared) and not self.included


@dataclass
class _Found:
    """What one key finds."""

    by: NamedBy
    holders: set[UUID] = field(default_factory=set)
    before: set[UUID] = field(default_factory=set)


class Scoping:
    """Finds and chooses, in one transaction."""

    def __init__(
        self,
        connection: Connection,
        settings: NormalizeSettings,
        configured: Mapping[str, SourceSettings],
    ) -> None:
        self._connection, self._settings = connection, settings
        self._sources = sources.every(connection)
        self.raw = PeopleInRaw(connection, settings, secrets.token_bytes(32), self._sources, configured)

    def scope(self, query: AccessQuery) -> AccessScope:
        found = [self._found(key.strip()) for key in query.keys if key.strip()]
        golden_of = person_rows.linked(self._connection, {one for each in found for one in each.holders})
        groups = [{golden_of.get(seed, seed) for seed in one.holders} for one in found]
        clear = [len(group) <= 1 for group in groups]
        chosen = {one for group, is_clear in zip(groups, clear, strict=True) if is_clear for one in group}
        rows = person_rows.members_of(self._connection, set(golden_of.values()))
        why = {row["source_contact_id"]: _linked_by(row["cause"], row["weight"]) for row in rows}
        golden_of |= {row["source_contact_id"]: row["golden_id"] for row in rows}
        for one in found:
            why |= {seed: f"holds the {_words(one.by.kind)}" for seed in one.holders}
        before = {seed for one in found for seed in one.before} - why.keys()
        why |= dict.fromkeys(before, "held an asked value before")
        golden_of |= person_rows.linked(self._connection, before)
        every = self._contacts(why, golden_of, before)
        included = [one for one in every if (one.golden_id or one.id) in chosen and not one.held_before]
        if query.only:
            included = self._only(every, query.only)
        ids = {one.id for one in included}
        theirs = [one for one, is_clear in zip(found, clear, strict=True) if is_clear or one.holders & ids]
        shared = [
            _words(one.by.kind)
            for one, group, is_clear in zip(found, groups, clear, strict=True)
            if not is_clear and not group & {each.golden_id or each.id for each in included}
        ]
        return AccessScope(
            included,
            [one for one in every if one.id not in ids],
            shared,
            _values(one.by for one in theirs),
            [one.by for one in found],
        )

    def _found(self, key: str) -> _Found:
        if (golden := self._of_golden(key)) is not None:
            return golden
        by = named(key, {source.name for source in self._sources}, self._settings)
        if by.kind == SOURCE_CONTACT:
            held = erasures.by_external_id(self._connection, by.source, by.external_id)
            if not held:
                raise NotFound(f"{by.source} holds no such contact")
            return _Found(by, {one.id for one in held})
        found = _Found(by)
        held = erasures.by_value(self._connection, f"{by.kind}s", by.spellings)
        found.holders.update(one.id for one in held)
        for _, row in self.raw.hidden({by.kind: by.spellings}):
            (found.holders if row.latest else found.before).add(row.contact)
        found.before -= found.holders
        return found

    def _of_golden(self, key: str) -> _Found | None:
        """The members of the golden contacts that an id leads to; None where the key is no id."""
        try:
            golden_id = UUID(key) if len(key) == 36 else None
        except ValueError:
            return None
        if golden_id is None:
            return None
        led = lookups.leads_to(self._connection, golden_id)
        members = person_rows.members_of(self._connection, led)
        if not led and not lookups.was_published(self._connection, golden_id):
            raise NotFound(f"no golden contact has or had the id {golden_id}")
        return _Found(NamedBy(GOLDEN), {row["source_contact_id"] for row in members})

    def _contacts(
        self, why: Mapping[UUID, str], golden_of: Mapping[UUID, UUID], before: Collection[UUID]
    ) -> list[FoundContact]:
        return [
            FoundContact(
                row["id"],
                row["source"],
                row["external_id"],
                golden_of.get(row["id"]),
                why[row["id"]],
                row["gone_at"],
                row["doubtful"],
                row["id"] in before,
            )
            for row in person_rows.named(self._connection, why)
        ]

    def _only(self, every: Sequence[FoundContact], only: Collection[str]) -> list[FoundContact]:
        unknown = [one for one in only if one not in {each.key for each in every}]
        if unknown:
            raise NotFound(f"only: {len(unknown)} of these are not among those found; name them as keys, too")
        return [one for one in every if one.key in only]


def _values(named_by: Iterable[NamedBy]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {EMAIL: set(), PHONE: set()}
    for one in named_by:
        if one.kind in found:
            found[one.kind].update(one.spellings)
    return found


def _linked_by(cause: str, weight: int | None) -> str:
    strongest = "" if weight is None else f", {weight / BIT:.1f} bits"
    return f"in the same golden contact: {cause}{strongest}"


def _words(kind: str) -> str:
    return kind.replace("_", " ") if kind in (EMAIL, PHONE) else "key"
