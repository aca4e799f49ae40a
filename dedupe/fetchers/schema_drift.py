"""Schema drift: how a source's payloads looked in the last complete run, and what has changed since.

A profile is a JSON object: `rows`, and for each key (one level into objects) the number of rows that have
it by shape: `value`, `list`, `object` or `empty`. Free-form objects are skipped. A key that doesn't look
like a field's name isn't counted: it may be a value, and there may be any number of them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_FREE = frozenset({"custom_attributes", "custom_fields", "metadata", "properties"})
_NAME = re.compile(r"[^\W\d][\w.$-]{0,59}")
# all limits are chosen
_MOST = 2000  # keys; a source that has more makes them of its values
_ENOUGH = 20  # rows, on both sides, below which nothing is concluded
_USUAL = 0.05  # a key filled less often is not missed
_EMPTY = "empty"
_ALWAYS = 0.95  # of the rows: a key that is always there, if only empty
_SAMPLE = 40  # rows of a page
_TOLD = 20  # new keys by their names
_EXPECTED = 8  # filled rows; where fewer are expected, none is no news
_LEFT = 0.5  # of the former share; less is drift


class Profile:
    """Counts keys and shapes of payloads; `before`: the stored profile of a walk that is resumed."""

    def __init__(
        self, volatile: frozenset[str] = frozenset(), before: Mapping[str, Any] | None = None
    ) -> None:
        self._volatile = volatile
        self._rows = int(before["rows"]) if before else 0
        self._shapes: Counter[tuple[str, str]] = Counter()
        for key, shapes in (before or {}).get("keys", {}).items():
            self._shapes.update({(key, shape): count for shape, count in shapes.items()})

    def add(self, payloads: Sequence[Any]) -> None:
        """Count a page; of a large one, a sample."""
        for payload in payloads[:: max(1, len(payloads) // _SAMPLE)]:
            if not isinstance(payload, dict):
                continue
            self._rows += 1
            for one in _shapes(payload, self._volatile):
                if one in self._shapes or len(self._shapes) < _MOST:
                    self._shapes[one] += 1

    def content(self) -> dict[str, Any]:
        keys: dict[str, dict[str, int]] = {}
        for (key, shape), count in sorted(self._shapes.items()):
            keys.setdefault(key, {})[shape] = count
        return {"rows": self._rows, "keys": keys}


def drift(before: Mapping[str, Any], now: Mapping[str, Any], *, partial: bool = False) -> list[str]:
    """The differences so large that the provider's contract must have changed; a sentence each, without
    values.

    `partial`: the walk wasn't whole. Contacts changed lately may all be of one kind (an import of phone
    numbers alone), so only keys that have vanished altogether count.
    """
    if min(before.get("rows", 0), now.get("rows", 0)) < _ENOUGH:
        return []
    if partial:
        return [
            f"{key} is there no more"
            for key in before["keys"]
            if "." not in key and _had(before, key) >= _ALWAYS and not _had(now, key)
        ]
    found = []
    for key, shapes in before["keys"].items():
        was, share = _share(before, key), _share(now, key)
        if was >= _USUAL and share < was * _LEFT and not _by_chance(was, share, before["rows"], now["rows"]):
            found.append(f"{key} is filled in {share:.0%} of the contacts, {was:.0%} in the last good run")
        elif share > 0 and was >= _USUAL and _main(shapes) != _main(now["keys"][key]):
            found.append(f"{key} is {_main(now['keys'][key])} now and was {_main(shapes)}")
    return found


def news(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Keys that were absent in the last complete run, for a note."""
    if not before.get("rows"):
        return []
    new = [key for key in now["keys"] if key not in before["keys"]]
    more = [f"{len(new) - _TOLD} more keys are new"] if len(new) > _TOLD else []
    return [f"{key} is new" for key in new[:_TOLD]] + more


def _by_chance(was: float, share: float, before: int, now: int) -> bool:
    """Whether so few may be chance: within four standard deviations (chosen), both runs counting as
    samples."""
    both = (was * before + share * now) / (before + now)
    deviation = math.sqrt(both * (1 - both) * (1 / before + 1 / now))
    return was - share < 4 * deviation or was * now < _EXPECTED


def _shapes(payload: Mapping[str, Any], volatile: frozenset[str]) -> Iterator[tuple[str, str]]:
    for key, value in payload.items():
        if key in volatile or not _NAME.fullmatch(key):
            continue
        yield key, _shape(value)
        if isinstance(value, dict) and key not in _FREE:
            for inner, item in value.items():
                if _NAME.fullmatch(inner):
                    yield f"{key}.{inner}", _shape(item)


def _shape(value: Any) -> str:
    if value in (None, "", [], {}):
        return _EMPTY
    return "object" if isinstance(value, dict) else "list" if isinstance(value, list) else "value"


def _share(profile: Mapping[str, Any], key: str) -> float:
    """The share of rows in which the key isn't empty."""
    filled = sum(count for shape, count in profile["keys"].get(key, {}).items() if shape != _EMPTY)
    return filled / profile["rows"] if profile["rows"] else 0.0


def _had(profile: Mapping[str, Any], key: str) -> float:
    """The number of rows that have the key, empty or not."""
    return sum(profile["keys"].get(key, {}).values()) / profile["rows"] if profile["rows"] else 0.0


def _main(shapes: Mapping[str, int]) -> str:
    """The commonest shape of the key where it isn't empty."""
    return max((shape for shape in shapes if shape != _EMPTY), key=lambda shape: shapes[shape])
