"""JSON as the providers send it."""

from __future__ import annotations

import json
from typing import Any

_as_text = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encoded(payload: Any) -> bytes:
    """UTF-8 JSON as the providers send it; a lone surrogate stays an escape."""
    try:
        return _as_text(payload).encode()
    except UnicodeEncodeError:
        return json.dumps(payload, separators=(",", ":")).encode()
