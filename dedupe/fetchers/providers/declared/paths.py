"""Values put into a JSON body by path: `query.value`, `filters[0].value`."""

from __future__ import annotations

import re
from typing import Any

_PATH = re.compile(r"[^.\[\]]+(?:\[\d{1,3}\])*(?:\.[^.\[\]]+(?:\[\d{1,3}\])*)*")
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
Body = dict[str, Any]


def is_path(path: str) -> bool:
    return _PATH.fullmatch(path) is not None


def put(body: Body, path: str, value: Any) -> Body:
    """A body with the value at the path; objects and lists on the way are made."""
    steps: list[str | int] = [int(index) if index else name for index, name in _STEP.findall(path)]
    changed = _put(body, steps, value)
    assert isinstance(changed, dict)
    return changed


def _put(within: Any, steps: list[str | int], value: Any) -> Any:
    if not steps:
        return value
    first, rest = steps[0], steps[1:]
    if isinstance(first, str):
        content = within if isinstance(within, dict) else {}
        return {**content, first: _put(content.get(first), rest, value)}
    items = list(within) if isinstance(within, list) else []
    items += [None] * (first + 1 - len(items))
    items[first] = _put(items[first], rest, value)
    return items
