"""pyarrow as this room uses it. Its published stubs know neither most kernels nor how arrays mix with
NumPy's, so arrays and tables are `Any` to the type checker within the room; the doors (`contacts.py`) are
typed."""

from typing import Any, TypeAlias

import pyarrow
import pyarrow.compute

pa: Any = pyarrow
pc: Any = pyarrow.compute
Array: TypeAlias = Any
Table: TypeAlias = Any
Struct: TypeAlias = pyarrow.StructType
DataType: TypeAlias = pyarrow.DataType
