"""A payload prepared for storage: as sent, without what `never_store` names, and hashed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from dedupe.errors import OF_ALL, safe_message
from dedupe.fetchers.fetcher import Fetcher
from dedupe.fetchers.given import json_text
from dedupe.fetchers.http.raw_json import RawObject
from dedupe.fetchers.limits import NO_ID, fault_of, fault_of_id, shallow
from dedupe.fetchers.writeback_settings import unwritten

_SORTED = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)


class PreparedPayload(NamedTuple):
    """A payload to store. The content hash skips the fetcher's volatile fields."""

    external_id: str
    payload: str
    content_hash: bytes
    changed_at: datetime | None = None


class UnusablePayload(NamedTuple):
    """A payload that can't be stored as a contact: its id if it has one, what was sent, the reason; `bug`:
    the error of ours that caused it."""

    external_id: str | None
    payload: str
    reason: str
    bug: Exception | None = None


def prepare(fetcher: Fetcher, payload: Any) -> PreparedPayload | UnusablePayload:
    """Prepare one payload of any shape. One over our limits, or that hits a bug of ours, comes back as
    unusable; no other contact is affected."""
    external_id = None
    try:
        external_id = fetcher.external_id(payload)
        return _prepared(fetcher, payload, external_id)
    except OF_ALL:
        raise
    except Exception as bug:  # noqa: BLE001  told by its place, and the source's run fails by it
        return UnusablePayload(external_id, _written(fetcher, payload), safe_message(bug), bug)


def _prepared(fetcher: Fetcher, payload: Any, external_id: str | None) -> PreparedPayload | UnusablePayload:
    text = _written(fetcher, payload)
    fault = fault_of_id(external_id) or fault_of(payload, text)  # NO_ID comes first: walks are judged by it
    if external_id is None or fault is not None:
        return UnusablePayload(external_id, text, fault or NO_ID)
    return PreparedPayload(external_id, text, hash_of(fetcher, payload), fetcher.changed_at(payload))


def hash_of(fetcher: Fetcher, payload: Any) -> bytes:
    """The content hash, which leaves out what is never stored, is volatile, or was written by ourselves."""
    own = fetcher.settings
    return content_hash(without(unwritten(payload, own.writeback), own.never_store), fetcher.volatile)


def _written(fetcher: Fetcher, payload: Any) -> str:
    """As it was sent, less what is never stored; what is nested too deeply to be written anew ends there."""
    if isinstance(payload, RawObject) and not fetcher.settings.never_store and payload.text is not None:
        return payload.text
    return json_text(shallow(without(payload, fetcher.settings.never_store)))


def content_hash(payload: Any, volatile: frozenset[str]) -> bytes:
    """A hash that is equal for payloads with the same content, whatever the order of their keys."""
    if volatile and isinstance(payload, dict):
        payload = {key: value for key, value in payload.items() if key not in volatile}
    return hashlib.sha256(_SORTED.encode(payload).encode()).digest()


def without(payload: Any, paths: Sequence[str]) -> Any:
    """The payload without the paths, written `a.b` for objects and `a[].b` for each object of a list."""
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
