"""99 Digital Online: `GET /api/v1/accounts/{account_id}/contacts`, a token header, `sort` with a minus."""

from __future__ import annotations

from typing import ClassVar

from dedupe.simulators.population.payloads import Payload
from dedupe.simulators.providers.chatwoot import ChatwootSimulator
from dedupe.simulators.server.http import Response, SimulatedRequest

ACCOUNT = "7"


class Digital99Simulator(ChatwootSimulator):
    provider: ClassVar[str] = "digital99"
    account: ClassVar[str] = ACCOUNT
    verb: ClassVar[str] = "PUT"
    destroys: ClassVar[bool] = True
    path: ClassVar[str] = f"/api/v1/accounts/{ACCOUNT}/contacts"

    @property
    def credentials(self) -> dict[str, str]:
        return {"account_id": ACCOUNT, "api_access_token": self.secret}

    @property
    def headers(self) -> dict[str, str]:
        return {"api_access_token": self.secret}

    def refusal(self, request: SimulatedRequest) -> Response | None:
        given = request.headers.get("api_access_token") or request.headers.get("api-access-token")
        if given is None:
            return self.error(401, "You need to sign in or sign up before continuing.")
        return None if given == self.secret else self.error(401, "Invalid Access Token")

    def direction(self, request: SimulatedRequest) -> tuple[str, bool]:
        sort = request.parameter("sort") or ""
        return sort.removeprefix("-"), sort.startswith("-")

    def meta(self, count: int, page: str | None) -> Payload:
        return {"count": count, "contacts_all": None, "current_page": 1 if page is None else page}
