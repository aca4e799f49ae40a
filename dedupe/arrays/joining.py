"""Concatenation of text columns, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from dedupe.arrays.untyped import Array, pa, pc


def joined(columns: Sequence[Array], separator: str) -> Array:
    """The texts of each row that are not null, with `separator` between them; "" where all are null.

    Takes at least one column and gives as many rows as went in: Arrow's `null_handling="skip"` by itself
    drops rows in which every text is null (seen in pyarrow 26), so one of them is replaced by "" there.
    """
    spoken = reduce(pc.or_, map(pc.is_valid, columns))
    nothing = pc.if_else(spoken, pa.scalar(None, pa.string()), "")
    return pc.binary_join_element_wise(*columns, nothing, separator, null_handling="skip")
