"""What an answer says besides its contacts: when to retry, and a short code for what went wrong."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from dedupe.fetchers.given import time_of

_SECONDS = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{0,12})?")
_LONGEST_DATE = 100  # characters of a header that may be a time (chosen)


def retry_after(headers: httpx.Headers) -> float | None:
    """Seconds to wait by Retry-After, given as seconds or as a date (by the server's own clock)."""
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return max(0.0, float(text))
    until = date_of(text)
    if until is None:
        return None
    now = date_of(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (until - now).total_seconds())


def next_minute(_response: httpx.Response) -> float:
    """Seconds to the next full minute, for limits that are counted by the minute."""
    return 60 - time.time() % 60


def error_code(response: httpx.Response) -> str:
    """The short machine-readable code of an error's body; never a sentence, which may hold values."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return ""
    inner = body.get("error") if isinstance(body, dict) else None
    found = inner if isinstance(inner, dict) else body if isinstance(body, dict) else {}
    for key in ("code", "type", "error"):  # OAuth's token endpoints write {"error": "invalid_client"}
        code = str(found.get(key, "")).rsplit("/", 1)[-1]
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{1,50}", code):
            return code
    return ""


def transport_fault(error: httpx.HTTPError, base_url: str) -> str:
    """Why no whole answer came: the host can't be reached, or the answer was cut off or damaged."""
    if isinstance(error, httpx.DecodingError):
        return f"an answer could not be read whole: {error}"
    reason = re.sub(r"(?i)_|error", " ", type(error).__name__).strip()
    return f"can't be reached at {httpx.URL(base_url).netloc.decode()} ({reason})"


def date_of(text: str) -> datetime | None:
    """The date of a header; None for anything else, and for years in which no server can be."""
    if not (text.isascii() and len(text) < _LONGEST_DATE):
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):  # the library raises them all on odd texts
        return None
    return time_of(moment)


def certificate_fault(message: str) -> str:
    """What is wrong with a certificate, in brackets and OpenSSL's words: they name no value."""
    reason = re.search(r"certificate verify failed: ([A-Za-z ,'-]+)", message)
    return f" ({reason[1].strip()})" if reason else ""


_OF_CODING = frozenset({b"content-encoding", b"content-length", b"transfer-encoding"})


def with_body(response: httpx.Response, body: bytes) -> httpx.Response:
    """A finished streamed response together with its decoded body."""
    headers = [(name, value) for name, value in response.headers.raw if name.lower() not in _OF_CODING]
    return httpx.Response(response.status_code, headers=headers, content=body, request=response.request)
