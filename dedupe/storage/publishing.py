"""Publishing: the differences between live and staged, written in the caller's transaction.

A night publishes everything, a decision its component; both hold the publish lock until the transaction has
committed, so that events are in commit order. Rows go by COPY into a temporary table and from there by one
statement for each table; rows that are equal are not written. Into a table that is empty, on a first night,
they go by COPY alone: there is nothing that they could be equal to (decision 153).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, Table

from dedupe.arrays.by_position import Integers, array, integers, take
from dedupe.golden.differences import Difference
from dedupe.golden.rows import contact_rows, email_rows, phone_rows
from dedupe.golden.staging import Staged
from dedupe.storage import golden_versions, tables
from dedupe.storage.copying import copy_in
from dedupe.storage.made_ahead import made_ahead
from dedupe.storage.published_rows import remove_rows, run, write_events, write_ids
from dedupe.storage.references import check_references, copy_unchecked
from dedupe.storage.staged_rows import is_empty, moment, stage_rows, with_constants

PUBLISH_LOCK = "publish"
_BATCH = 50_000  # golden contacts whose rows are made at a time: bounds memory on a first night


@dataclass(frozen=True)
class RowsWritten:
    """Rows written or removed, by table."""

    golden_contacts: int = 0
    golden_emails: int = 0
    golden_phones: int = 0
    source_links: int = 0
    golden_ids: int = 0
    golden_heirs: int = 0
    golden_events: int = 0
    golden_versions: int = 0

    @property
    def total(self) -> int:
        return sum(vars(self).values())


def publish(
    connection: Connection, run_id: UUID, staged: Staged, difference: Difference, heirs: pa.Table
) -> RowsWritten:
    """Make what is served equal to what is staged; `heirs` (HEIRS) are those stored now."""
    versions = golden_versions.keep(connection, run_id, difference.ended)
    contacts, emails, phones = _golden(connection, run_id, staged, difference)
    links = _links(connection, run_id, staged, difference)
    contacts += remove_rows(connection, tables.golden_contacts, "id", difference.gone["id"])
    return RowsWritten(
        golden_contacts=contacts,
        golden_emails=emails,
        golden_phones=phones,
        source_links=links,
        golden_ids=write_ids(connection, run_id, difference),
        golden_heirs=_heirs(connection, run_id, staged.heirs, heirs),
        golden_events=write_events(connection, run_id, difference.events),
        golden_versions=versions,
    )


def publish_links(
    connection: Connection, run_id: UUID, model_id: UUID | None, rows: pa.Table, removed: pa.Table
) -> int:
    """Write and remove links; gives the number of rows.

    `rows`: left_contact, right_contact (left < right), weight, probability, levels (JSON), cause; `removed`:
    left_contact, right_contact. A pair that was linked before keeps the evidence that it was linked by.
    """
    count = 0
    if removed.num_rows:
        stage_rows(connection, "gone_links", tables.links, removed)
        count += run(connection, _REMOVE_LINKS, run_id=run_id)
    if rows.num_rows:
        rows = with_constants(rows, run_id=run_id, model_id=model_id)
        if is_empty(connection, tables.links):
            return count + _copy_first(connection, tables.links, rows, by="left_contact")
        count += copy_in(connection, tables.links, rows)
    return count


# --- one table after the other ----------------------------------------------------------------------------


def _golden(
    connection: Connection, run_id: UUID, staged: Staged, difference: Difference
) -> tuple[int, int, int]:
    """Write golden contacts with their emails and phones; gives the rows written to each of the three
    tables."""
    written = difference.written
    if is_empty(connection, tables.golden_contacts):
        return _first_golden(connection, run_id, staged, written)
    total = np.zeros(3, np.int64)
    for begin in range(0, len(written), _BATCH):
        rows = written[begin : begin + _BATCH]
        contacts = contact_rows(staged, rows)
        stage_rows(connection, "staged_contacts", tables.golden_contacts, contacts)
        stage_rows(connection, "staged_emails", tables.golden_emails, email_rows(staged, rows))
        stage_rows(connection, "staged_phones", tables.golden_phones, phone_rows(staged, rows))
        total[0] += run(connection, _WRITE_CONTACTS, run_id=run_id)
        total[1] += run(connection, _REMOVE_EMAILS) + run(connection, _WRITE_EMAILS)
        total[2] += run(connection, _REMOVE_PHONES) + run(connection, _WRITE_PHONES)
    return int(total[0]), int(total[1]), int(total[2])


def _first_golden(
    connection: Connection, run_id: UUID, staged: Staged, written: Integers
) -> tuple[int, int, int]:
    """As `_golden` where nothing is served yet."""
    now, total = moment(connection), np.zeros(3, np.int64)
    for contacts, emails, phones in made_ahead(_rows_by_id(staged, written)):
        contacts = with_constants(contacts, run_id=run_id, changed_at=now)
        total[0] += copy_in(connection, tables.golden_contacts, contacts)
        total[1] += copy_unchecked(connection, tables.golden_emails, emails)
        total[2] += copy_unchecked(connection, tables.golden_phones, phones)
    for table in (tables.golden_emails, tables.golden_phones):
        check_references(connection, table)
    return int(total[0]), int(total[1]), int(total[2])


def _rows_by_id(staged: Staged, written: Integers) -> Iterator[tuple[pa.Table, pa.Table, pa.Table]]:
    """Golden contacts, emails and phones by rising golden id: an index takes keys in order for less."""
    order = pc.sort_indices(take(staged.ids, written))
    written = written[integers(order)]
    for begin in range(0, len(written), _BATCH):
        rows = written[begin : begin + _BATCH]
        yield contact_rows(staged, rows), email_rows(staged, rows), phone_rows(staged, rows)


def _links(connection: Connection, run_id: UUID, staged: Staged, difference: Difference) -> int:
    count = remove_rows(connection, tables.source_links, "source_contact_id", difference.unlinked)
    rows = staged.linked.take(array(difference.linked))
    if rows.num_rows == 0:
        return count
    weight = staged.strength[difference.linked]
    rows = rows.append_column("weight", pa.array(weight.astype(np.int32), mask=weight == 0))
    if is_empty(connection, tables.source_links):
        rows = with_constants(rows, run_id=run_id, linked_at=moment(connection))
        return _copy_first(connection, tables.source_links, rows, by="source_contact_id")
    stage_rows(connection, "staged_links", tables.source_links, rows)
    return count + run(connection, _WRITE_SOURCE_LINKS, run_id=run_id)


def _copy_first(connection: Connection, table: Table, rows: pa.Table, by: str) -> int:
    """Into an empty table, in the order of a key."""
    count = copy_unchecked(connection, table, rows.sort_by(by))
    check_references(connection, table)
    return count


def _heirs(connection: Connection, run_id: UUID, staged: pa.Table, live: pa.Table) -> int:
    if staged.equals(live):
        return 0
    stage_rows(connection, "staged_heirs", tables.golden_heirs, staged)
    run(connection, _KEEP_HEIRS, run_id=run_id)
    return run(connection, _REMOVE_HEIRS) + run(connection, _WRITE_HEIRS)


def _upsert(
    table: Table,
    source: str,
    key: tuple[str, ...],
    given: dict[str, str],
    always: bool,
    kept: dict[str, str] | None = None,
) -> str:
    """INSERT … ON CONFLICT: `given` are columns with an expression of their own, the others come from the
    staged rows; `kept` are columns that become something else in a row that is there already.

    Unless `always`, a row whose staged columns are all equal is left alone.
    """
    staged = [each.name for each in table.columns if each.name not in given]
    names = [*staged, *given]
    values = [*(f"s.{name}" for name in staged), *given.values()]
    changed = [name for name in names if name not in key]
    own = ", ".join(f"t.{name}" for name in staged if name not in key)
    new = ", ".join(f"excluded.{name}" for name in staged if name not in key)
    becomes = {name: f"excluded.{name}" for name in changed} | (kept or {})
    return (
        f"INSERT INTO dedupe.{table.name} AS t ({', '.join(names)})"
        f" SELECT {', '.join(values)} FROM {source} s"
        f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET"
        f" {', '.join(f'{name} = {becomes[name]}' for name in changed)}"
        + ("" if always else f" WHERE ({own}) IS DISTINCT FROM ({new})")
    )


def _remove_values(table: str, source: str) -> str:
    return (
        f"DELETE FROM dedupe.{table} t USING staged_contacts c WHERE t.golden_id = c.id"
        f" AND NOT EXISTS (SELECT FROM {source} s WHERE s.golden_id = t.golden_id AND s.value = t.value)"
    )


_BY_RUN = {"run_id": "CAST(:run_id AS uuid)"}
_CHANGED = {**_BY_RUN, "changed_at": "now()"}
# It last showed something else when, and by which run: a repair writes rows that show the same.
_SHOWN_BY = {
    name: f"CASE WHEN t.content_hash = excluded.content_hash THEN t.{name} ELSE excluded.{name} END"
    for name in _CHANGED
}
_WRITE_CONTACTS = _upsert(
    tables.golden_contacts, "staged_contacts", ("id",), _CHANGED, always=True, kept=_SHOWN_BY
)
_VALUE_KEY = ("golden_id", "value")
_WRITE_EMAILS = _upsert(tables.golden_emails, "staged_emails", _VALUE_KEY, {}, always=False)
_WRITE_PHONES = _upsert(tables.golden_phones, "staged_phones", _VALUE_KEY, {}, always=False)
_REMOVE_EMAILS = _remove_values("golden_emails", "staged_emails")
_REMOVE_PHONES = _remove_values("golden_phones", "staged_phones")
# Since when a contact belongs to its golden contact, whatever else of the link is new.
_LINKED_AT = "CASE WHEN t.golden_id = excluded.golden_id THEN t.linked_at ELSE excluded.linked_at END"
_WRITE_SOURCE_LINKS = _upsert(
    tables.source_links,
    "staged_links",
    ("source_contact_id",),
    {**_BY_RUN, "linked_at": "now()"},
    always=True,
    kept={"linked_at": _LINKED_AT},
)
_KEEP_HEIRS = """
    INSERT INTO dedupe.replaced_rows (run_id, about, content)
    SELECT CAST(:run_id AS uuid), 'golden_heirs', to_json(t)
      FROM dedupe.golden_heirs t LEFT JOIN staged_heirs s ON s.id = t.id
     WHERE s.id IS NULL OR s.heir IS DISTINCT FROM t.heir"""
_REMOVE_HEIRS = """
    DELETE FROM dedupe.golden_heirs t
     WHERE NOT EXISTS (SELECT FROM staged_heirs s WHERE s.id = t.id)"""
_WRITE_HEIRS = _upsert(tables.golden_heirs, "staged_heirs", ("id",), {}, always=False)
_REMOVE_LINKS = """
    WITH gone AS (
      DELETE FROM dedupe.links t USING gone_links g
       WHERE t.left_contact = g.left_contact AND t.right_contact = g.right_contact RETURNING t.*)
    INSERT INTO dedupe.replaced_rows (run_id, about, content)
    SELECT CAST(:run_id AS uuid), 'links', to_json(gone) FROM gone"""


_LOOKED_UP = (
    *("golden_contacts", "golden_emails", "golden_phones", "source_links", "source_contacts"),
    *("links", "review_candidates"),
)
MANY = 1000
"""Rows written from which Postgres's statistics are refreshed at once (chosen); it would do so by itself a
minute later."""


def refresh_statistics(connection: Connection) -> None:
    """Refresh the planner's statistics, so that lookups are planned by what was just published."""
    for name in _LOOKED_UP:
        connection.exec_driver_sql(f"ANALYZE {tables.SCHEMA}.{name}")
