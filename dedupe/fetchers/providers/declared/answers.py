"""The content of a declared provider's answers: contacts, their ids, and the total count."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import jmespath

from dedupe.errors import ContractChanged
from dedupe.fetchers.fetcher import Cursor
from dedupe.fetchers.given import text_of, time_of
from dedupe.fetchers.http.client import Api
from dedupe.fetchers.http.exchange import Reply
from dedupe.fetchers.http.request import Request
from dedupe.fetchers.ids import id_of
from dedupe.fetchers.mapping import found
from dedupe.fetchers.providers.declared.bodies import keyed_rows
from dedupe.fetchers.providers.declared.declaration import Declaration
from dedupe.fetchers.providers.declared.expressions import found_value, number


class AnswerRows(NamedTuple):
    """An answer and the contacts in it."""

    reply: Reply
    rows: list[Any]


@dataclass(frozen=True)
class Answers:
    """Reads a source's answers by its declaration."""

    source: str
    declared: Declaration

    def asked(self, api: Api, request: Request) -> AnswerRows:
        """Request a page; see `Api.ask` for its errors."""
        reply = api.ask(request, self.rows)
        return AnswerRows(reply, self.rows(reply))

    def rows(self, reply: Reply) -> list[Any]:
        """The contacts of an answer. Raises ContractChanged where there is no list of them."""
        own, value = self.declared, found_value(self.declared.rows, reply).value
        if own.key_as and isinstance(value, dict):
            return keyed_rows(value, own.key_as)
        if isinstance(value, list) and not (own.key_as and value):  # some write {} as []
            return value
        what = "object of contacts by id" if own.key_as else "list"
        where = f"{self.source}: an answer has no {what} at options.rows = {own.rows!r}"
        raise ContractChanged(where + _keys(reply.body))

    def ids(self, rows: list[Any]) -> list[str | None]:
        return [self.id(row) for row in rows]

    def id(self, row: Any) -> str | None:
        return id_of(found(self._id, row))

    @cached_property
    def _id(self) -> Any:
        return jmespath.compile(self.declared.id)

    def counted(self, state: Cursor, reply: Reply) -> Cursor:
        """The count at the start and now, and how much it has moved; `uncounted`: it is missing now."""
        if not self.declared.count:
            return {}
        count = number(found_value(self.declared.count, reply).value)
        if count is None:
            return {"uncounted": True, "count_first": state.get("count_first")}
        before = state.get("count_last")
        moved = 0 if before is None else abs(count - before)
        return {
            "uncounted": False,
            "count_first": state.get("count_first", count),
            "count_last": count,
            "changes": state.get("changes", 0) + (moved > 0),
            "motion": state.get("motion", 0) + moved,
        }

    def in_order(self, state: Cursor, fresh: list[Any]) -> Cursor:
        """Whether new contacts are in the declared order, and the sort key of the last one."""
        if not self.declared.order:
            return {}
        order = jmespath.compile(self.declared.order)
        keys = [key for row in fresh if (key := _sortable(found(order, row))) is not None]
        last = state.get("last")
        seen = [*([last] if last is not None else []), *keys]
        alike = len({type(key) for key in seen}) <= 1
        kept = not alike or all(one <= two for one, two in pairwise(seen))
        return {"ordered": state.get("ordered", True) and kept, "last": keys[-1] if keys else last}


def _keys(body: Any) -> str:
    """The keys that an answer has instead, for the author of the declaration; never anything that may be a
    value."""
    if isinstance(body, list):
        return '; it is a list itself: rows = "@"'
    if not isinstance(body, dict) or not body:
        return ""
    if all(isinstance(value, dict) for value in body.values()):  # its keys may be names
        return '; it holds objects only: if their keys are ids, rows = "@" and key_as = "id"'
    found = [key for key in body if re.fullmatch(r"[A-Za-z_]{1,30}", key)]
    return f"; it has {', '.join(found[:10])}" if found else ""


def _sortable(value: Any) -> float | str | None:
    """Numbers as numbers, times as seconds, other texts as they are."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    moment = time_of(value)
    return moment.timestamp() if moment is not None else text_of(value)
