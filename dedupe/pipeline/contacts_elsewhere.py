"""Live contacts as an engine of other memories has read them, brought to the state of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers
from dedupe.engines.engine import BatchFunction, Numbers
from dedupe.golden.judged_values import JudgedValue, judged


def _nobody() -> Numbers:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class ContactsElsewhere:
    """`rows`: CONTACTS with the id of the source contact (`id`), numbered as they were read, where the engine
    holds them. `left_out`: the numbers of those that are gone since, rising."""

    rows: Any
    left_out: Numbers = field(default_factory=_nobody)

    def without(self, positions: Numbers, size: int) -> ContactsElsewhere:
        """As if the contacts at these positions among the `size` that were left had not been read."""
        read = np.delete(np.arange(size + len(self.left_out), dtype=np.int64), self.left_out)
        return replace(self, left_out=np.sort(np.concatenate([self.left_out, read[positions]])))

    def brought(self, values: Sequence[JudgedValue]) -> BatchFunction:
        """What makes some of the rows those of the run: who stays, numbered anew, with values as people
        judged them."""
        left_out = self.left_out  # by itself: rows can't travel

        def of_the_run(rows: pa.Table) -> pa.Table:
            read = integers(rows.column("contact"))
            stays = ~np.isin(read, left_out)
            number = read[stays] - np.searchsorted(left_out, read[stays])
            rows, at = rows.filter(pa.array(stays)), rows.schema.get_field_index("contact")
            rows = rows.set_column(at, rows.schema.field(at), pa.array(number))
            return judged(rows, values, rows.column("id"))

        return of_the_run
