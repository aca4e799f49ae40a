"""One request to a provider: its path and parameters, its method, and the parser of its body."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from dedupe.fetchers.http.raw_json import parse_json
from dedupe.fetchers.http.urls import Params, joined, origin_of

_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Request:
    """GET, or POST where there is a body and no other `verb`. `path` may hold a query, which is sent as it
    stands.

    `from_root`: the path starts at the host, not after the path of the base URL.
    """

    path: str
    params: Params = ()
    json: Any = None
    form: str | None = None
    from_root: bool = False
    read: Callable[[bytes], Any] = parse_json  # ValueError for what it can't read
    format: str = "JSON"  # the name of what it reads
    verb: str = ""
    once: bool = False  # sent again only where the answer says that it was not taken (429)

    @property
    def method(self) -> str:
        if self.verb:
            return self.verb
        return "GET" if self.json is None and self.form is None else "POST"

    @property
    def content(self) -> bytes | None:
        if self.form is not None:
            return self.form.encode()
        return None if self.json is None else json.dumps(self.json).encode()

    @property
    def headers(self) -> dict[str, str]:
        if self.method == "GET":
            return {}
        return {"Content-Type": _JSON if self.form is None else _FORM}

    def address(self, base_url: str, secret: Mapping[str, str]) -> str:
        """The URL of the request, with `secret` added to its query."""
        root = origin_of(base_url) if self.from_root else base_url
        own = self.params.items() if isinstance(self.params, Mapping) else self.params
        return joined(root, self.path, [*own, *secret.items()])
