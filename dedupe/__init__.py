"""Finds who is who among the contacts of many providers and keeps one golden contact a person.

From Python: `dedupe.match(table)`, `dedupe.normalize(table)` and `dedupe.explain(left, right)`, on anything
that speaks Arrow (pyarrow, pandas, polars, DuckDB). Everything else is the command `dedupe`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dedupe.wiring.tables import explain, match, normalize

__version__ = "0.1.0"
__all__ = ["__version__", "explain", "match", "normalize"]


def __getattr__(name: str) -> Any:
    """The three are imported when first asked for: `import dedupe` alone costs nothing."""
    if name in ("explain", "match", "normalize"):
        from dedupe.wiring import tables

        return getattr(tables, name)
    raise AttributeError(f"module 'dedupe' has no attribute {name!r}")
