"""Arrow's kernels, untyped: its stubs refuse most mixtures of scalars and arrays that it takes."""

from typing import Any, TypeAlias

import pyarrow.compute

pc: Any = pyarrow.compute

Column: TypeAlias = Any
"""An Arrow array, plain or chunked."""
