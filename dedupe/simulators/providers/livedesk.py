"""EngageLab LiveDesk: `GET /api/v2/accounts/contacts`, Basic credentials, `sort` and `direction`, labels."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import Any, ClassVar

from dedupe.simulators.population.payloads import Payload
from dedupe.simulators.providers.chatwoot import ChatwootSimulator
from dedupe.simulators.server.http import Response, SimulatedRequest

LABELS = ("customer", "lead", "vip")


class LivedeskSimulator(ChatwootSimulator):
    provider: ClassVar[str] = "livedesk"
    account: ClassVar[str] = "1"
    verb: ClassVar[str] = "PATCH"
    destroys: ClassVar[bool] = False
    path: ClassVar[str] = "/api/v2/accounts/contacts"

    @property
    def credentials(self) -> dict[str, str]:
        return {"api_key": self.secret[:16], "api_secret": self.secret[16:]}

    @property
    def headers(self) -> dict[str, str]:
        pair = f"{self.secret[:16]}:{self.secret[16:]}".encode()
        return {"Authorization": f"Basic {b64encode(pair).decode()}"}

    def refusal(self, request: SimulatedRequest) -> Response | None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            pair = b64decode(given, validate=True)
        except NotBase64:
            pair = b""
        if scheme.lower() == "basic" and pair == f"{self.secret[:16]}:{self.secret[16:]}".encode():
            return None
        return self.error(401, "Unauthorized, Token is invalid or missing")

    def direction(self, request: SimulatedRequest) -> tuple[str, bool]:
        return request.parameter("sort") or "", request.parameter("direction") == "desc"

    def meta(self, count: int, page: str | None) -> Payload:
        return {"count": count, "current_page": 1 if page is None else page}

    def _labelled(self, request: SimulatedRequest, entries: list[Any]) -> list[Any]:
        """Labels don't stand in the contact; here the id decides them."""
        given = [value for key, value in request.query if key in ("labels", "labels[]")]
        wanted = {label for value in given for label in value.split(",")}
        if not wanted or self.faults.on("filters-ignored"):
            return entries
        return [(key, row) for key, row in entries if label_of(self.store.payload(row)) in wanted]


def label_of(payload: Payload) -> str:
    return LABELS[int(payload["id"]) % len(LABELS)]
