"""The engine behind digital99 and livedesk: pages of fifteen by number, no order unless one is asked for."""

from __future__ import annotations

import json
from abc import abstractmethod
from itertools import groupby
from typing import Any, ClassVar

from dedupe.simulators.json_bytes import encoded
from dedupe.simulators.population.payloads import Payload
from dedupe.simulators.providers.chatwoot_webhooks import ContactEvent, Subscription, created, send, updated
from dedupe.simulators.server.http import Response, SimulatedRequest
from dedupe.simulators.server.payload_store import KeyOf
from dedupe.simulators.server.simulator import Simulator

PAGE = 15
_NULL = "\U0010ffff"  # Postgres sorts nulls last


def _text(value: Any) -> str:
    return _NULL if value is None else str(value)


def _about(key: str) -> KeyOf:
    return lambda payload: (_text((payload.get("additional_attributes") or {}).get(key)),)


def _field(key: str) -> KeyOf:
    return lambda payload: (_text(payload.get(key)),)


def _time(key: str) -> KeyOf:
    return lambda payload: (payload.get(key) or 1 << 62,)


ORDERS: dict[str, KeyOf] = {
    "id": lambda payload: (payload["id"],),
    "created_at": _time("created_at"),
    "last_activity_at": _time("last_activity_at"),
    "name": _field("name"),
    "email": _field("email"),
    "phone_number": _field("phone_number"),
    "company": _about("company_name"),
    "company_name": _about("company_name"),
    "city": _about("city"),
    "country": _about("country"),
}


