"""A configured source as its live changes are taken: what `live_changes` must know of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from dedupe.errors import InputError
from dedupe.fetchers.fetcher import Fetcher
from dedupe.fetchers.files.told_rows import told_row
from dedupe.fetchers.given import json_text
from dedupe.fetchers.limits import fault_of, fault_of_id, shallow
from dedupe.fetchers.payloads import PreparedPayload, UnusablePayload, content_hash, prepare, without
from dedupe.fetchers.registry import FILE, fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.pipeline.accounts import account_of
from dedupe.pipeline.live_changes import TellingSource
from dedupe.pipeline.own_writes import hash_as_stored
from dedupe.pipeline.reading import reader_of
from dedupe.pipeline.suppression_list import Erased
from dedupe.storage import sources
from dedupe.storage.database import Connection
from dedupe.storage.sources import Source

ANOTHER_ID = "its content shows another id than it is told under"
NO_OBJECT = "its content is no JSON object"
SAYS_NOTHING = "it says nothing of a person: no column that has a value is read as a name, email, phone …"


def telling_source(
    connection: Connection, own: SourceSettings, configured: Collection[str], erased: Erased
) -> TellingSource:
    """The source, made where it isn't there yet, or renamed: `configured` names every source there is.

    Raises ConfigurationError for what fetching would refuse, and InputError for a source whose payloads
    nobody can read.
    """
    source = _stored(connection, own, configured)
    reader = reader_of(own, source)
    if reader is None:
        raise InputError("the source isn't configured, so nobody knows how its contacts are read")
    if own.provider == FILE:
        mapping = own.mapping or source.checkpoint.get("map", {})
        prepared, unread = partial(_prepared_row, own, mapping), partial(_unread, mapping)
        return TellingSource(source, prepared, _no_time, reader[1], own.max_gone, erased, unread=unread)
    fetcher = fetcher_for(own)
    prepared = partial(_prepared, fetcher)
    return TellingSource(
        source,
        prepared,
        fetcher.changed_at,
        reader[1],
        own.max_gone,
        erased,
        partial(hash_as_stored, source.id, fetcher),
    )


def _stored(connection: Connection, own: SourceSettings, configured: Collection[str]) -> Source:
    found = sources.by_name(connection, own.name)
    if found is not None and found.provider == own.provider:
        return found
    return account_of(connection, own, configured)


def _prepared(fetcher: Fetcher, external_id: str, payload: Any) -> PreparedPayload | UnusablePayload:
    made = prepare(fetcher, payload)
    if made.external_id not in (None, external_id):
        return UnusablePayload(external_id, made.payload, ANOTHER_ID)
    return made


def _prepared_row(
    own: SourceSettings, mapping: Mapping[str, str], external_id: str, payload: Any
) -> PreparedPayload | UnusablePayload:
    """A row as a file would hold it: column → cell."""
    kept = without(payload, own.never_store)
    text = json_text(shallow(kept))
    if not isinstance(payload, dict):
        return UnusablePayload(external_id, text, NO_OBJECT)
    if (fault := fault_of_id(external_id) or fault_of(kept, text)) is not None:
        return UnusablePayload(external_id, text, fault)
    if told_row(payload, mapping).empty:
        return UnusablePayload(external_id, text, SAYS_NOTHING)
    return PreparedPayload(external_id, text, content_hash(kept, frozenset()))


def _unread(mapping: Mapping[str, str], payload: Any) -> tuple[str, ...]:
    return told_row(payload, mapping).unread if isinstance(payload, dict) else ()


def _no_time(_payload: Any) -> datetime | None:
    return None
