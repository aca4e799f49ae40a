"""The requests of a declared provider's walk: their common parameters, and where the position goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from dedupe.fetchers.http.request import Request
from dedupe.fetchers.providers.declared.bodies import reader
from dedupe.fetchers.providers.declared.credentials import plain_params
from dedupe.fetchers.providers.declared.declaration import SINCE, Declaration
from dedupe.fetchers.providers.declared.paths import put
from dedupe.fetchers.settings import SourceSettings

_OVERLAP = timedelta(minutes=10)


class DeclaredRequests:
    """Makes the requests of one source. `since`: the moment from which changes are requested, as sent."""

    def __init__(self, declared: Declaration, settings: SourceSettings, since: str | None = None) -> None:
        self._declared, self._settings, self._since = declared, settings, since

    def numbered(self, number: int, size: int) -> Request:
        """The request for a page by number, from 1, at `size` contacts a page."""
        own = self._declared
        if own.paging == "page":
            return self._page({own.page_param: own.first_page + number - 1})
        return self._page({own.offset_param: (number - 1) * size})

    def followed(self, following: Any) -> Request:
        """The request for the page at a cursor or a link; the first page for None."""
        if following is None:
            return self._page({})
        if self._declared.paging == "cursor":
            return self._page({self._declared.cursor_param: following})
        return self._made(self._with_own_query(str(following)), {}, {}, from_root=True)

    def one(self) -> str:
        """The path of a single contact, with `{id}` in it and the query of `url`."""
        query = self._declared.path.partition("?")[2]
        return self._declared.one + (("&" if "?" in self._declared.one else "?") + query if query else "")

    def _page(self, place: dict[str, Any]) -> Request:
        own = self._declared
        sized = {own.size_param: own.size} if own.size_param else {}
        changed = {own.since_param: self._since} if own.since_param and self._since is not None else {}
        given = {**sized, **place, **changed}
        if own.method == "post":
            return self._made(own.path, plain_params(own), {**self._written_out, **given})
        return self._made(own.path, {**plain_params(own), **self._written_out, **given}, {})

    def _made(
        self, path: str, params: dict[str, Any], body: dict[str, Any], *, from_root: bool = False
    ) -> Request:
        own = self._declared
        json = self._json(body) if own.method == "post" else None
        return Request(path, params, json, from_root=from_root, read=reader(own), format=own.format.upper())

    def _json(self, given: dict[str, Any]) -> dict[str, Any]:
        made = dict(self._declared.body)
        for path, value in given.items():
            made = put(made, path, value)
        place, _, path = self._declared.auth.partition(":")
        return put(made, path, self._settings.secrets.get("token", "")) if place == "body" else made

    @cached_property
    def _written_out(self) -> dict[str, Any]:
        """The `since` option with the moment filled in; empty when everything is requested."""
        moment = self._since
        return (
            {}
            if moment is None
            else {key: _dated(value, moment) for key, value in self._declared.since.items()}
        )

    def _with_own_query(self, link: str) -> str:
        """The link's request, with the query of `url` added, which belongs on every page."""
        path, _, query = link.partition("?")
        there = {name for name, _ in parse_qsl(query, keep_blank_values=True)}
        own = self._declared.path.partition("?")[2]
        missing = [part for part in own.split("&") if part and _name(part) not in there]
        return path + ("?" if query or missing else "") + "&".join([*([query] if query else []), *missing])


def since_text(declared: Declaration, since: datetime) -> str:
    """The moment from which changes are requested, slightly before the last known one."""
    moment = (since - _OVERLAP).astimezone(UTC)
    if declared.since_format == "iso":
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(int(moment.timestamp()) * (1000 if declared.since_format == "unix_ms" else 1))


def _name(part: str) -> str:
    return next((name for name, _ in parse_qsl(part, keep_blank_values=True)), "")


def _dated(value: Any, moment: str) -> Any:
    if isinstance(value, str):
        return value.replace(SINCE, moment)
    if isinstance(value, dict):
        return {key: _dated(one, moment) for key, one in value.items()}
    return [_dated(one, moment) for one in value] if isinstance(value, list) else value
