"""What is made while what was made before it is being used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, TypeVar

Item = TypeVar("Item")
_END: Any = object()


def made_ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items; a thread of its own makes the next one while the last one is in use."""
    coming = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        following = thread.submit(next, coming, _END)
        while (item := following.result()) is not _END:
            following = thread.submit(next, coming, _END)
            yield item


def in_blocks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """The same items, so many at a time."""
    coming = iter(items)
    while block := list(islice(coming, size)):
        yield block
