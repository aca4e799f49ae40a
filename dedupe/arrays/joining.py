"""Texts of several columns put together, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute

_pc: Any = pyarrow.compute  # its stubs refuse most mixtures of scalars and arrays that it takes


def joined(columns: Sequence[Any], separator: str) -> Any:
    """Of each row the texts that are not null, `separator` between them; "" where all are null.

    As many rows as went in. Arrow's `null_handling="skip"` by itself drops the rows in which all is null
    (seen in pyarrow 26), so one of them is "" there. At least one column.
    """
    spoken = reduce(_pc.or_, map(_pc.is_valid, columns))
    nothing = _pc.if_else(spoken, pa.scalar(None, pa.string()), "")
    return _pc.binary_join_element_wise(*columns, nothing, separator, null_handling="skip")
