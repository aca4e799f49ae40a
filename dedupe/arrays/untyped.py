"""pyarrow without its published type stubs, which know neither most kernels nor how arrays mix with NumPy's.

Arrays and tables are `Any` to the type checker where this is used; the doors of a room are typed.
"""

from typing import Any, TypeAlias

import pyarrow
import pyarrow.compute

pa: Any = pyarrow
pc: Any = pyarrow.compute
Array: TypeAlias = Any
"""An Arrow array of whatever type, plain or chunked."""
Table: TypeAlias = Any
Struct: TypeAlias = pyarrow.StructType
DataType: TypeAlias = pyarrow.DataType
