"""AskElephant v2: `GET /api/v2/contacts`, newest change first, with a cursor that names a contact."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from functools import partial
from typing import Any, ClassVar

from dedupe.simulators.json_bytes import encoded
from dedupe.simulators.population.payloads import Payload, iso
from dedupe.simulators.providers.times import microseconds
from dedupe.simulators.server.http import Response, SimulatedRequest
from dedupe.simulators.server.payload_store import Key, KeyOf
from dedupe.simulators.server.simulator import Simulator

MOST, USUAL = 100, 25
_ORDERS = {"updated_at:asc": False, "updated_at:desc": True}
_INDEXED = re.compile(r"filter\[crm_associations\]\[eq\]\[(\d+)\]\[(id|object_type)\]")
_TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
}


class _Refused(Exception):
    """A query that is answered 400; holds the parameter."""

    def __init__(self, parameter: str, message: str) -> None:
        self.parameter = parameter
        super().__init__(message)


def _by_change(payload: Payload, step: int = 1) -> Key:
    moment = microseconds(payload["updated_at"])
    return (moment - moment % step, str(payload["id"]))


class AskelephantSimulator(Simulator):
    provider: ClassVar[str] = "askelephant"
    path: ClassVar[str] = "/api/v2/contacts"
    window: ClassVar[tuple[int, float]] = (600, 60.0)
    orders: ClassVar[dict[str, KeyOf]] = {"updated_at": _by_change}
    eager: ClassVar[tuple[str, ...]] = ("updated_at",)

    def __init__(self, *given: Any, **options: Any) -> None:
        self._handed_out: OrderedDict[str, Key] = OrderedDict()
        self._moved: dict[str, str] = {}
        super().__init__(*given, **options)

    @property
    def credentials(self) -> dict[str, str]:
        return {"token": f"sk-apik_{self.secret}"}

    @property
    def headers(self) -> dict[str, str]:
        raw = self.faults.text("auth") == "raw"
        return {"Authorization": f"{'' if raw else 'Bearer '}sk-apik_{self.secret}"}

    def refusal(self, request: SimulatedRequest) -> Response | None:
        """Accept both forms of the token, unless a fault demands one of them."""
        given, token = request.headers.get("authorization", ""), f"sk-apik_{self.secret}"
        accepted = {"bearer": (f"Bearer {token}",), "raw": (token,)}.get(
            self.faults.text("auth") or "both", (f"Bearer {token}", token)
        )
        return (
            None
            if given in accepted
            else self.error(401, "The token is missing or not valid", "unauthorized")
        )

    def error(self, status: int, message: str, code: str = "") -> Response:
        title = _TITLES.get(status, "Internal Server Error")
        problem = {
            "type": f"https://docs.askelephant.ai/errors/{code or 'error'}",
            "title": title,
            "status": status,
            "detail": message,
            "request_id": f"req_{self.faults.requests:012d}",
            "errors": [],
        }
        return Response(status, encoded(problem), "application/problem+json", {"X-Api-Version": "v2"})

    @staticmethod
    def touched(payload: Payload, microseconds: int) -> None:
        payload["updated_at"] = iso(microseconds, "milliseconds")

    @staticmethod
    def renaming(name: str) -> Payload:
        first, _, last = name.partition(" ")
        return {"first_name": first, "last_name": last or None}

    @staticmethod
    def scribble(payload: Payload, text: str) -> Payload:  # noqa: ARG004 - needs no look at the rest
        return {"description": text}

    def listing(self, request: SimulatedRequest) -> Response:
        try:
            limit, descending = self._limit(request), self._descending(request)
            with self.store.lock:
                entries = self._between(request)
                if cap := int(self.faults.number("capped") or 0):
                    entries = entries[-cap:] if descending else entries[:cap]
                start = self._start(request, entries, descending=descending)
                wanted = self._wanted(request)
                rows, more = self._page(entries, start, limit, wanted, descending=descending)
                return self._answer(rows, more=more)
        except _Refused as refused:
            response = self.error(400, str(refused), "invalid_parameter")
            problem = json.loads(response.body)
            problem["errors"] = [{"parameter": refused.parameter, "message": str(refused)}]
            response.body = encoded(problem)
            return response

    def _limit(self, request: SimulatedRequest) -> int:
        asked = request.parameter("limit") or str(USUAL)
        if not asked.isdigit() or int(asked) < 1:
            raise _Refused("limit", "limit is a number from 1 to 100")
        if int(asked) > MOST and self.faults.text("limit") == "refused":
            raise _Refused("limit", "limit is a number from 1 to 100")
        return min(int(asked), MOST)

    def _descending(self, request: SimulatedRequest) -> bool:
        asked = request.parameter("order_by") or "updated_at:desc"
        if asked not in _ORDERS:
            raise _Refused("order_by", f"order_by is one of: {', '.join(_ORDERS)}")
        return _ORDERS[asked]

    def _step(self) -> int:
        return int((self.faults.number("ties") or 0) * 1_000_000) or 1

    def _entries(self) -> list[tuple[Key, int]]:
        step = self._step()
        if step == 1:
            return self.store.order("updated_at")
        return self.store.order(f"updated_at/{step}", partial(_by_change, step=step))

    def _between(self, request: SimulatedRequest) -> list[tuple[Key, int]]:
        """The contacts within the bounds on updated_at, oldest change first."""
        entries = self._entries()
        if self.faults.on("filters-ignored"):
            return entries
        first, last = 0, len(entries)
        for operator in ("gt", "gte", "lt", "lte"):
            name = f"filter[updated_at][{operator}]"
            text = request.parameter(name)
            if text is None:
                continue
            try:
                bound = microseconds(text)
            except ValueError:
                raise _Refused(name, f"{name} is an ISO 8601 moment in UTC") from None
            side = bisect_right if operator in ("gt", "lte") else bisect_left
            place = side(entries, bound, key=lambda entry: entry[0][0])
            if operator.startswith("g"):
                first = max(first, place)
            else:
                last = min(last, place)
        return entries[first : max(first, last)] if (first, last) != (0, len(entries)) else entries

    def _start(self, request: SimulatedRequest, entries: list[tuple[Key, int]], *, descending: bool) -> int:
        """The number of contacts in the order before the page."""
        cursor = request.parameter("cursor")
        if not cursor or self.faults.on("page-ignored"):
            return 0
        key = self._anchor(cursor)
        twice = self.faults.on("boundary-twice")
        side = bisect_left if twice is not descending else bisect_right
        place = side(entries, key, key=lambda entry: entry[0])
        return len(entries) - place if descending else place

    def _anchor(self, cursor: str) -> Key:
        """The position of the cursor's contact: where it was when the page was sent, or where it is now,
        by the fault."""
        try:
            external_id = str(json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))["id"])
        except (ValueError, KeyError, TypeError):
            raise _Refused("cursor", "cursor is not valid") from None
        how = self._moved.get(external_id)
        refused = self.faults.nth("cursor-refused") or how == "refused"
        now = self.store.get(external_id)
        key = self._handed_out.get(external_id)
        if key is None or how == "skip":
            key = _by_change(now, self._step()) if now else key
        if refused or key is None:
            raise _Refused("cursor", "cursor is not valid any more")
        return key

    def _wanted(self, request: SimulatedRequest) -> Any:
        """A test for the contacts that the request filters by, or None without a filter."""
        search = (request.parameter("search") or "").casefold()
        pairs = crm_associations(request)
        if self.faults.on("filters-ignored") or not (search or pairs):
            return None
        return lambda payload: _found(payload, search) and (not pairs or _associated(payload, pairs))

    def _page(
        self, entries: list[tuple[Key, int]], start: int, limit: int, wanted: Any, *, descending: bool
    ) -> tuple[list[int], bool]:
        rows: list[int] = []
        for place in range(start, len(entries)):
            row = entries[-1 - place if descending else place][1]
            if wanted is None or wanted(self.store.payload(row)):
                if len(rows) == limit:
                    return rows, True
                rows.append(row)
        return rows, False

    def _answer(self, rows: list[int], *, more: bool) -> Response:
        cursor = None
        if more:
            last = self.store.payload(rows[-1])
            external_id = str(last["id"])
            cursor = urlsafe_b64encode(encoded({"id": external_id})).decode().rstrip("=")
            self._hand_out(external_id, _by_change(last, self._step()))
        if self.faults.on("has-more-disagrees") and more:
            cursor = None
        tail = encoded({"has_more": more, "next_cursor": cursor})
        body = b'{"object":"list","data":' + self.page_json(rows) + b"," + tail[1:]
        response = Response(200, body, headers={"X-Api-Version": "v2"})
        if cursor:
            self._move(external_id)
        return response

    def _move(self, external_id: str) -> None:
        """Edit the cursor's contact where the fault says so."""
        how = self.faults.text("anchor-moved")
        if how is None:
            self._moved.pop(external_id, None)
        else:
            self._moved[external_id] = how
            self._scribble(external_id)

    def _hand_out(self, external_id: str, key: Key) -> None:
        self._handed_out[external_id] = key
        self._handed_out.move_to_end(external_id)
        while len(self._handed_out) > 10_000:
            self._handed_out.popitem(last=False)

    def one(self, request: SimulatedRequest, external_id: str) -> Response:  # noqa: ARG002 - nothing to choose
        payload = self.store.get(external_id)
        if payload is None:
            return self.error(404, "No such contact", "not_found")
        return Response(200, encoded(payload), headers={"X-Api-Version": "v2"})

    def with_faults(self, payload: Payload) -> Payload:
        step = self._step()
        if step > 1:
            payload["updated_at"] = iso(_by_change(payload, step)[0], "milliseconds")
        return payload


