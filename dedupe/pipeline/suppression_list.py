"""People who were erased stay away: keyed hashes of what they are known by are asked before raw is stored.

Erased.load(connection, key, settings) -> who must not come back

`pipeline.forgetting` erases.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyarrow as pa

from dedupe.errors import ConfigurationError
from dedupe.fetchers.fetcher import Fetcher
from dedupe.fetchers.given import given_table
from dedupe.fetchers.http.raw_json import parse_stored
from dedupe.model import GivenContact
from dedupe.normalizers.contacts import NormalizeSettings, normalize
from dedupe.pipeline.bisection import halving
from dedupe.storage import erasures, tombstones
from dedupe.storage.erasures import Erasure
from dedupe.storage.source_contacts import RawContact
from dedupe.storage.sync_runs import QuarantineEntry

Connection = Any  # SQLAlchemy's; this floor hands it on and never looks into it

SOURCE_CONTACT, EMAIL, PHONE, KEY = "source_contact", "email", "phone", "key"
_FIELDS = {"emails": EMAIL, "phones": PHONE}
_NO_ADDRESS = ("names", "identifiers", "company", "job_title", "street", "birth")  # nothing hangs on them
_EMAIL = re.compile(r"""[^\s"'<>(),;:|\\]{1,64}@[^\s"'<>(),;:|\\@]{3,255}""")
_PHONE = re.compile(r"\+?\d(?:[ ()./-]{0,2}\d){6,19}")
WHERE = "privacy.erasure_key_env"


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
            raise ConfigurationError(f"{WHERE}: people were erased, and without the key they would come back")
        if known and hashed(key or b"", KEY, "") not in known:
            raise ConfigurationError(f"{WHERE}: it is another key than the one people were erased with")
        return cls(key or b"", known, settings)

    def again(self, connection: Connection) -> Erased:
        """As it is known in this transaction: whoever stores raw in it misses no erasure that came before."""
        tombstones.announce_raw(connection)
        if erasures.count(connection) == len(self.known):  # none is ever taken back
            return self
        return Erased.load(connection, self.key or None, self.settings)

    def among(
        self,
        source_id: UUID,
        fetcher: Fetcher,
        contacts: Sequence[RawContact],
        failed: Callable[[RawContact, Exception], None],
    ) -> set[str]:
        """The external ids of those that were erased, by their id or by a value they hold.

        `failed`: of whom nobody can tell, because a bug of ours keeps him from being read.
        """
        if not self.known:
            return set()
        name = fetcher.settings.name

        def asked(some: Sequence[RawContact]) -> set[str]:
            rows = [(name, one.external_id, fetcher.read(parse_stored(one.payload))) for one in some]
            return self.among_given(source_id, given_table(rows))

        return set[str]().union(*halving(contacts, asked, failed))

    def among_given(self, source_id: UUID, given: pa.Table) -> set[str]:
        """The same of a table of schema GIVEN, all of one source."""
        if not self.known:
            return set()
        ids = [str(key) for key in given.column("external_id").to_pylist()]
        found = {key for key in ids if self.hash_of(source_id, key) in self.known}
        if not {EMAIL, PHONE} & {one.kind for one in self.known}:
            return found
        return found | self.holding_given(given)

    def among_texts(self, source: str, texts: Iterable[tuple[str, str]]) -> set[str]:
        """The keys of texts, whatever they are, in which a value of an erased contact stands."""
        given = ((key, _given_of(text)) for key, text in texts)
        rows = [(source, key, contact) for key, contact in given if contact]
        return self.holding_given(given_table(rows)) if rows and self.known else set()

    def emptied(self, source: str, rows: Sequence[QuarantineEntry]) -> list[QuarantineEntry]:
        """What could not be read; without its content where a value of an erased contact stands in it."""
        texts = ((str(at), row.content.decode("utf-8", "replace")) for at, row in enumerate(rows))
        held = self.among_texts(source, texts) if self.known else set()
        return [row._replace(content=b"") if str(at) in held else row for at, row in enumerate(rows)]

    def holding_given(self, given: pa.Table) -> set[str]:
        """The same as `holding` of a table of schema GIVEN, for less than normalizing all of it."""
        for name in _NO_ADDRESS:
            at = given.schema.get_field_index(name)
            kind: Any = given.schema.field(at).type
            given = given.set_column(at, given.schema.field(at), pa.nulls(len(given), kind))
        return self.holding(normalize(given, self.settings))

    def holding(self, normalized: pa.Table) -> set[str]:
        """The external ids of a table of schema CONTACTS that hold a value of an erased contact."""
        return {
            row["external_id"]
            for row in normalized.select(["external_id", *_FIELDS]).to_pylist()
            if any(self._knows(kind, item) for name, kind in _FIELDS.items() for item in row[name] or ())
        }

    def mask(self, source_id: UUID, external_id: str) -> str:
        """What is written down in place of an id: the same for the same, and nobody's without the key."""
        return f"erased:{self.hash_of(source_id, external_id).keyed_hash.hex()}"

    def hash_of(self, source_id: UUID, external_id: str) -> Erasure:
        return hashed(self.key, SOURCE_CONTACT, f"{source_id}:{external_id}")

    def _knows(self, kind: str, item: Mapping[str, Any]) -> bool:
        return any(hashed(self.key, kind, text) in self.known for text in spellings(item))


def _given_of(text: str) -> GivenContact:
    """Whatever in the text may be an email or a phone number."""
    found: GivenContact = {}
    if emails := _EMAIL.findall(text):
        found["emails"] = [{"given": one} for one in emails]
    if phones := _PHONE.findall(text):
        found["phones"] = [{"given": one} for one in phones]
    return found


def spellings(item: Mapping[str, Any]) -> list[str]:
    """What a value is known by: written in full, and its strongest match key (of an email, its mailbox).

    A phone without its country is known by nothing: strangers in other countries may have its digits.
    """
    if item.get("value") is None:
        return []
    return [text for text in (item.get("value"), *(item.get("keys") or ())[:1]) if text]


def hashed(key: bytes, kind: str, value: str) -> Erasure:
    return Erasure(kind, hmac.digest(key, f"{kind}\0{value}".encode(), hashlib.sha256))
