"""The fetcher of a provider that is declared in the configuration: no code of its own, the same guards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import jmespath

from dedupe.errors import ContractChanged
from dedupe.fetchers.ahead import Ahead
from dedupe.fetchers.declaration import Declaration, declaration_of, headers_of
from dedupe.fetchers.fetcher import (
    Connection,
    Cursor,
    Found,
    Mode,
    Page,
    Start,
    WalkFacts,
    found_by_id,
    refuse_repeated,
)
from dedupe.fetchers.given import text_of, time_of
from dedupe.fetchers.http import Api
from dedupe.fetchers.mapping import extended, found
from dedupe.fetchers.settings import SourceSettings
from dedupe.model import GivenContact, Kind

_OVERLAP = timedelta(minutes=10)
_MOST_PAGES = 1_000_000


@dataclass(frozen=True)
class Declared:
    """One account of a declared provider."""

    settings: SourceSettings
    declared: Declaration
    version: str = "declared-1"

    @property
    def volatile(self) -> frozenset[str]:
        return frozenset(self.declared.volatile)

    @property
    def modes(self) -> frozenset[Mode]:
        incremental = self.declared.since_param and self.declared.updated_at
        return frozenset({Mode.FULL, Mode.CHANGED} if incremental else {Mode.FULL})

    def connection(self) -> Connection:
        headers = headers_of(self.declared, self.settings.secrets)
        return Connection(self.settings.base_url or self.declared.base_url, headers, self.declared.limit)

    def fetch(self, api: Api, start: Start) -> Iterator[Page]:
        state: Cursor = start.cursor or {
            "at": self.declared.first_page if self.declared.paging == "page" else 0,
            "next": None,
            "since": self._since(start),
            "ids": [],
            "ordered": True,
            "pages": 0,
        }
        begun, numbered = state, self.declared.paging == "page"
        with Ahead(api, lambda number: self._asked(api, {**begun, "at": number})) as ahead:
            while True:
                body = ahead.take(state["at"], self._last(state)) if numbered else self._asked(api, state)
                rows = self._rows(body)
                state, done = self._behind(api, state, rows, body)
                yield Page(rows, state, done)
                if done:
                    return

    def judge(self, facts: WalkFacts) -> str | None:
        if facts.cursor.get("problem"):
            return str(facts.cursor["problem"])
        if not facts.cursor.get("ordered", True):
            return "order broken"
        counts = [
            facts.cursor[key] for key in ("count_first", "count_last") if facts.cursor.get(key) is not None
        ]
        if not counts or facts.cursor.get("since") is not None:
            return None
        agrees = any(min(counts) <= ids <= max(counts) for ids in (facts.unique, facts.unique_in_run))
        return None if agrees else "count disagreed"

    def external_id(self, payload: Any) -> str | None:
        return text_of(self._find("id", payload))

    def changed_at(self, payload: Any) -> datetime | None:
        return time_of(self._find("updated_at", payload)) if self.declared.updated_at else None

    def find(self, api: Api, external_id: str) -> Found:
        if not self.declared.one:
            return Found()
        answer = found_by_id(api, self.declared.one, external_id, None)
        return Found(self._find("one_row", answer.payload), answer.gone) if answer.payload else answer

    def read(self, payload: Any) -> GivenContact:
        return extended({"kind": Kind.PERSON}, payload, self.settings.mapping)

    def _find(self, expression: str, value: Any) -> Any:
        return found(jmespath.compile(getattr(self.declared, expression)), value)

    def _asked(self, api: Api, state: Cursor) -> Any:
        return api.get(self.declared.path, self._params(state), self._rows).body

    def _last(self, state: Cursor) -> int:
        """The page behind the last one, by the count; this one where nobody knows."""
        count, size = state.get("count_last"), state.get("size", 0)
        return self.declared.first_page - (-count // size) if count and size else int(state["at"])

    def _rows(self, body: Any) -> list[Any]:
        rows = self._find("rows", body)
        if not isinstance(rows, list):
            where = f"{self.settings.name}: an answer has no list at options.rows = {self.declared.rows!r}"
            raise ContractChanged(where + _keys(body))
        return rows

    def _since(self, start: Start) -> str | None:
        if start.mode is not Mode.CHANGED or start.since is None:
            return None
        moment = (start.since - _OVERLAP).astimezone(UTC)
        if self.declared.since_format == "unix":
            return str(int(moment.timestamp()))
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _params(self, state: Cursor) -> list[tuple[str, str | int]]:
        own = self.declared
        if own.paging == "link" and state["next"] is not None:
            return [(key, value) for key, value in state["next"]]
        params: list[tuple[str, str | int]] = list(own.params.items())
        if own.size_param:
            params.append((own.size_param, own.size))
        if own.paging in ("page", "offset"):
            params.append((own.page_param if own.paging == "page" else own.offset_param, state["at"]))
        if own.paging == "cursor" and state["next"] is not None:
            params.append((own.cursor_param, state["next"]))
        if state["since"] is not None:
            params.append((own.since_param, state["since"]))
        return params

    def _behind(self, api: Api, state: Cursor, rows: list[Any], body: Any) -> tuple[Cursor, bool]:
        ids = [self.external_id(row) for row in rows]
        refuse_repeated(self.settings.name, state["ids"], ids)
        behind = {**state, "ids": ids, "pages": state["pages"] + 1, **self._order(state, rows)}
        behind["size"] = max(len(rows), state.get("size", 0))
        if self.declared.count:
            count = text_of(self._find("count", body))
            behind["count_last"] = int(count) if count is not None and count.isdigit() else None
            behind.setdefault("count_first", behind["count_last"])
        if behind["pages"] >= _MOST_PAGES:
            behind["problem"] = "more pages than any source has"
            return behind, True
        return self._onward(api, behind, rows, body)

    def _onward(self, api: Api, state: Cursor, rows: list[Any], body: Any) -> tuple[Cursor, bool]:
        """Where the next page is, and whether there is none: an empty page, no next, or no more."""
        paging = self.declared.paging
        more = self._find("more", body) if self.declared.more else None
        if paging == "none":
            return state, True
        if paging in ("page", "offset"):
            step = 1 if paging == "page" else len(rows)
            return {**state, "at": state["at"] + step}, not rows or more is False
        following = self._find("next", body)
        if more is not None and bool(more) != (following is not None):
            raise ContractChanged(
                f"{self.settings.name}: {self.declared.more} and {self.declared.next} disagree"
            )
        if following is None or following == "":
            return {**state, "next": None}, True
        onward = [list(pair) for pair in api.linked(str(following))] if paging == "link" else str(following)
        if onward == state["next"]:
            raise ContractChanged(f"{self.settings.name}: a cursor leads to itself")
        return {**state, "next": onward}, False

    def _order(self, state: Cursor, rows: list[Any]) -> dict[str, Any]:
        if not self.declared.order:
            return {}
        keys = [
            _sortable(self._find("order", row)) for row in rows if self.external_id(row) not in state["ids"]
        ]
        keys = [key for key in keys if key is not None]
        last = state.get("last")
        seen = [*([last] if last is not None else []), *keys]
        alike = len({type(key) for key in seen}) <= 1
        ordered = not alike or all(one <= two for one, two in pairwise(seen))
        return {"ordered": state["ordered"] and ordered, "last": keys[-1] if keys else last}


def _keys(body: Any) -> str:
    """What an answer has instead, for whoever is writing the declaration; nothing that may be a value."""
    if isinstance(body, list):
        return '; it is a list itself: rows = "@"'
    found = [key for key in body if re.fullmatch(r"[A-Za-z_]{1,30}", key)] if isinstance(body, dict) else []
    return f"; it has {', '.join(found[:10])}" if found else ""


def _sortable(value: Any) -> float | str | None:
    """Numbers as numbers, times as seconds, other texts as they are."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    moment = time_of(value)
    return moment.timestamp() if moment is not None else text_of(value)


def declared_provider(settings: SourceSettings) -> Declared:
    return Declared(settings, declaration_of(settings))