def _found(payload: Payload, search: str) -> bool:
    name = f"{payload.get('first_name') or ''} {payload.get('last_name') or ''}".casefold()
    emails = (str(email.get("email")).casefold() for email in payload.get("emails") or ())
    return search in name or any(search in email for email in emails)


def _associated(payload: Payload, pairs: list[tuple[str, str]]) -> bool:
    association = payload.get("crm_association") or {}
    return (str(association.get("id")), association.get("object_type")) in pairs


def crm_associations(request: SimulatedRequest) -> list[tuple[str, str]]:
    """(id, object_type) pairs from indexed brackets or from a JSON array; 400 on anything else."""
    name = "filter[crm_associations][eq]"
    indexed: dict[str, dict[str, str]] = {}
    for key, value in request.query:
        if match := _INDEXED.fullmatch(key):
            indexed.setdefault(match[1], {})[match[2]] = value
    found: list[Any] = list(indexed.values())
    if text := request.parameter(name):
        try:
            found += json.loads(text)
        except (ValueError, TypeError):
            raise _Refused(name, "not a JSON array") from None
    if len(found) > 20:
        raise _Refused(name, "at most 20 objects")
    if not all(isinstance(item, dict) and {"id", "object_type"} <= set(item) for item in found):
        raise _Refused(name, "each object has an id and an object_type")
    if any(item["object_type"] != "contact" for item in found):
        raise _Refused(name, "object_type must be contact")
    return [(str(item["id"]), str(item["object_type"])) for item in found]
