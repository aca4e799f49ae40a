"""Staged golden contacts as rows of the tables that serve them, made for changed golden contacts only."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.by_position import Integers, array, integers, lists, one, parents, present, take
from dedupe.arrays.fingerprints import as_bytes
from dedupe.arrays.joining import joined
from dedupe.golden.staging import Staged
from dedupe.golden.tables import COLUMNS_OF, FIELDS, TEXTS


def contact_rows(staged: Staged, rows: Integers) -> pa.Table:
    """Columns of the table `golden_contacts` for these rows of `golden.records`."""
    records = staged.golden.records.take(array(rows))
    whole: dict[str, Any] = {name: one(records[name]) for name in ("kind", *TEXTS, "blocked", "members")}
    return pa.table(
        {
            "id": take(staged.ids, rows),
            **whole,
            "preferences": _preferences(staged, rows),
            "identifiers": _identifiers(staged, rows),
            "provenance": _provenance(staged, records),
            "content_hash": as_bytes(staged.prints[rows]),
        }
    )


def email_rows(staged: Staged, rows: Integers) -> pa.Table:
    """Columns of the table `golden_emails` for these rows of `golden.records`."""
    emails, _ = _of(staged, staged.golden.emails, rows)
    return _values(staged, emails)


def phone_rows(staged: Staged, rows: Integers) -> pa.Table:
    """Columns of the table `golden_phones` for these rows of `golden.records`."""
    phones, _ = _of(staged, staged.golden.phones, rows)
    extension = pc.fill_null(one(phones["extension"]), "")
    values = _values(staged, phones).append_column("extension", [extension])
    return values.append_column("type", phones["type"]).append_column("region", phones["region"])


_VALUES = ("golden_id", "position", "value", "key", "attested", "marks", "source_contact_ids")


def _values(staged: Staged, table: pa.Table) -> pa.Table:
    golden = take(staged.ids, staged.rows(table["cluster"]))
    own = [one(table[name]) for name in ("position", "value", "key", "attested", "marks")]
    return pa.table([golden, *own, _named(staged, table["contacts"])], names=list(_VALUES))


def _of(staged: Staged, table: pa.Table, rows: Integers) -> tuple[pa.Table, Integers]:
    """The rows of a table of values that belong to these golden contacts, and the position of each row's
    owner."""
    place = np.full(len(staged.prints), -1, np.int64)
    place[rows] = np.arange(len(rows))
    owner = place[staged.rows(table["cluster"])]
    wanted = np.flatnonzero(owner >= 0)
    return table.take(array(wanted)), owner[wanted]


def _named(staged: Staged, column: Any) -> Any:
    """A list column of contact numbers as a list column of their ids."""
    numbers = one(column)
    return lists(parents(numbers), take(staged.seeds, integers(numbers.flatten())), len(numbers))


def _provenance(staged: Staged, records: pa.Table) -> Any:
    """JSON of column → the source contact that its value was taken from, for each column with a value."""
    parts = []
    for field in FIELDS:
        source = take(staged.seeds, integers(records[f"{field}_from"]))
        for column in COLUMNS_OF[field]:
            said = pc.if_else(array(present(records[column])), source, pa.scalar(None, pa.string()))
            parts.append(_concat(f'"{column}":"', said, '"'))
    return _concat("{", joined(parts, ","), "}")


def _identifiers(staged: Staged, rows: Integers) -> Any:
    """JSON of [{"value", "source_contacts"}], sorted by value."""
    table, owner = _of(staged, staged.golden.identifiers, rows)
    contacts = pc.binary_join(_named(staged, table["contacts"]), '","')
    elements = _concat('{"value":', _quoted(table["value"]), ',"source_contacts":["', contacts, '"]}')
    return _joined("[", owner, elements, "]", len(rows))


def _preferences(staged: Staged, rows: Integers) -> Any:
    """JSON of channel → whether it is allowed."""
    table, owner = _of(staged, staged.golden.preferences, rows)
    allowed = take(pa.array(["false", "true"]), integers(one(table["allowed"]).cast(pa.int8())))
    elements = _concat("", _quoted(table["channel"]), ":", allowed, "")
    return _joined("{", owner, elements, "}", len(rows))


def _joined(begin: str, owner: Integers, elements: Any, end: str, count: int) -> Any:
    order = np.argsort(owner, kind="stable")
    return _concat(begin, pc.binary_join(lists(owner[order], take(elements, order), count), ","), end)


def _quoted(texts: Any) -> Any:
    """Each text as a JSON string; every distinct text is quoted once."""
    encoded = one(texts).dictionary_encode()
    quoted = pa.array([json.dumps(text) for text in encoded.dictionary.to_pylist()], pa.string())
    return take(quoted, integers(encoded.indices))


def _concat(*parts: Any) -> Any:
    """Texts and constants concatenated row by row; null where a column is null."""
    join: Callable[..., Any] = pc.binary_join_element_wise
    return join(*(pa.scalar(part) if isinstance(part, str) else part for part in parts), "")
