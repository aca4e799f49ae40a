"""A payload on its way into storage: as it was sent, less what is never stored, and hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from dedupe.fetchers.fetcher import Fetcher
from dedupe.fetchers.given import clean_text, json_text
from dedupe.fetchers.sent import Sent

_SORTED = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)


class Prepared(NamedTuple):
    """`external_id` is None when the payload shows none; the hash skips the fetcher's volatile fields."""

    external_id: str | None
    payload: str
    content_hash: bytes


def prepare(fetcher: Fetcher, payload: Any) -> Prepared:
    """As it goes into storage."""
    kept = without(payload, fetcher.settings.never_store)
    key = fetcher.external_id(payload)
    text = _as_sent(payload) if not fetcher.settings.never_store else None
    hashed = content_hash(kept, fetcher.volatile)
    return Prepared(clean_text(key) if key else None, json_text(kept) if text is None else text, hashed)


def _as_sent(payload: Any) -> str | None:
    return payload.text if isinstance(payload, Sent) else None


def content_hash(payload: Any, volatile: frozenset[str]) -> bytes:
    """Equal for payloads that say the same, whatever the order of their keys."""
    if volatile and isinstance(payload, dict):
        payload = {key: value for key, value in payload.items() if key not in volatile}
    return hashlib.sha256(_SORTED.encode(payload).encode()).digest()


def without(payload: Any, paths: Sequence[str]) -> Any:
    """The payload less the paths, written `a.b` for objects and `a[].b` for each object of a list."""
    for path in paths:
        payload = _dropped(payload, path.replace("[]", ".[]").split("."))
    return payload


def _dropped(value: Any, steps: Sequence[str]) -> Any:
    first, *rest = steps
    if first == "[]":
        if not isinstance(value, list):
            return value
        return [_dropped(item, rest) for item in value] if rest else []
    if not isinstance(value, Mapping) or first not in value:
        return value
    if not rest:
        return {key: item for key, item in value.items() if key != first}
    return {**value, first: _dropped(value[first], rest)}
