"""Whippy: `GET /v1/contacts`, ordered by name and id, by offset or by a cursor that anybody can build."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Any, ClassVar

from dedupe.simulators.json_bytes import encoded
from dedupe.simulators.population.payloads import Payload, iso
from dedupe.simulators.providers.times import microseconds
from dedupe.simulators.server.http import Response, SimulatedRequest
from dedupe.simulators.server.payload_store import Key, KeyOf
from dedupe.simulators.server.simulator import Simulator

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


def _by_name(key: Callable[[str | None, str], Key]) -> KeyOf:
    return lambda payload: key(
        None if payload.get("name") is None else str(payload["name"]), str(payload["id"])
    )


def _by_time(field: str) -> KeyOf:
    return lambda payload: (microseconds(payload[field]), str(payload["id"]))


class WhippySimulator(Simulator):
    provider: ClassVar[str] = "whippy"
    path: ClassVar[str] = "/v1/contacts"
    window: ClassVar[tuple[int, float]] = (25, 1.0)
    orders: ClassVar[dict[str, KeyOf]] = {
        **{name: _by_name(key) for name, key in _KEYS.items()},
        **{field: _by_time(field) for field in ("created_at", "updated_at")},
        "external_id": lambda payload: (payload.get("external_id") or "", str(payload["id"])),
    }
    eager: ClassVar[tuple[str, ...]] = ("name",)
    # what a change may name
    changeable: ClassVar[frozenset[str]] = frozenset(
        {"external_id", "name", "email", "phone", "address", "birth_date", "language"}
    )

    @property
    def credentials(self) -> dict[str, str]:
        return {"key": self.secret}

    @property
    def headers(self) -> dict[str, str]:
        return {"X-WHIPPY-KEY": self.secret}

    def refusal(self, request: SimulatedRequest) -> Response | None:
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

    def listing(self, request: SimulatedRequest) -> Response:
        try:
            limit, offset, cursor = (
                self._limit(request),
                request.parameter("offset"),
                request.parameter("cursor"),
            )
            if cursor and offset is not None:
                raise _Refused("cursor cannot be combined with offset")
            if request.parameter("name") is not None and (answer := self._unfiltered()) is not None:
                return answer
            with self.store.lock:
                rows, more, total = self._page(request, limit, offset, cursor)
                return self._answer(rows, more=more, total=total)
        except _Refused as refused:
            return self.error(422, str(refused))

    def _unfiltered(self) -> Response | None:
        """The answer to a filter by name, where a fault makes it something else than contacts."""
        if self.faults.text("name-filter") == "refused":
            raise _Refused("name is not a filter")
        return self.error(500, "internal error") if self.faults.text("name-filter") == "failed" else None

    def _limit(self, request: SimulatedRequest) -> int:
        limit = _whole(request.parameter("limit") or str(USUAL), "limit")
        if limit < 1 or (limit > MOST and self.faults.text("limit") == "refused"):
            raise _Refused(f"limit must be between 1 and {MOST}")
        return min(limit, MOST)

    def _page(
        self, request: SimulatedRequest, limit: int, offset: str | None, cursor: str | None
    ) -> tuple[list[int], bool, int]:
        """The rows of the page, whether more follow, and the number that match in all."""
        order = self._order()
        entries = self.reach(self._matching(request, order))
        total = len(entries)
        if self.faults.on("page-ignored"):
            offset = cursor = None
        start = _whole(offset or "0", "offset")
        if cursor:
            if self.faults.text("null-names") == "lost":  # in SQL no name is greater than null
                entries = [entry for entry in entries if not entry[0][0]]
            side = bisect_left if self.faults.on("boundary-twice") else bisect_right
            start = side(entries, self._position(cursor, order), key=lambda entry: entry[0])
        chosen = [row for _, row in entries[start : start + limit]]
        full = self.faults.on("full-last-page") and len(chosen) == limit
        return chosen, full or start + limit < len(entries), total

    def _matching(self, request: SimulatedRequest, order: str) -> list[tuple[Key, int]]:
        """The contacts that pass the request's filters, in order."""
        entries = self.store.order(order)
        if self.faults.on("filters-ignored"):
            return entries
        for key, value in request.query:
            if key.startswith(("created_at", "updated_at")):
                within = self._within(key, value)
                entries = [entry for entry in entries if entry[1] in within]
        without = {"name"} if self.faults.text("name-filter") == "ignored" else set()
        query = [(key, value) for key, value in request.query if key not in without]
        tests = [test for key, value in query if (test := _test(key, value))]
        if tests:
            payloads = ((entry, self.store.payload(entry[1])) for entry in entries)
            entries = [entry for entry, payload in payloads if all(test(payload) for test in tests)]
        return entries

    def _within(self, key: str, value: str) -> set[int]:
        """The rows whose time satisfies a bound such as `updated_at[after]`."""
        field, _, operator = key.rstrip("]").partition("[")
        if operator not in _OPERATORS:
            raise _Refused(f"{field} takes one of: {', '.join(_OPERATORS)}")
        try:
            bound = microseconds(value)
        except ValueError:
            raise _Refused(f"{field} is not a date") from None
        entries = self.store.order(field)
        side = bisect_right if _OPERATORS[operator] in ("gt", "lte") else bisect_left
        place = side(entries, bound, key=lambda entry: entry[0][0])
        chosen = entries[place:] if _OPERATORS[operator].startswith("g") else entries[:place]
        return {row for _, row in chosen}

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
        next_cursor = self._cursor(self.store.payload(rows[-1])) if more and rows else None
        metadata = encoded({"next_cursor": next_cursor})
        body = b'{"data":' + self.page_json(rows) + f',"total":{total},"metadata":'.encode() + metadata + b"}"
        return Response(200, body)

    def _cursor(self, payload: Payload) -> str:
        text = json.dumps({"name": payload["name"], "id": payload["id"]})
        cursor = urlsafe_b64encode(text.encode()).decode()
        return cursor if self.faults.on("padded-cursor") else cursor.rstrip("=")

    def one(self, request: SimulatedRequest, external_id: str) -> Response:  # noqa: ARG002 - nothing to choose
        payload = self.store.get(external_id)
        if payload is None:
            return self.error(404, "Contact not found")
        return Response(200, encoded({"data": payload}))

    def change(self, request: SimulatedRequest, what: str) -> Response:
        """The fields that are sent, less those that nobody may change; an `external_id` is unique."""
        if request.method != "PUT":
            return self.error(405, "Method not allowed")
        if (payload := self.store.get(what)) is None:
            return self.error(404, "Contact not found")
        sent = {k: v for k, v in json.loads(request.body or b"{}").items() if k in self.changeable}
        wanted = sent.get("external_id")
        if wanted is not None and self._holder(wanted) not in (None, what):
            return self.error(422, "external_id has already been taken")
        if any(payload.get(key) != value for key, value in sent.items()):
            self.edit(what, **sent)
        return Response(200, encoded({"data": self.store.get(what)}))

    def _holder(self, external_id: str) -> str | None:
        """The id of the contact that has this external id."""
        with self.store.lock:
            entries = self.store.order("external_id")
            place = bisect_left(entries, (external_id,), key=lambda entry: entry[0])
            found = entries[place][0] if place < len(entries) else None
        return str(found[1]) if found and found[0] == external_id else None

    def with_faults(self, payload: Payload) -> Payload:
        if self.faults.on("mixed-timestamps"):
            for number, key in enumerate(("created_at", "updated_at")):
                payload[key] = _other_format(payload[key], hash_of(payload["id"]) + number)
        return payload


def hash_of(external_id: str) -> int:
    return sum(external_id.encode())


def _other_format(moment: str, turn: int) -> str:
    """The moment in another format: naive, with Z, without microseconds, with an offset."""
    naive = moment.removesuffix("Z")
    whole = naive.partition(".")[0]
    return (naive, moment, f"{whole}Z" if naive.endswith(".000000") else naive, f"{naive}+00:00")[turn % 4]


def _whole(text: str, name: str) -> int:
    if not text.isdigit():
        raise _Refused(f"{name} must be a whole number")
    return int(text)


def _test(key: str, value: str) -> Any:
    """A test of a contact for one query parameter; None when the parameter isn't a filter."""
    if key in ("email", "phone"):
        return lambda payload: payload.get(key) == value
    if key == "name":
        wanted = None if value in ("nil", "null") else value
        return lambda payload: payload.get("name") == wanted
    if key.startswith("channels[]"):
        return lambda payload: payload.get("default_channel_id") == value
    return None
