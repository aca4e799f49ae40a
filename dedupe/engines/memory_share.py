"""How much memory joins may take where nobody said it: a share of what this process may use.

A container or a service unit has a limit of its own, below the machine's memory: who goes beyond is ended
without a word. Limits are those of Linux' control groups, of the first kind and the second
(https://docs.kernel.org/admin-guide/cgroup-v2.html); elsewhere the machine's memory counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil

SHARE = 4
"""A join takes one part of so many: features, pairs and what a batch makes of them take the others.
Chosen."""
MOST = 4 << 30
"""More makes no join quicker that is worth its memory. Chosen."""
_LEAST = 256 << 20

_PROC, _GROUPS = Path("/proc"), Path("/sys/fs/cgroup")


def of_joins(allowed: int) -> str:
    """Their memory as DuckDB writes it, where the process may use so many bytes."""
    return f"{max(min(allowed // SHARE, MOST), _LEAST) >> 20}MiB"


def allowed(proc: Path = _PROC, groups: Path = _GROUPS) -> int:
    """The bytes that this process may use: the machine's, or the lowest limit of its control groups."""
    return min([psutil.virtual_memory().total, *_limits(proc, groups)])


def _limits(proc: Path, groups: Path) -> Iterator[int]:
    try:
        lines = (proc / "self" / "cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if not controllers:
            yield from _above(groups, path, "memory.max")
            yield from _above(groups / "unified", path, "memory.max")
        elif "memory" in controllers.split(","):
            yield from _above(groups / "memory", path, "memory.limit_in_bytes")


def _above(root: Path, path: str, name: str) -> Iterator[int]:
    """The limits of a group and of those it is in; within a container its own may stand at the root."""
    here = root / path.lstrip("/")
    for folder in (here, *here.parents):
        if folder.is_relative_to(root):
            try:
                told = (folder / name).read_text().strip()
            except OSError:
                continue
            if told.isdecimal():  # "max": none
                yield int(told)
