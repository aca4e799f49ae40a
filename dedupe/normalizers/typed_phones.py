"""Phone numbers that a person typed, read as those of contacts are."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from dedupe.arrays.distinct_values import combined
from dedupe.arrays.untyped import pa
from dedupe.normalizers.phones.cleaning import dialable
from dedupe.normalizers.phones.match_keys import keys_and_marks
from dedupe.normalizers.phones.normalize import Hints, read_numbers

Read: TypeAlias = tuple[str | None, tuple[str, ...], str | None, str | None]
"""Value, match keys, why there is none, and the less likely number that the same digits may be."""


def typed_phones(texts: Sequence[str], regions: Sequence[str | None]) -> list[Read]:
    """Each typed number as `queries.phone_query` reads it by itself, all of them at once."""
    cleaned = [dialable(text) for text in texts]
    refused = {at: (None, (), reason, None) for at, (_, reason, _) in enumerate(cleaned) if reason}
    rows = [at for at in range(len(texts)) if at not in refused]
    dialled = [cleaned[at][0] for at in rows]
    read = _read(dialled, [regions[at] for at in rows]) if rows else []
    found = refused | dict(zip(rows, read, strict=True))
    return [found[at] for at in range(len(texts))]


def _read(dialled: Sequence[str], regions: Sequence[str | None]) -> list[Read]:
    count = len(dialled)
    no = np.zeros(count, bool)
    hints = Hints([("source", pa.array(regions, pa.string()))], channel=no, international=no)
    table = read_numbers(np.arange(count), pa.array(dialled, pa.string()), hints)  # each of another contact
    read = {name: combined(table[name]) for name in table.column_names}
    keys, _ = keys_and_marks(read | {"national": pa.nulls(count, pa.string())}, frozenset())
    columns = (read["value"], keys, read["reason"], read["other"])
    return [
        (None, (), reason, None) if value is None else (value, tuple(of_value), None, other)
        for value, of_value, reason, other in zip(*(one.to_pylist() for one in columns), strict=True)
    ]
