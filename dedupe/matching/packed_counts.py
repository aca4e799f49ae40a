"""All that is counted of some contacts in one table, so that their features are looked at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers
from dedupe.matching import counts_in_parts as parts
from dedupe.matching import users_in_parts as users
from dedupe.matching.contested_mailboxes import SAID, said_of_mailboxes
from dedupe.matching.features.types import Features, Flags

SCHEMAS: dict[str, pa.Schema] = {
    "counted": parts.COUNTED,
    "named": parts.NAMED,
    "regional": parts.REGIONAL,
    "middles": parts.MIDDLE,
    "holders": users.HOLDERS,
    "born": users.BORN,
    "told": SAID,
}
"""The tables that are packed."""
_CONTACT, _WHAT = "contact", "what"
_NUMBERS = tuple(f"n{place}" for place in range(5))
PACKED = pa.schema([(name, pa.int64()) for name in (_WHAT, _CONTACT, *_NUMBERS)])

_OF: Mapping[str, Callable[[Features], pa.Table]] = {
    "counted": parts.counted,
    "named": lambda features: parts.full_names_of(features, np.ones(features.size, dtype=bool), 1),
    "regional": parts.regional,
    "middles": parts.middle_names,
    "holders": users.holders,
    "born": users.born,
    "told": said_of_mailboxes,
}


def packed_counts(features: Features, names: Iterable[str]) -> pa.Table:
    """PACKED of these tables about the contacts."""
    return pa.concat_tables(_packed(name, _OF[name](features)) for name in names)


def packed_back(features: Features, whose: Flags) -> pa.Table:
    """PACKED of what is to be taken back of the names of these contacts."""
    taken = {
        "counted": parts.words_of_names(features, whose, -1),
        "named": parts.full_names_of(features, whose, -1),
    }
    return pa.concat_tables(_packed(name, rows) for name, rows in taken.items())


def unpacked_sql(name: str) -> str:
    """A statement over `packed` (PACKED): one of the tables."""
    columns = [
        f"p.{packed} AS {column}" for packed, column in zip(_columns(name), SCHEMAS[name].names, strict=True)
    ]
    return f"SELECT {', '.join(columns)} FROM packed p WHERE p.{_WHAT} = {list(SCHEMAS).index(name)}"


def _columns(name: str) -> list[str]:
    """The packed column of each column of a table."""
    free = iter(_NUMBERS)
    return [_CONTACT if column == _CONTACT else next(free) for column in SCHEMAS[name].names]


def _packed(name: str, rows: pa.Table) -> pa.Table:
    nothing = np.zeros(len(rows), dtype=np.int64)
    found = dict.fromkeys(PACKED.names, nothing)
    found[_WHAT] = np.full(len(rows), list(SCHEMAS).index(name), dtype=np.int64)
    for packed, column in zip(_columns(name), SCHEMAS[name].names, strict=True):
        found[packed] = integers(rows.column(column))
    return pa.table({column: pa.array(values) for column, values in found.items()}, schema=PACKED)
