"""Golden contacts and the crosswalk for other programs, as of one moment, some rows at a time.

An export is a visit: the access log says who took what. A whole one names no ids, since it is everybody; one
of what is new names the golden contacts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import pyarrow as pa

from dedupe.errors import InputError
from dedupe.storage import access_log, exports, outgoing_events
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection, Database
from dedupe.storage.event_cursors import event_cursor, position_of


class Exported(StrEnum):
    GOLDEN = "golden"
    CROSSWALK = "crosswalk"


SCHEMAS = {Exported.GOLDEN: exports.GOLDEN, Exported.CROSSWALK: exports.CROSSWALK}
_PARTS = {Exported.GOLDEN: exports.golden_contacts, Exported.CROSSWALK: exports.crosswalk}
_IDS_OF_A_LINE = 10_000  # golden ids of one line of the access log (chosen)


@dataclass(frozen=True)
class ExportReport:
    """`cursor`: where the next export of what is new goes on."""

    rows: int
    cursor: str


def export(
    database: Database,
    visitor: Visitor,
    what: Exported,
    since: str | None,
    write: Callable[[pa.Table], None],
) -> ExportReport:
    """Hand the rows over, part by part (`SCHEMAS` says what they are). `since`: a cursor of events; only what
    they tell of after it.

    Raises InputError for a cursor that is none, or whose events are kept no more.
    """
    with database.begin(snapshot=True) as connection:
        last = outgoing_events.last_position(connection)
        after = None if since is None else _known(connection, since, last)
        rows, seen = 0, set[str]()
        for part in _PARTS[what](connection, after):
            write(part)
            rows += part.num_rows
            if after is not None:
                seen.update(filter(None, part.column("golden_id").to_pylist()))
        _log(connection, visitor, what, sorted(seen))
    return ExportReport(rows, event_cursor(last))


def _known(connection: Connection, since: str, last: int) -> int:
    position = position_of(since)
    if position > last:
        raise InputError("no event is as late as this cursor: it is another database's; export the whole")
    if position < outgoing_events.expired_through(connection):
        raise InputError("events after this cursor are kept no more (privacy.events_kept): export the whole")
    return position


def _log(connection: Connection, visitor: Visitor, what: Exported, ids: list[str]) -> None:
    for begin in range(0, max(len(ids), 1), _IDS_OF_A_LINE):
        some = [UUID(each) for each in ids[begin : begin + _IDS_OF_A_LINE]]
        access_log.write(connection, visitor, f"export {what}", some)
