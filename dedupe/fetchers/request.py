"""One request to a provider: what is asked for, by which method, and how the answer's bytes are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, unquote_plus, urljoin, urlsplit

import httpx

from dedupe.fetchers.answers import host_of
from dedupe.fetchers.sent import parse_json

Params = Mapping[str, str | int] | Sequence[tuple[str, str | int]]
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """GET, or POST where there is a body. `path` may hold a query of its own: it is sent as it stands.

    `from_root`: the path begins at the host, not behind the path of the base address.
    """

    path: str
    params: Params = ()
    json: Any = None
    form: str | None = None
    from_root: bool = False
    read: Callable[[bytes], Any] = parse_json  # ValueError for what it can't read
    format: str = "JSON"  # the name of what it reads

    @property
    def method(self) -> str:
        return "GET" if self.json is None and self.form is None else "POST"

    @property
    def content(self) -> bytes | None:
        if self.form is not None:
            return self.form.encode()
        return None if self.json is None else json.dumps(self.json, ensure_ascii=False).encode()

    @property
    def headers(self) -> dict[str, str]:
        if self.method == "GET":
            return {}
        return {"Content-Type": _JSON if self.form is None else _FORM}

    def address(self, base_url: str, secret: Mapping[str, str]) -> str:
        """Where it goes; queries are put behind one another, and none is lost."""
        root = base_url if not self.from_root else origin_of(base_url)
        path, _, own = self.path.partition("?")
        items = self.params.items() if isinstance(self.params, Mapping) else self.params
        query = str(httpx.QueryParams([*items, *secret.items()]))
        whole = "&".join(part for part in (own, query) if part)
        return f"{root.rstrip('/')}/{path.lstrip('/')}" + (f"?{whole}" if whole else "")


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def same_host(link: str, base_url: str) -> SplitResult | None:
    """The parts of a link; None when it leads to another host, port or scheme, or is none."""
    try:
        parts, base = urlsplit(link), urlsplit(base_url)
        there = (parts.scheme or base.scheme, host_of(parts) if parts.netloc else host_of(base))
        return parts if there == (base.scheme, host_of(base)) else None
    except ValueError:
        return None


def path_behind(link: str, asked: str, without: Mapping[str, str]) -> str | None:
    """Path and query that a link leads to from the address that was asked; None for what can't be one.

    The query stays as it was written, less the parameters named in `without`: a provider that repeats our
    secret in its link would have it written down.
    """
    try:
        parts = urlsplit(urljoin(asked, link))
        kept = [one for one in parts.query.split("&") if unquote_plus(one.partition("=")[0]) not in without]
        behind = (parts.path or "/") + (f"?{'&'.join(kept)}" if any(kept) else "")
        httpx.URL(origin_of(asked) + behind)
    except (ValueError, httpx.InvalidURL):
        return None
    return behind
