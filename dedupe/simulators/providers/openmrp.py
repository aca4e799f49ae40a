"""OpenMRP: `GET /v1/messaging/contacts`, actors with relative links from page to page."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left
from typing import Any, ClassVar
from urllib.parse import urlencode

from dedupe.simulators.json_bytes import encoded
from dedupe.simulators.population.payloads import Payload
from dedupe.simulators.server.http import Response, SimulatedRequest
from dedupe.simulators.server.payload_store import Key, KeyOf
from dedupe.simulators.server.simulator import Simulator

MOST, USUAL = 100, 25
_KNOWN = ("cursor", "limit", "q", "include[]", "include")
_VERSIONS = ("openmrp-version", "augno-version")


class _Refused(Exception):
    """A query that is answered 400; holds the parameter and the error's code."""

    def __init__(self, parameter: str, code: str, message: str) -> None:
        self.parameter, self.code = parameter, code
        super().__init__(message)


class OpenmrpSimulator(Simulator):
    provider: ClassVar[str] = "openmrp"
    path: ClassVar[str] = "/v1/messaging/contacts"
    window: ClassVar[tuple[int, float]] = (20, 1.0)
    orders: ClassVar[dict[str, KeyOf]] = {"id": lambda payload: (str(payload["id"]),)}
    eager: ClassVar[tuple[str, ...]] = ("id",)

    @property
    def credentials(self) -> dict[str, str]:
        return {"token": self.secret}

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}", "OpenMRP-Version": "1.0.forge-preview.1"}

    def refusal(self, request: SimulatedRequest) -> Response | None:
        if request.headers.get("authorization") != f"Bearer {self.secret}":
            return self.error(401, "The API key is missing or not valid", "unauthorized")
        if self.faults.on("version-required") and not any(map(request.headers.get, _VERSIONS)):
            return self.error(400, "The version header is required", "version_required")
        return None

    def error(self, status: int, message: str, code: str = "", param: str | None = None) -> Response:
        kinds = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error"}
        error = {
            "code": code,
            "type": kinds.get(status, "api_error"),
            "message": message,
            "param": param,
            "is_transient": status == 429 or status >= 500,
        }
        return Response(status, encoded({"error": error}))

    def throttled(self) -> Response:
        response = super().throttled()
        reset = str(max(1, round(self.limit.seconds_left() + 0.5)))
        limit = str(self.window[0])
        response.headers |= {"RateLimit-Limit": limit, "RateLimit-Remaining": "0", "RateLimit-Reset": reset}
        return response

    @staticmethod
    def touched(payload: Payload, microseconds: int) -> None:
        """Nothing to write: an actor has no times."""

    @staticmethod
    def scribble(payload: Payload, text: str) -> Payload:
        return {"avatar_url": f"https://cdn.openmrp.test/avatars/{payload['id']}.png?{text[5:]}"}

    def listing(self, request: SimulatedRequest) -> Response:
        try:
            self._check(request)
            limit = self._limit(request)
            with self.store.lock:
                entries = self._matching(request)
                start = self._start(request, entries)
                capped = self.faults.number("capped")
                if capped:  # the list is cut and page_info says nothing
                    start, limit = 0, int(capped)
                rows = [row for _, row in entries[start : start + limit]]
                info = {} if capped else self._page_info(request, entries, start, limit)
                self._expand = "role" in self._included(request)
                return self._answer(rows, info)
        except _Refused as refused:
            return self.error(400, str(refused), refused.code, refused.parameter)

    def _check(self, request: SimulatedRequest) -> None:
        for key, _ in request.query:
            if key not in _KNOWN:
                raise _Refused(key, "parameter_unknown", f"Received unknown parameter: {key}")
        for value in self._included(request):
            if value != "role":
                raise _Refused("include[]", "parameter_invalid", f"Cannot include {value}")

    @staticmethod
    def _included(request: SimulatedRequest) -> list[str]:
        return [value for key, value in request.query if key.startswith("include")]

    def _limit(self, request: SimulatedRequest) -> int:
        asked = request.parameter("limit") or str(USUAL)
        if not asked.isdigit() or int(asked) < 1:
            raise _Refused("limit", "parameter_invalid", "limit is a positive number")
        if int(asked) > MOST and self.faults.text("limit") == "refused":
            raise _Refused("limit", "parameter_invalid", f"limit is at most {MOST}")
        return min(int(asked), MOST)

    def _matching(self, request: SimulatedRequest) -> list[tuple[Key, int]]:
        entries, q = self.store.order("id"), (request.parameter("q") or "").casefold()
        if not q or self.faults.on("filters-ignored"):
            return entries
        return [(key, row) for key, row in entries if _found(self.store.payload(row), q)]

    def _start(self, request: SimulatedRequest, entries: list[tuple[Key, int]]) -> int:
        cursor = request.parameter("cursor")
        if not cursor or self.faults.on("page-ignored"):
            return 0
        if self.faults.nth("cursor-refused"):
            raise _Refused("cursor", "cursor_invalid", "The cursor is not valid any more")
        try:
            key = (str(json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))["from"]),)
        except (ValueError, KeyError, TypeError):
            raise _Refused("cursor", "cursor_invalid", "The cursor is not valid") from None
        return bisect_left(entries, key, key=lambda entry: entry[0])

    def _page_info(
        self, request: SimulatedRequest, entries: list[tuple[Key, int]], start: int, limit: int
    ) -> dict[str, Any]:
        end, before = start + limit, max(0, start - limit)
        twice = self.faults.on("boundary-twice")
        following = self._link(request, entries[end - twice][0]) if end < len(entries) else None
        previous = self._link(request, entries[before][0]) if start else None
        if following and self.faults.on("poisoned-next"):
            following = self.decoy_url + following
        elif following and self.faults.on("absolute-next"):
            following = self.url + following
        return {
            "next_page_url": following,
            "previous_page_url": previous,
            "has_next_page": following is not None,
            "has_prev_page": previous is not None,
        }

    def _link(self, request: SimulatedRequest, key: Key) -> str:
        cursor = urlsafe_b64encode(encoded({"from": key[0]})).decode().rstrip("=")
        others = [(name, value) for name, value in request.query if name != "cursor"]
        return f"{self.path}?{urlencode([*others, ('cursor', cursor)])}"

    def _answer(self, rows: list[int], info: dict[str, Any]) -> Response:
        nothing = {
            "next_page_url": None,
            "previous_page_url": None,
            "has_next_page": False,
            "has_prev_page": False,
        }
        head = encoded({"object": "list", "page_info": nothing | info})
        return Response(200, head[:-1] + b',"data":' + self.page_json(rows) + b"}")

    def page_json(self, rows: list[int]) -> bytes:
        if self._expand:
            return super().page_json(rows)
        return encoded([row | {"role": None} for row in json.loads(super().page_json(rows))])

    def with_faults(self, payload: Payload) -> Payload:
        if self.faults.on("handles-null"):
            payload["handle"] = None
        return payload

    def one(self, request: SimulatedRequest, external_id: str) -> Response:  # noqa: ARG002 - asks for nothing else
        payload = self.store.get(external_id) if self.faults.on("one-by-id") else None
        if payload is not None:
            return Response(200, encoded(self.with_faults(payload)))
        return self.error(404, "No such address: contacts can only be listed", "not_found")


def _found(payload: Payload, q: str) -> bool:
    return q in str(payload.get("name") or "").casefold() or q in str(payload.get("handle") or "").casefold()
