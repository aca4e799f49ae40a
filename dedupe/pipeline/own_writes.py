"""What we wrote into a provider's contacts is no news of them, although it moves their time of change.

The golden id itself is left out of the content hash (`fetchers.writeback_settings`). Where a provider shows
when a contact was changed, our write moves that too: a payload that shows what we wrote, as of the moment of
our write, and is otherwise the one that is stored, counts as the stored one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dedupe.fetchers.fetcher import Fetcher, mapping_of
from dedupe.fetchers.http.raw_json import parse_stored
from dedupe.fetchers.payloads import PreparedPayload, hash_of
from dedupe.fetchers.registry import writer_for
from dedupe.fetchers.writeback_settings import golden_id_in, value_at
from dedupe.storage import writebacks
from dedupe.storage.database import Connection
from dedupe.storage.source_contacts import RawContact
from dedupe.storage.writebacks import OwnWrite

_ROUNDED = timedelta(seconds=1)  # a list may show times in whole seconds, and one contact in parts of them


def as_stored(
    connection: Connection,
    source_id: UUID,
    fetcher: Fetcher,
    contacts: Sequence[RawContact],
    changed: Mapping[str, datetime],
) -> list[RawContact]:
    """The contacts, each that only a write of ours has changed with the hash of what is stored. `changed`:
    when they were changed, where they show it."""
    writeback = fetcher.settings.writeback
    if writeback is None or not changed:
        return list(contacts)
    ids = [one.external_id for one in contacts if one.external_id in changed]
    ours = writebacks.own_writes(connection, source_id, writeback.field, ids)
    return [
        one._replace(content_hash=own.content_hash)
        if (own := ours.get(one.external_id)) is not None
        and own.content_hash != one.content_hash
        and _is_ours(fetcher, writeback.field, own, one, changed.get(one.external_id))
        else one
        for one in contacts
    ]


def hash_as_stored(source_id: UUID, fetcher: Fetcher, connection: Connection, made: PreparedPayload) -> bytes:
    """The same of one contact that a source tells of."""
    changed = {} if made.changed_at is None else {made.external_id: made.changed_at}
    (one,) = as_stored(connection, source_id, fetcher, [RawContact(*made[:3])], changed)
    return one.content_hash


def _same_moment(noted: datetime | None, shown: datetime | None) -> bool:
    return noted is not None and shown is not None and abs(noted - shown) < _ROUNDED


def _is_ours(
    fetcher: Fetcher, field: str, own: OwnWrite, one: RawContact, changed_at: datetime | None
) -> bool:
    payload = mapping_of(parse_stored(one.payload))
    shown = value_at(payload, field)
    there = golden_id_in(shown)
    if there is None and shown is not None:
        return False
    noted = there == own.value and _same_moment(own.changed_at, changed_at)
    if not noted and not (own.writing and there == own.sent):
        return False
    stored: dict[str, Any] = dict(mapping_of(parse_stored(own.payload)))
    moves = writer_for(fetcher).moves
    undone = {key: value for key, value in payload.items() if key not in moves}
    undone |= {key: stored[key] for key in moves if key in stored}
    return hash_of(fetcher, undone) == own.content_hash
