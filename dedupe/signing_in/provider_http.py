"""Requests to an OpenID provider: JSON within seconds, over TLS unless it is here, no redirects."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx

from dedupe.errors import ProviderUnavailable

WITHIN = 10.0  # seconds for an answer (chosen)
LARGEST = 1 << 20  # bytes of an answer (chosen)


def is_safe(url: str) -> bool:
    """Whether a secret may go there: https, or this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme == "https" and host:
        return True
    with suppress(ValueError):
        return parts.scheme == "http" and ipaddress.ip_address(host).is_loopback
    return parts.scheme == "http" and host == "localhost"


def fetch_json(
    method: str, url: str, headers: Mapping[str, str] | None = None, body: str | None = None
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object of the answer. Raises ProviderUnavailable, which never repeats what was
    answered."""
    if not is_safe(url):
        raise ProviderUnavailable("an address of the OpenID provider is not https")
    until = time.monotonic() + WITHIN
    sent = {"Accept": "application/json", **(headers or {})}
    try:
        with (
            httpx.Client(timeout=WITHIN / 2, follow_redirects=False) as client,
            client.stream(method, url, headers=sent, content=body) as answer,
        ):
            content = _content(answer, until)
    except httpx.HTTPError as error:
        raise ProviderUnavailable(f"the OpenID provider doesn't answer ({type(error).__name__})") from None
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ProviderUnavailable(f"the OpenID provider answers no JSON object (status {answer.status_code})")
    return answer.status_code, found


def _content(answer: httpx.Response, until: float) -> bytes:
    content = bytearray()
    for part in answer.iter_bytes():
        content += part
        if len(content) > LARGEST or time.monotonic() > until:
            raise ProviderUnavailable("the OpenID provider's answer is too long or too slow")
    return bytes(content)
