"""Where a request goes: the base address of a source, a path on it, a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlsplit

Params = Mapping[str, str | int] | Sequence[tuple[str, str | int]]
Query = list[tuple[str, Any]]


def joined(base_url: str, path: str, params: Params | None) -> tuple[str, Query]:
    """The address without a query, and the whole query: what stands in `path` first, then `params`.

    httpx drops the query of an address as soon as it is given parameters, were it an empty list.
    """
    place, _, text = path.partition("#")[0].partition("?")
    own: Query = [*parse_qsl(text, keep_blank_values=True)]
    given = params.items() if isinstance(params, Mapping) else params or ()
    return f"{base_url.rstrip('/')}/{place.lstrip('/')}", [*own, *given]


def mistaken_base_url(base_url: str) -> str | None:
    """What is wrong with the address that every path is put behind, or None."""
    try:
        parts = urlsplit(base_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if host is None or parts.scheme not in ("http", "https") or base_url != base_url.strip():
        return "base_url: an address such as https://api.example.org"
    if "?" in base_url or "#" in base_url:
        return "base_url: without ? and #: paths are put behind it, so a query there would reach nobody"
    if parts.username is not None or parts.password is not None:
        return "base_url: without user and password: secrets are named by a variable or a file"
    return None


def leads_elsewhere(link: str, base_url: str) -> bool:
    """Whether a link that a provider handed out leads to another host, port or scheme."""
    try:
        parts, base = urlsplit(link), urlsplit(base_url)
        if not parts.netloc and not parts.scheme:
            return False
        return (parts.scheme or base.scheme, _host_of(parts)) != (base.scheme, _host_of(base))
    except ValueError:  # no address at all
        return True


def _host_of(parts: SplitResult) -> tuple[str | None, int | None]:
    return parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
