"""What the five simulators share: credentials, faults, rate limits, contacts and their changes while
running."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Iterable
from email.utils import formatdate
from random import Random
from typing import Any, ClassVar

from dedupe.simulators.json_bytes import encoded
from dedupe.simulators.population.payloads import Payload
from dedupe.simulators.population.population import Population
from dedupe.simulators.population.seeded_random import seed_of
from dedupe.simulators.server.control import control
from dedupe.simulators.server.faults import Setting, Switchboard
from dedupe.simulators.server.http import Response, Server, SimulatedRequest
from dedupe.simulators.server.mutations import Mutations
from dedupe.simulators.server.payload_faults import PayloadFaults
from dedupe.simulators.server.payload_store import KeyOf, PayloadStore
from dedupe.simulators.server.rate_limits import RateLimit

_HTML = b"<!DOCTYPE html><html><head><title>One moment</title></head><body><h1>Please wait</h1></body></html>"


class Simulator(Mutations, ABC):
    """One provider on a port of 127.0.0.1, from `open()` until `close()`."""

    _server: Server | None

    provider: ClassVar[str]
    path: ClassVar[str]  # of the list of contacts
    window: ClassVar[tuple[int, float]]  # the provider's own limit: requests, seconds
    orders: ClassVar[dict[str, KeyOf]]
    eager: ClassVar[tuple[str, ...]]

    def __init__(
        self,
        population: Population,
        *,
        seed: int = 0,
        faults: Iterable[str | Setting] = (),
        rate_limits: bool = False,
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """The simulator is empty and doesn't listen yet: fill `store`, then `open()`. See
        `servers.simulate`."""
        self.faults = Switchboard(self.provider)
        self.faults.set(faults)
        store = PayloadStore(self.id_of, self.orders, self.eager, self.is_listed)
        random = Random(seed_of(seed, self.provider, "simulator"))
        super().__init__(population, store, self.faults, random, clock)
        self.seed, self.rate_limits = seed, rate_limits
        self.counts: Counter[str] = Counter()
        self.recent: deque[SimulatedRequest] = deque(maxlen=1000)
        self.decoy_requests: list[SimulatedRequest] = []
        self.limit = RateLimit(*self.window, clock)
        self._decoy: Server | None = None
        self.secret = (
            f"{seed_of(seed, self.provider, 'secret'):016x}{seed_of(seed, self.provider, 'more'):016x}"
        )
        self._closing = threading.Event()
        self._port, self._server = port, None

    # what a provider says of itself

    @property
    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """The credentials by the provider's own names, as a person would configure them."""

    @property
    @abstractmethod
    def headers(self) -> dict[str, str]:
        """The request headers that carry the credentials."""

    @abstractmethod
    def refusal(self, request: SimulatedRequest) -> Response | None:
        """The answer (401 or similar) to a request with wrong credentials, else None."""

    @abstractmethod
    def error(self, status: int, message: str, code: str = "") -> Response:
        """An error in the provider's own format."""

    @abstractmethod
    def listing(self, request: SimulatedRequest) -> Response:
        """A page of contacts."""

    @abstractmethod
    def one(self, request: SimulatedRequest, external_id: str) -> Response:
        """One contact by its id, or 404."""

    def change(self, request: SimulatedRequest, what: str) -> Response:  # noqa: ARG002 - a provider may take none
        """Change a contact; `what` is the path after that of the list."""
        return self.error(405, "Method not allowed", "method_not_allowed")

    # answering

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end.

        Raises RuntimeError while it isn't open.
        """
        if self._server is None:
            raise RuntimeError("the simulator isn't open")
        return self._server.url

    def open(self) -> None:
        self.store.settle()
        self._server = Server(self.answer, self.provider, self._port)

    def answer(self, request: SimulatedRequest) -> Response | None:
        if request.path.startswith("/_control/"):
            return control(self, request)
        with self.guard:
            self.faults.requests += 1
            self.counts["requests"] += 1
            self.recent.append(request)
            delay = self.faults.number("slow")
        if delay and self._closing.wait(delay):
            return None
        with self.guard:
            response = None if self.faults.nth("dropped") else self._judged(request)
            self.counts["dropped" if response is None else str(response.status)] += 1
            if response:
                response.clock_skew = self.faults.number("clock-skew") or 0.0
        return response

    def _judged(self, request: SimulatedRequest) -> Response | None:
        faults = self.faults
        if faults.on("redirect"):
            return Response(302, b"", headers={"Location": f"{self.decoy_url}{request.path}"})
        if faults.on("unavailable"):
            return Response(503, _HTML, "text/html")
        lowered = faults.number("rate-limit")
        over = (self.rate_limits or lowered) and self.limit.take(lowered)
        if over or faults.nth("throttled"):
            return self.throttled()
        if faults.nth("failing"):
            return self.failure()
        refusal = self.refusal(request)
        if refusal is None and faults.on("expired-token"):
            refusal = self.error(401, "The token has expired", "token_expired")
        if refusal is None and faults.on("scope-missing"):
            refusal = self.error(403, "The token may not read contacts", "forbidden")
        if refusal is not None:
            return refusal
        return self._routed(request)

    def _routed(self, request: SimulatedRequest) -> Response | None:
        if request.method != "GET":
            return self._written(request)
        if request.path.rstrip("/") == self.path:
            self.churn()
            response = self.listing(request)
            if response.status == 200:
                self.counts["pages"] += 1
                self._spoil(response)
                self.between_pages()
            return response
        folder, _, name = request.path.rpartition("/")
        if folder == self.path and name and not self.faults.on("no-one-by-id"):
            return self.one(request, name)
        return self.error(404, "Resource could not be found", "not_found")

    def _written(self, request: SimulatedRequest) -> Response | None:
        """Take a write; its answer may be lost after it happened."""
        if not request.path.startswith(f"{self.path}/"):
            return self.error(405, "Method not allowed", "method_not_allowed")
        if self.faults.on("writes-refused"):
            return self.error(403, "The token may not change contacts", "forbidden")
        response = self.change(request, request.path.removeprefix(f"{self.path}/"))
        if response.status >= 300:
            return response
        self.counts["writes"] += 1
        if self.faults.nth("answers-lost"):
            return None
        return self.failure() if self.faults.nth("failing-after") else response

    def _spoil(self, response: Response) -> None:
        """Apply the faults that affect a whole page."""
        faults = self.faults
        if faults.nth("truncated"):
            response.body = response.body[: len(response.body) * 2 // 3]
        if faults.nth("html"):
            response.body, response.content_type = _HTML, "text/html; charset=utf-8"
        if faults.nth("wrong-type"):
            response.body = b'["contacts","are","not","here"]'
        if faults.nth("dropped-midway"):
            response.send_only = len(response.body) // 2
        response.bytes_per_second = faults.number("drip")

    # refusing

    def throttled(self) -> Response:
        response = self.error(429, "Too many requests", "rate_limited")
        seconds = max(1, round(self.limit.seconds_left() + 0.5))
        how = self.faults.text("retry-after") or "seconds"
        if how == "seconds":
            response.headers["Retry-After"] = str(seconds)
        elif how == "date":
            response.headers["Retry-After"] = formatdate(time.time() + seconds, usegmt=True)
        return response

    def failure(self) -> Response:
        return self.error(500, "Internal server error", "internal")

    # rows

    def page_json(self, rows: list[int]) -> bytes:
        """The rows as a JSON list, with the faults that are on applied."""
        payload_faults = PayloadFaults(self.provider, self.faults, self.counts["pages"])
        if not payload_faults.needed():
            return b"[" + b",".join(map(self.store.raw, rows)) + b"]"
        return encoded(payload_faults.page([self.with_faults(self.store.payload(row)) for row in rows]))

    def with_faults(self, payload: Payload) -> Payload:
        """The payload with the provider's own faults applied."""
        return payload

    def reach(self, rows: list[Any]) -> list[Any]:
        """The rows that the list can reach; fewer under a fault."""
        cap = self.faults.number("capped")
        return rows[: int(cap)] if cap else rows

    # another host

    @property
    def decoy_url(self) -> str:
        """The URL of a host that must never get a token; what it gets is in `decoy_requests`."""
        if self._decoy is None:
            self._decoy = Server(self._lured, f"{self.provider}-decoy", 0)
        return f"http://localhost:{self._decoy.port}"

    def _lured(self, request: SimulatedRequest) -> Response:
        self.decoy_requests.append(request)
        return Response(200, b'{"object":"list","data":[],"payload":[],"page_info":{}}')

    def close(self) -> None:
        self._closing.set()
        if self._server is not None:
            self._server.close()
        if self._decoy is not None:
            self._decoy.close()
        self.store.close()
