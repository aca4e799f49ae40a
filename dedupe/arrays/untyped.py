"""pyarrow without its published type stubs, which lack most kernels and any mixing of its arrays with
NumPy's.

Arrays and tables are `Any` to the type checker where this is used; a room's public functions have types.
"""

from typing import Any, TypeAlias

import pyarrow
import pyarrow.compute

pa: Any = pyarrow
pc: Any = pyarrow.compute
Array: TypeAlias = Any
"""An Arrow array of any type, plain or chunked."""
Table: TypeAlias = Any
Struct: TypeAlias = pyarrow.StructType
DataType: TypeAlias = pyarrow.DataType
