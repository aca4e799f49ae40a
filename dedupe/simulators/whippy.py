"""Whippy: `GET /v1/contacts`, ordered by name and id, by offset or by a cursor that anybody can build."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from typing import Any, ClassVar

from dedupe.simulators.http import Request, Response
from dedupe.simulators.shapes import Payload, iso
from dedupe.simulators.shelf import Key, KeyOf, encoded
from dedupe.simulators.simulator import Simulator
from dedupe.simulators.times import holds, microseconds

MOST, USUAL = 500, 50
_OPERATORS = {"after": "gt", "before": "lt", "gt": "gt", "gte": "gte", "lt": "lt", "lte": "lte"}


class _Refused(Exception):
    """A query that is answered 422."""


def _nulls_last(name: str | None, external_id: str) -> Key:
    return (name is None, name or "", external_id)


def _nulls_first(name: str | None, external_id: str) -> Key:
    return (name is not None, name or "", external_id)


def _folded(name: str | None, external_id: str) -> Key:
    return (name is None, (name or "").casefold(), external_id)


_KEYS = {"name": _nulls_last, "nulls first": _nulls_first, "folded": _folded}


class Whippy(Simulator):
    provider: ClassVar[str] = "whippy"
    path: ClassVar[str] = "/v1/contacts"
    window: ClassVar[tuple[int, float]] = (25, 1.0)
    orders: ClassVar[dict[str, KeyOf]] = {
        name: lambda payload, key=key: key(payload.get("name"), str(payload["id"]))  # type: ignore[misc]
        for name, key in _KEYS.items()
    }
    eager: ClassVar[tuple[str, ...]] = ("name",)

    @property
    def credentials(self) -> dict[str, str]:
        return {"key": self.secret}

    @property
    def headers(self) -> dict[str, str]:
        return {"X-WHIPPY-KEY": self.secret}

    def refusal(self, request: Request) -> Response | None:
        given = request.headers.get("x-whippy-key")
        return None if given == self.secret else self.error(401, "Unauthorized: invalid or missing API key")

    def error(self, status: int, message: str, code: str = "") -> Response:  # noqa: ARG002 - it has none
        return Response(status, encoded({"errors": [{"description": message}], "status": status}))

    def throttled(self) -> Response:
        response = super().throttled()
        left = int(self.limit.seconds_left() * 1000)
        response.headers["X-RateLimit-Remaining-Interval-Milliseconds"] = str(left)
        return response

    @staticmethod
    def touched(payload: Payload, microseconds: int) -> None:
        payload["updated_at"] = iso(microseconds)

    @staticmethod
    def renaming(name: str) -> Payload:
        first, _, last = name.partition(" ")
        return {"name": name, "first_name": first, "last_name": last or None}

    @staticmethod
    def scribble(payload: Payload, text: str) -> Payload:
        return {"contact_tags": [*(payload.get("contact_tags") or []), {"name": text}]}

    def listing(self, request: Request) -> Response:
        try:
            limit, offset, cursor = (
                self._limit(request),
                request.parameter("offset"),
                request.parameter("cursor"),
            )
            if cursor and offset is not None:
                raise _Refused("cursor cannot be combined with offset")
            with self.shelf.lock:
                rows, more, total = self._page(request, limit, offset, cursor)
                return self._answer(rows, more=more, total=total)
        except _Refused as refused:
            return self.error(422, str(refused))

    def _limit(self, request: Request) -> int:
        limit = _whole(request.parameter("limit") or str(USUAL), "limit")
        if limit < 1 or (limit > MOST and self.faults.text("limit") == "refused"):
            raise _Refused(f"limit must be between 1 and {MOST}")
        return min(limit, MOST)

    def _page(
        self, request: Request, limit: int, offset: str | None, cursor: str | None
    ) -> tuple[list[int], bool, int]:
        """Rows of the page, whether more follow, and how many match in all."""
        order = self._order()
        wanted = self._filters(request)
        entries = self.reach(self.shelf.order(order))
        if self.faults.on("page-ignored"):
            offset = cursor = None
        start = 0
        if cursor:
            side = bisect_left if self.faults.on("boundary-twice") else bisect_right
            start = side(entries, self._position(cursor, order), key=lambda entry: entry[0])
        if wanted is None:
            start += 0 if cursor else _whole(offset or "0", "offset")
            chosen = [row for _, row in entries[start : start + limit]]
            more, total = start + limit < len(entries), len(entries)
        else:
            matching = [row for _, row in entries[start:] if wanted(self.shelf.payload(row))]
            first = 0 if cursor else _whole(offset or "0", "offset")
            chosen, more = matching[first : first + limit], first + limit < len(matching)
            total = len(matching)
        if self.faults.text("null-names") == "lost" and more:
            more = bool(chosen) and self.shelf.payload(chosen[-1])["name"] is not None
        if cursor and self.faults.text("null-names") == "lost":
            chosen = [row for row in chosen if self.shelf.payload(row)["name"] is not None]
            more = more and len(chosen) == limit
        if self.faults.on("full-last-page"):
            more = more or len(chosen) == limit
        return chosen, more, total

    def _order(self) -> str:
        if self.faults.on("folded-order"):
            return "folded"
        return "nulls first" if self.faults.text("null-names") == "first" else "name"

    def _position(self, cursor: str, order: str) -> Key:
        if self.faults.nth("cursor-refused"):
            raise _Refused("cursor is invalid")
        try:
            data = json.loads(urlsafe_b64decode(cursor.rstrip("=") + "=" * (-len(cursor.rstrip("=")) % 4)))
            name, external_id = data["name"], str(data["id"])
        except (ValueError, KeyError, TypeError):
            raise _Refused("cursor is invalid") from None
        if name is not None and not isinstance(name, str):
            raise _Refused("cursor is invalid")
        return _KEYS[order](name, external_id)

    def _answer(self, rows: list[int], *, more: bool, total: int) -> Response:
        next_cursor = self._cursor(self.shelf.payload(rows[-1])) if more and rows else None
        metadata = encoded({"next_cursor": next_cursor})
        body = b'{"data":' + self.dressed(rows) + f',"total":{total},"metadata":'.encode() + metadata + b"}"
        return Response(200, body)

    def _cursor(self, payload: Payload) -> str:
        text = json.dumps({"name": payload["name"], "id": payload["id"]})
        cursor = urlsafe_b64encode(text.encode()).decode()
        return cursor if self.faults.on("padded-cursor") else cursor.rstrip("=")

    def _filters(self, request: Request) -> Any:
        """A test of a contact, or None when nothing is asked for."""
        if self.faults.on("filters-ignored"):
            return None
        tests = [test for key, value in request.query if (test := _filter(key, value))]
        return (lambda payload: all(test(payload) for test in tests)) if tests else None

    def one(self, request: Request, external_id: str) -> Response:  # noqa: ARG002 - nothing to choose
        payload = self.shelf.get(external_id)
        if payload is None:
            return self.error(404, "Contact not found")
        return Response(200, encoded({"data": payload}))

    def dress(self, payload: Payload) -> Payload:
        if self.faults.on("mixed-timestamps"):
            for number, key in enumerate(("created_at", "updated_at")):
                payload[key] = _other_format(payload[key], hash_of(payload["id"]) + number)
        return payload


def hash_of(external_id: str) -> int:
    return sum(external_id.encode())


def _other_format(moment: str, turn: int) -> str:
    """The same moment: naive, with Z, without microseconds, with an offset."""
    naive = moment.removesuffix("Z")
    whole = naive.partition(".")[0]
    return (naive, moment, f"{whole}Z" if naive.endswith(".000000") else naive, f"{naive}+00:00")[turn % 4]


def _whole(text: str, name: str) -> int:
    if not text.isdigit():
        raise _Refused(f"{name} must be a whole number")
    return int(text)


def _filter(key: str, value: str) -> Any:
    """A test of one contact for one query parameter; None when it isn't a filter."""
    if key in ("email", "phone"):
        return lambda payload: payload.get(key) == value
    if key == "name":
        wanted = None if value in ("nil", "null") else value
        return lambda payload: payload.get("name") == wanted
    if key.startswith("channels[]"):
        return lambda payload: payload.get("default_channel_id") == value
    field, _, operator = key.rstrip("]").partition("[")
    if field not in ("created_at", "updated_at"):
        return None
    if operator not in _OPERATORS:
        raise _Refused(f"{field} takes one of: {', '.join(_OPERATORS)}")
    try:
        bound = microseconds(value)
    except ValueError:
        raise _Refused(f"{field} is not a date") from None
    return lambda payload: holds(microseconds(payload[field]), _OPERATORS[operator], bound)
