"""Texts of several columns put together, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from dedupe.arrays.untyped import Array, pa, pc


def joined(columns: Sequence[Array], separator: str) -> Array:
    """Of each row the texts that are not null, `separator` between them; "" where all are null.

    As many rows as went in. Arrow's `null_handling="skip"` by itself drops the rows in which all is null
    (seen in pyarrow 26), so one of them is "" there. At least one column.
    """
    spoken = reduce(pc.or_, map(pc.is_valid, columns))
    nothing = pc.if_else(spoken, pa.scalar(None, pa.string()), "")
    return pc.binary_join_element_wise(*columns, nothing, separator, null_handling="skip")
