"""Memory that is free goes back to the system, which allocators put off."""

from __future__ import annotations

import ctypes

import pyarrow as pa


def give_memory_back() -> None:
    """Normalizing works in the system's pool, Arrow in its own, and NumPy by the C library."""
    for pool in (pa.system_memory_pool(), pa.default_memory_pool()):
        pool.release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc; others have none
    if trim is not None:
        trim(0)
