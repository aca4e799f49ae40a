"""The memory of a process: its own at its highest, and a limit that holds for it and all that it reads."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

GIGABYTE = 1 << 30
_EVERY = 0.05  # seconds between two looks (chosen)
_GROUPS = Path("/sys/fs/cgroup")
_FILES = ("memory.max", "memory/memory.limit_in_bytes")  # of the second and the first kind of control groups


@dataclass
class Highest:
    """Bytes of anonymous memory at most: pages of files, which the system takes back, are not among them."""

    anonymous: int = 0


@contextmanager
def watched() -> Iterator[Highest]:
    """Look at this process's anonymous memory until the end."""
    found, ended = Highest(), threading.Event()

    def look() -> None:
        while not ended.wait(_EVERY):
            found.anonymous = max(found.anonymous, anonymous())

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        ended.set()
        watcher.join()
        found.anonymous = max(found.anonymous, anonymous())


def anonymous(process: int | str = "self") -> int:
    """Bytes of anonymous memory of a process."""
    told = re.search(r"RssAnon:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    return int(told[1]) << 10 if told else 0


@contextmanager
def control_group(limit: int) -> Iterator[Path]:
    """A control group of so many bytes, pages of files that its processes read and write among them.

    Gives the file that takes the numbers of processes. Raises OSError where this user may make none."""
    named = next((name for name in _FILES if _has(name)), _FILES[0])
    group = (_GROUPS / named).parent / f"contact-dedupe-{os.getpid()}"
    group.mkdir()
    try:
        (group / Path(named).name).write_text(str(limit))
        yield group / "cgroup.procs"
    finally:
        group.rmdir()


def _has(name: str) -> bool:
    """The first kind has the file at its root, the second in groups below the root alone."""
    return (_GROUPS / name).exists() or (name == _FILES[0] and (_GROUPS / "cgroup.controllers").exists())
