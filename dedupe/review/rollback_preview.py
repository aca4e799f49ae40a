"""What a rollback would do: it is done in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from dedupe.review.deciding import LOCK_WAIT
from dedupe.review.preview import FieldChange, field_changes
from dedupe.review.rollback import RolledBack
from dedupe.storage import access_log, event_reasons, lookups, outgoing_events, tombstones
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection, Database
from dedupe.storage.golden_contacts import Event, GoldenContact
from dedupe.storage.locks import MERGE_LOCK
from dedupe.storage.publishing import PUBLISH_LOCK


@dataclass(frozen=True, slots=True)
class RollbackPreview:
    """`golden_contacts` would change in all; the others are of the first of them, and `events` the first of
    those that would go out."""

    rolled_back: RolledBack
    golden_contacts: int
    before: list[GoldenContact]
    after: list[GoldenContact]
    changes: list[FieldChange]
    events: list[Event]


def previewed(
    database: Database, visitor: Visitor, act: Callable[[Connection], RolledBack], limit: int
) -> RollbackPreview:
    """What `act`, a rollback, would do, with up to `limit` golden contacts and events. Raises what it
    raises, and LockHeld while a night is at work."""
    with (
        database.lock(MERGE_LOCK, wait=LOCK_WAIT) as merging,
        merging.lock(PUBLISH_LOCK, wait=LOCK_WAIT) as locked,
    ):
        with locked.connect() as connection:  # never committed
            tombstones.hold_off_tombstones(connection)
            last = outgoing_events.last_position(connection)
            done = act(connection)
            events = lookups.events_after(connection, last)
            told = event_reasons.with_words(connection, events[:limit])
            touched = dict.fromkeys(chain.from_iterable((one.golden_id, *one.related) for one in events))
            shown = list(touched)[:limit]
            after = _served(connection, visitor, shown)
            with locked.connect() as outside:
                before = _served(outside, visitor, shown)
        with locked.begin() as connection:
            access_log.write(connection, visitor, "preview", shown)
    changes = field_changes(before, after)
    return RollbackPreview(done, len(touched), before, after, changes, told)


def _served(connection: Connection, visitor: Visitor, ids: list[UUID]) -> list[GoldenContact]:
    return [hit.contact for hit in lookups.by_ids(connection, visitor, ids)]
