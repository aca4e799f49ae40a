"""URLs of requests: the base URL of a source, a path on it, a query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import SplitResult, unquote_plus, urljoin, urlsplit

import httpx

Params = Mapping[str, str | int] | Sequence[tuple[str, str | int]]


def joined(base_url: str, path: str, params: Sequence[tuple[str, str | int]]) -> str:
    """The URL of a path with `params`; a query in the path comes first, as it stands.

    httpx drops the query of a URL as soon as it is given parameters, even an empty list.
    """
    place, _, own = path.partition("#")[0].partition("?")
    query = "&".join(part for part in (own, str(httpx.QueryParams(list(params)))) if part)
    return f"{base_url.rstrip('/')}/{place.lstrip('/')}" + (f"?{query}" if query else "")


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def mistaken_base_url(base_url: str) -> str | None:
    """What is wrong with a base URL, or None."""
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
    """Whether a link that the provider gave leads to another host, port or scheme."""
    try:
        parts, base = urlsplit(link), urlsplit(base_url)
        if not parts.netloc and not parts.scheme:
            return False
        return (parts.scheme or base.scheme, _host_of(parts)) != (base.scheme, _host_of(base))
    except ValueError:  # no address at all
        return True


def path_behind(link: str, asked: str, without: Mapping[str, str]) -> str | None:
    """The path and query of a link, relative to the URL that was requested; None where it can't be a link.

    The query stays as written but for the parameters in `without`: a provider that repeats our secret in
    its link would have it stored.
    """
    try:
        parts = urlsplit(urljoin(asked, link))
        kept = [one for one in parts.query.split("&") if unquote_plus(one.partition("=")[0]) not in without]
        behind = (parts.path or "/") + (f"?{'&'.join(kept)}" if any(kept) else "")
        httpx.URL(origin_of(asked) + behind)
    except (ValueError, httpx.InvalidURL):
        return None
    return behind


def _host_of(parts: SplitResult) -> tuple[str | None, int | None]:
    return parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