class ChatwootSimulator(Simulator):
    """`events` are those of contacts that were made or changed since `subscribe`, the oldest first, until
    they are taken from there; `deliver` sends one."""

    account: ClassVar[str]
    orders: ClassVar[dict[str, KeyOf]] = ORDERS
    eager: ClassVar[tuple[str, ...]] = ("id", "created_at")
    window: ClassVar[tuple[int, float]] = (3000, 60.0)
    verb: ClassVar[str]  # of a change
    destroys: ClassVar[bool]  # whether single attributes can be taken away

    _subscription: Subscription | None = None

    def subscribe(self, url: str, secret: str) -> None:
        """From now on what happens is told there."""
        self.events: list[ContactEvent] = []
        self._subscription = Subscription(url, secret)

    def deliver(self, event: ContactEvent, *, late: float = 0.0) -> int:
        """Send an event, signed as of now or so many seconds ago; gives the status of the answer.

        Raises RuntimeError before `subscribe`.
        """
        if self._subscription is None:
            raise RuntimeError("nobody has subscribed")
        return send(self._subscription, event, self.clock() - late)

    def insert(self, payload: Payload | None = None) -> str:
        external_id = super().insert(payload)
        if self._subscription is not None:
            self.events.append(created(self.account, self._here(external_id), self.now()))
        return external_id

    def edit(self, external_id: str, /, **changes: Any) -> None:
        with self.guard:
            before = self.store.get(external_id)
            super().edit(external_id, **changes)
            if self._subscription is not None and before is not None:
                moment = self.now()
                event = updated(self.account, before, self._here(external_id), moment, moment)
                self.events += [event] if event else []

    def _here(self, external_id: str) -> Payload:
        payload = self.store.get(external_id)
        assert payload is not None
        return payload

    @abstractmethod
    def direction(self, request: SimulatedRequest) -> tuple[str, bool]:
        """The sort key of the request and whether it is descending."""

    @abstractmethod
    def meta(self, count: int, page: str | None) -> Payload: ...

    @staticmethod
    def is_listed(payload: Payload) -> bool:
        return bool(payload.get("email") or payload.get("phone_number") or payload.get("identifier"))

    @staticmethod
    def touched(payload: Payload, microseconds: int) -> None:
        """Nothing to write: this provider shows no time of change."""

    @staticmethod
    def scribble(payload: Payload, text: str) -> Payload:
        return {"custom_attributes": (payload.get("custom_attributes") or {}) | {"note": text}}

    def listing(self, request: SimulatedRequest) -> Response:
        if self.faults.nth("timeout-422"):
            message = "The request took too long to complete. Please try again."
            return Response(422, encoded({"message": message, "attributes": []}))
        asked = request.parameter("page")
        with self.store.lock:
            rows = self._sorted(request)
            count = len(rows) + int(self.faults.number("count-off") or 0)
            chosen = self._page(self.reach(rows), request)
            meta = encoded(self.meta(count, asked))
            body = self.page_json(chosen)
        if request.parameter("include_contact_inboxes") == "false":
            body = _without_inboxes(body)
        return Response(200, b'{"meta":' + meta + b',"payload":' + body + b"}")

    def _sorted(self, request: SimulatedRequest) -> list[Any]:
        key, descending = self.direction(request)
        if self.faults.on("sort-ignored") or (key not in self.orders and self.faults.on("unordered")):
            entries = list(self._labelled(request, self.store.order("id")))
            self.random.shuffle(entries)
            return entries
        if key not in self.orders:
            return self._labelled(request, self.store.order("id"))
        entries = self._labelled(request, self.store.order(key))
        if self.faults.on("unstable-ties"):
            entries = self._ties_shuffled(entries)
        return entries[::-1] if descending else entries

    def _ties_shuffled(self, entries: list[Any]) -> list[Any]:
        shuffled: list[Any] = []
        for _, tied in groupby(entries, key=lambda entry: entry[0]):
            group = list(tied)
            self.random.shuffle(group)
            shuffled += group
        return shuffled

    def _labelled(self, request: SimulatedRequest, entries: list[Any]) -> list[Any]:  # noqa: ARG002 - livedesk filters
        return entries

    def _page(self, entries: list[Any], request: SimulatedRequest) -> list[int]:
        number = 1 if self.faults.on("page-ignored") else page_number(request.parameter("page"))
        size = self._size(request)
        start = (number - 1) * (size - self.faults.on("boundary-twice"))
        every = int(self.faults.number("short-pages") or 0)
        if every:  # each of these pages lacks a third, and what follows moves up
            short = (number - 1) // every * (size // 3)
            start -= short
            size -= size // 3 if number % every == 0 else 0
        return [row for _, row in entries[start : start + size]]

    def _size(self, request: SimulatedRequest) -> int:
        asked = request.parameter("page_size") or ""
        if self.faults.text("page-size") == "honoured" and asked.isdigit():
            return min(max(int(asked), 1), 100)
        return PAGE

    def one(self, request: SimulatedRequest, external_id: str) -> Response:  # noqa: ARG002 - nothing to choose
        payload = self.store.get(external_id)
        if payload is None:
            return self.error(404, "Resource could not be found")
        return Response(200, encoded({"payload": payload}))

    def change(self, request: SimulatedRequest, what: str) -> Response:
        """Attributes that are sent are merged with those that are there."""
        external_id, _, action = what.partition("/")
        payload, body = self.store.get(external_id), json.loads(request.body or b"{}")
        if payload is None or (action and not self.destroys):
            return self.error(404, "Resource could not be found")
        if request.method != ("POST" if action else self.verb):
            return self.error(405, "Method not allowed")
        held, sent = payload.get("custom_attributes") or {}, body.get("custom_attributes")
        if action == "destroy_custom_attributes" and isinstance(sent, list):
            left = {key: value for key, value in held.items() if key not in sent}
        elif not action and isinstance(sent, dict):
            left = sent if self.faults.on("attributes-replaced") else held | sent
        else:
            return self.error(422, "custom_attributes is invalid")
        if left != held:
            self.edit(external_id, custom_attributes=left)
        return Response(200, encoded({"payload": self._here(external_id)}))

    def throttled(self) -> Response:
        return Response(429, b"Retry later\n", "text/plain")

    def error(self, status: int, message: str, code: str = "") -> Response:  # noqa: ARG002 - it has none
        return Response(status, encoded({"error": message}))


def page_number(asked: str | None) -> int:
    """The requested page; 0, negative numbers and text mean the first."""
    if asked is None or not asked.strip().lstrip("+").isdigit():
        return 1
    return max(1, int(asked))


def _without_inboxes(body: bytes) -> bytes:
    rows = json.loads(body)
    for row in rows:
        row.pop("contact_inboxes", None)
    return encoded(rows)
