"""People who were erased stay away: keyed hashes of what they are known by are asked before raw is stored.

erase(database, settings, key, ["crm:17", "jo@example.org"]) -> ErasedReport
Erased.load(connection, key, settings)                       -> who must not come back
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa

from dedupe.errors import ConfigurationError, InputError
from dedupe.fetchers.given import given_table
from dedupe.model import GivenContact
from dedupe.normalizers.contacts import NormalizeSettings, normalize
from dedupe.normalizers.queries import email_query, phone_query
from dedupe.storage import erasures, sources
from dedupe.storage.database import Database
from dedupe.storage.erasures import Erasure, Found

Connection = Any  # SQLAlchemy's; this floor hands it on and never looks into it

SOURCE_CONTACT, EMAIL, PHONE, KEY = "source_contact", "email", "phone", "key"
_FIELDS = {"emails": EMAIL, "phones": PHONE}
_WHERE = "privacy.erasure_key_env"


@dataclass(frozen=True)
class ErasedReport:
    """How many source contacts went, and how many hashes were kept."""

    contacts: int
    hashes: int


@dataclass(frozen=True)
class Erased:
    """Who must not be stored again. Without a hash nothing is asked and nothing costs."""

    key: bytes
    known: frozenset[Erasure]
    settings: NormalizeSettings

    @classmethod
    def load(cls, connection: Connection, key: bytes | None, settings: NormalizeSettings) -> Erased:
        """ConfigurationError when people were erased and the key is missing or another one."""
        known = erasures.every(connection)
        if known and key is None:
            raise ConfigurationError(
                f"{_WHERE}: people were erased, and without the key they would come back"
            )
        if known and _hashed(key or b"", KEY, "") not in known:
            raise ConfigurationError(f"{_WHERE}: it is another key than the one people were erased with")
        return cls(key or b"", known, settings)

    def among(self, source_id: UUID, source: str, contacts: Iterable[tuple[str, GivenContact]]) -> set[str]:
        """The external ids of those that were erased, by their id or by a value they hold."""
        if not self.known:
            return set()
        rows = [(source, key, given) for key, given in contacts]
        return self.among_given(source_id, given_table(rows))

    def among_given(self, source_id: UUID, given: pa.Table) -> set[str]:
        """The same of a table of schema GIVEN, all of one source."""
        if not self.known:
            return set()
        ids = [str(key) for key in given.column("external_id").to_pylist()]
        found = {key for key in ids if _hashed(self.key, SOURCE_CONTACT, f"{source_id}:{key}") in self.known}
        if not {EMAIL, PHONE} & {one.kind for one in self.known}:
            return found
        for row in normalize(given, self.settings).select(["external_id", *_FIELDS]).to_pylist():
            if any(self._knows(kind, item) for name, kind in _FIELDS.items() for item in row[name] or ()):
                found.add(row["external_id"])
        return found

    def _knows(self, kind: str, item: Mapping[str, Any]) -> bool:
        return any(_hashed(self.key, kind, text) in self.known for text in _spellings(item))


def erase(database: Database, settings: NormalizeSettings, key: bytes, what: Sequence[str]) -> ErasedReport:
    """Erase source contacts named `source:id` and all that hold an email or a phone number, for good.

    Waits for no run: LockHeld while a source is being walked or contacts are being read.
    """
    with database.connect() as connection:
        Erased.load(connection, key, settings)
        names = [source.name for source in sources.every(connection)]
    with ExitStack() as held:
        for name in ("nightly", "read", *(f"source {name}" for name in names)):
            held.enter_context(database.lock(name))
        with database.begin() as connection:
            found, made = _named(connection, settings, key, what, names)
            made |= {_hashed(key, SOURCE_CONTACT, f"{one.source_id}:{one.external_id}") for one in found}
            now = datetime.now(UTC)
            erasures.add(connection, {*made, _hashed(key, KEY, "")}, now)
            erasures.erase(connection, list(found), now)
    return ErasedReport(len(found), len(made))


def purge(database: Database, after: timedelta) -> int:
    """Drop the raw of contacts that have been gone for so long; gives how many contacts."""
    with database.begin() as connection:
        return erasures.purge_gone(connection, datetime.now(UTC) - after)


def _named(
    connection: Connection, settings: NormalizeSettings, key: bytes, what: Sequence[str], names: Sequence[str]
) -> tuple[set[Found], set[Erasure]]:
    found: set[Found] = set()
    made: set[Erasure] = set()
    for one in what:
        source, _, external_id = one.partition(":")
        if source in names and external_id:
            held = erasures.by_external_id(connection, source, external_id)
            if not held:
                raise InputError(f"{source} holds no such contact")
            found.update(held)
            continue
        kind = EMAIL if "@" in one else PHONE
        query = email_query(one) if kind == EMAIL else phone_query(one, settings.fallback_region)
        if query.value is None:
            raise InputError(f"it is no email, no phone number and no source:id ({query.reason})")
        values = _spellings({"value": query.value, "keys": query.keys})
        made.update(_hashed(key, kind, text) for text in values)
        found.update(erasures.by_value(connection, f"{kind}s", values))
    return found, made


def _spellings(item: Mapping[str, Any]) -> list[str]:
    """What a value is known by: written in full, and its strongest match key (of an email, its mailbox)."""
    return [text for text in (item.get("value"), *(item.get("keys") or ())[:1]) if text]


def _hashed(key: bytes, kind: str, value: str) -> Erasure:
    return Erasure(kind, hmac.digest(key, f"{kind}\0{value}".encode(), hashlib.sha256))
