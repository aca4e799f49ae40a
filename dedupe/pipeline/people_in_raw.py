"""Somebody named by an email, a phone number or an id, looked for where nothing is shown: in payload versions
that are older, gone or unread, and among the rows that could not be read.

named("crm:17", sources, settings) -> NamedBy
PeopleInRaw(connection, settings, key, sources, configured).hidden(values) -> versions that hold one of them
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dedupe.errors import NotFound, UnreadableValue
from dedupe.fetchers.http.raw_json import parse_stored
from dedupe.fetchers.registry import FILE, PROVIDERS
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.normalizers.queries import email_query, phone_query
from dedupe.normalizers.raw_patterns import RawPatterns, raw_patterns
from dedupe.pipeline.reading import reader_of
from dedupe.pipeline.suppression_list import EMAIL, PHONE, SOURCE_CONTACT, Erased, hashed, spellings
from dedupe.storage import raw_not_shown
from dedupe.storage.erasures import Erasure
from dedupe.storage.raw_not_shown import HiddenVersion, QuarantinedRow
from dedupe.storage.sources import Source

Connection = Any  # SQLAlchemy's; this floor hands it on and never looks into it
Values = Mapping[str, Collection[str]]
"""Emails and phones by kind, each as `spellings` has it."""

_BATCH = 2000  # rows at once (chosen)


@dataclass(frozen=True)
class NamedBy:
    """What a word names somebody by: a source contact, or an email or phone in its `spellings`, the value
    first."""

    kind: str
    spellings: tuple[str, ...] = ()
    source: str = ""
    external_id: str = ""


def named(one: str, sources: Collection[str], settings: NormalizeSettings) -> NamedBy:
    """Read a word: `source:id`, an email or a phone number. Raises NotFound for a source that there isn't,
    UnreadableValue for what is none of them."""
    source, _, external_id = one.partition(":")
    if external_id and source in sources:
        return NamedBy(SOURCE_CONTACT, source=source, external_id=external_id)
    kind = EMAIL if "@" in one else PHONE
    query = email_query(one) if kind == EMAIL else phone_query(one, settings.fallback_region)
    if query.value is None and external_id:
        known = ", ".join(sorted(sources)) or "none yet"
        raise NotFound(f"there is no such source; those there are: {known}")
    if query.value is None:
        raise UnreadableValue(f"it is no email, no phone number and no source:id ({query.reason})")
    return NamedBy(kind, tuple(spellings({"value": query.value, "keys": query.keys})))


class PeopleInRaw:
    """Looks for emails and phones in raw that isn't shown, read as it would be for a night."""

    def __init__(
        self,
        connection: Connection,
        settings: NormalizeSettings,
        key: bytes,
        sources: Sequence[Source],
        configured: Mapping[str, SourceSettings],
    ) -> None:
        """`key`: any, by which values are compared as hashes."""
        self._connection, self._settings, self._key = connection, settings, key
        self._sources, self._configured = sources, configured

    def hashes(self, values: Values) -> set[Erasure]:
        return {hashed(self._key, kind, text) for kind, texts in values.items() for text in texts}

    def hidden(self, values: Values) -> Iterator[tuple[Source, HiddenVersion]]:
        """The versions that no normalized contact is made from and that hold one of the values."""
        holders = Erased(self._key, frozenset(self.hashes(values)), self._settings)
        for source in self._sources if holders.known else ():
            patterns, search = self._patterns(source, values), self._searcher(source, holders)
            for rows in _parts(raw_not_shown.versions, self._connection, source, patterns):
                held = search(rows)
                yield from ((source, row) for row in rows if str(row.id) in held)

    def set_aside(self, values: Values) -> Iterator[tuple[Source, QuarantinedRow]]:
        """The rows that could not be read in which one of the values stands."""
        holders = Erased(self._key, frozenset(self.hashes(values)), self._settings)
        for source in self._sources if holders.known else ():
            for rows in _parts(raw_not_shown.quarantined, self._connection, source):
                texts = ((str(row.id), row.content.decode("utf-8", "replace")) for row in rows)
                held = holders.among_texts(source.name, texts)
                yield from ((source, row) for row in rows if str(row.id) in held)

    def _patterns(self, source: Source, values: Values) -> RawPatterns | None:
        """What finds raw that may hold a value; None where its reader may put values together."""
        own = self._configured.get(source.name)
        if source.provider not in PROVIDERS or (source.provider != FILE and own is not None and own.mapping):
            return None
        return raw_patterns(values.get(EMAIL, ()), values.get(PHONE, ()))

    def _searcher(self, source: Source, holders: Erased) -> Callable[[Sequence[HiddenVersion]], set[str]]:
        """Gives the ids of versions that hold one of the values."""
        own = self._configured.get(source.name) or SourceSettings(source.name, source.provider)
        reader = reader_of(own, source)
        if reader is None:  # declared in a configuration that is not there: nobody knows how it is read
            return lambda rows: holders.among_texts(source.name, ((str(row.id), row.payload) for row in rows))
        _, read = reader
        return lambda rows: holders.holding_given(
            read((source.name, str(row.id), parse_stored(row.payload)) for row in rows).table
        )


def _parts(
    read: Callable[..., list[Any]], connection: Connection, source: Source, *more: Any
) -> Iterator[Any]:
    """The rows of a source in order of id, some at a time."""
    after = 0
    while rows := read(connection, source.id, after, _BATCH, *more):
        yield rows
        if len(rows) < _BATCH:
            return
        after = rows[-1].id
