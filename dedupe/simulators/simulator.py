"""What the five simulators share: credentials, faults, limits, contacts and how they change while running."""

from __future__ import annotations

import json
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from email.utils import formatdate
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from dedupe.errors import InputError
from dedupe.simulators.drawing import seed_of
from dedupe.simulators.dressing import Dresser
from dedupe.simulators.faults import FAULTS, Setting, Switchboard, valid_faults
from dedupe.simulators.http import Request, Response, Server
from dedupe.simulators.shapes import Payload
from dedupe.simulators.shelf import KeyOf, Shelf, encoded

if TYPE_CHECKING:
    from dedupe.simulators.population import Night, Population

_HTML = b"<!DOCTYPE html><html><head><title>One moment</title></head><body><h1>Please wait</h1></body></html>"


class Simulator(ABC):
    """One provider on a free port of 127.0.0.1, from the moment it is made until `close()`."""

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
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` gives Unix seconds: the moment that changes made while running bear."""
        self.population, self.seed = population, seed
        self.random = Random(seed_of(seed, self.provider, "simulator"))
        self.faults = Switchboard(self.provider)
        self.faults.set(faults)
        self.rate_limits, self.clock = rate_limits, clock
        self.counts: Counter[str] = Counter()
        self.recent: deque[Request] = deque(maxlen=1000)
        self.decoy_requests: list[Request] = []
        self._guard = threading.RLock()
        self._limit_window, self._limit_used = -1, 0
        self._moment, self._newcomers = 0, 0
        self._churned = clock()
        self._decoy: Server | None = None
        self.secret = (
            f"{seed_of(seed, self.provider, 'secret'):016x}{seed_of(seed, self.provider, 'more'):016x}"
        )
        self.shelf = Shelf(self.id_of, self.orders, self.eager, self.is_listed)
        try:
            self.shelf.load(contact.payload for contact in population.contacts((self.provider,)))
            self.server = Server(self.answer, self.provider)
        except BaseException:
            self.shelf.close()
            raise

    # what a provider says of itself

    @property
    @abstractmethod
    def credentials(self) -> dict[str, str]:
        """What a person would put into the configuration, by the provider's own names."""

    @property
    @abstractmethod
    def headers(self) -> dict[str, str]:
        """The request headers that the credentials come to."""

    @abstractmethod
    def refusal(self, request: Request) -> Response | None:
        """401 or its like when the request's credentials are not right."""

    @abstractmethod
    def error(self, status: int, message: str, code: str = "") -> Response:
        """An error in the provider's own words."""

    @abstractmethod
    def listing(self, request: Request) -> Response:
        """A page of contacts."""

    @abstractmethod
    def one(self, request: Request, external_id: str) -> Response:
        """One contact by its id, or 404."""

    @staticmethod
    @abstractmethod
    def touched(payload: Payload, microseconds: int) -> None:
        """Write into the payload that it was edited, where the provider shows it."""

    @staticmethod
    def id_of(payload: Payload) -> str:
        return str(payload["id"])

    @staticmethod
    def is_listed(payload: Payload) -> bool:  # noqa: ARG004 - a provider may leave contacts out
        return True

    # answering

    @property
    def url(self) -> str:
        """The base URL, without a slash at the end."""
        return self.server.url

    def answer(self, request: Request) -> Response | None:
        if request.path.startswith("/_control/"):
            return self.control(request)
        with self._guard:
            self.faults.requests += 1
            self.counts["requests"] += 1
            self.recent.append(request)
            delay = self.faults.number("slow")
        if delay and self.server.closing.wait(delay):
            return None
        with self._guard:
            response = None if self.faults.nth("dropped") else self._judged(request)
            self.counts["dropped" if response is None else str(response.status)] += 1
            if response:
                response.clock_skew = self.faults.number("clock-skew") or 0.0
        return response

    def _judged(self, request: Request) -> Response:
        faults = self.faults
        if faults.on("redirect"):
            return Response(302, b"", headers={"Location": f"{self.decoy_url}{request.path}"})
        if faults.on("unavailable"):
            return Response(503, _HTML, "text/html")
        if self._over_limit() or faults.nth("throttled"):
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

    def _routed(self, request: Request) -> Response:
        if request.method != "GET":
            return self.error(405, "Method not allowed", "method_not_allowed")
        if request.path.rstrip("/") == self.path:
            self._churn()
            response = self.listing(request)
            if response.status == 200:
                self.counts["pages"] += 1
                self._spoil(response)
                self._between_pages()
            return response
        folder, _, name = request.path.rpartition("/")
        if folder == self.path and name:
            return self.one(request, name)
        return self.error(404, "Resource could not be found", "not_found")

    def _spoil(self, response: Response) -> None:
        """The faults that strike a whole page."""
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

    # limits

    def _over_limit(self) -> bool:
        own, seconds = self.window
        lowered = self.faults.number("rate-limit")
        if not (self.rate_limits or lowered):
            return False
        window = int(self.clock() / seconds)
        if window != self._limit_window:
            self._limit_window, self._limit_used = window, 0
        self._limit_used += 1
        return self._limit_used > (lowered or own)

    def seconds_left(self) -> float:
        """Until the next window of the rate limit."""
        return self.window[1] - self.clock() % self.window[1]

    def throttled(self) -> Response:
        response = self.error(429, "Too many requests", "rate_limited")
        seconds = max(1, round(self.seconds_left() + 0.5))
        how = self.faults.text("retry-after") or "seconds"
        if how == "seconds":
            response.headers["Retry-After"] = str(seconds)
        elif how == "date":
            response.headers["Retry-After"] = formatdate(time.time() + seconds, usegmt=True)
        return response

    def failure(self) -> Response:
        return self.error(500, "Internal server error", "internal")

    # rows

    def dressed(self, rows: list[int]) -> bytes:
        """The rows as a JSON list, spoilt by whatever is switched on."""
        dresser = Dresser(self.provider, self.faults, self.counts["pages"])
        if not dresser.needed():
            return b"[" + b",".join(map(self.shelf.raw, rows)) + b"]"
        return encoded(dresser.page([self.dress(self.shelf.payload(row)) for row in rows]))

    def dress(self, payload: Payload) -> Payload:
        """The provider's own faults in one contact."""
        return payload

    def reach(self, rows: list[Any]) -> list[Any]:
        """As many of the rows as can be reached at all."""
        cap = self.faults.number("capped")
        return rows[: int(cap)] if cap else rows

    # change

    def ids(self) -> list[str]:
        return self.shelf.ids()

    def get(self, external_id: str) -> Payload | None:
        return self.shelf.get(external_id)

    def contacts(self) -> Iterator[Payload]:
        """What a complete and truthful walk would bring, in no particular order."""
        for external_id in self.ids():
            payload = self.shelf.get(external_id)
            if payload is not None and self.is_listed(payload):
                yield payload

    def now(self) -> int:
        """Unix microseconds by the clock, never the same twice."""
        self._moment = max(self._moment + 1, int(self.clock() * 1_000_000))
        return self._moment

    def insert(self, payload: Payload | None = None) -> str:
        """Add a contact, by default a person nobody has seen yet; gives its id."""
        with self._guard:
            if payload is None:
                payload = self._newcomer()
                self.touched(payload, self.now())
            self.shelf.put(payload)
            return self.id_of(payload)

    def _newcomer(self) -> Payload:
        from dedupe.simulators.nights import newcomer

        self._newcomers += 1
        return newcomer(self.population, self.provider, self._newcomers).payload

    def edit(self, external_id: str, **changes: Any) -> None:
        """Set keys of a contact's payload; its time of change moves where the provider has one."""
        with self._guard:
            payload = self.shelf.get(external_id)
            if payload is None:
                raise KeyError(external_id)
            payload.update(changes)
            self.touched(payload, self.now())
            self.shelf.put(payload)

    def rename(self, external_id: str, name: str) -> None:
        self.edit(external_id, **self.renaming(name))

    @staticmethod
    def renaming(name: str) -> Payload:
        """The keys that another name changes."""
        return {"name": name}

    def delete(self, external_id: str) -> None:
        if self.shelf.remove(external_id) is None:
            raise KeyError(external_id)

    def apply(self, night: Night) -> None:
        """Let a night's news happen here, now: times of change are the clock's."""
        with self._guard:
            for contact in (*night.inserts, *night.edits):
                if contact.provider == self.provider:
                    payload = dict(contact.payload)
                    self.touched(payload, self.now())
                    self.shelf.put(payload)
            for gone in night.deletes:
                if gone.provider == self.provider:
                    self.shelf.remove(gone.external_id)

    def _between_pages(self) -> None:
        faults = self.faults
        for _ in range(int(faults.number("inserts-between-pages") or 0)):
            self.insert()
        for _ in range(int(faults.number("edits-between-pages") or 0)):
            self._at_random(lambda external_id: self.edit(external_id))
        for _ in range(int(faults.number("deletes-between-pages") or 0)):
            self._at_random(self.delete)
        for _ in range(int(faults.number("rename-during-walk") or 0)):
            name = f"{'AZ'[self.random.random() < 0.5]}{self.random.getrandbits(24):06x} Renamed"
            self._at_random(lambda external_id, name=name: self.rename(external_id, name))  # type: ignore[misc]

    def _churn(self) -> None:
        seconds = self.faults.number("churn")
        while seconds and self.clock() - self._churned >= seconds:
            self._churned += seconds
            self.insert()
            self._at_random(self.delete)

    def _at_random(self, change: Callable[[str], None]) -> None:
        ids = self.ids()
        if ids:
            change(ids[int(self.random.random() * len(ids))])

    # control

    def control(self, request: Request) -> Response:
        """`/_control/faults`: GET lists, POST sets; `/_control/counts`; `/_control/contacts` POST, DELETE."""
        try:
            return Response(200, encoded(self._controlled(request)))
        except (InputError, ValueError, KeyError) as error:
            return Response(400, encoded({"error": str(error)}))

    def _controlled(self, request: Request) -> Any:
        what = request.path.removeprefix("/_control/")
        with self._guard:
            if what == "faults":
                if request.method in ("POST", "PUT"):
                    self.faults.set(json.loads(request.body or b"[]"))
                valid = {name: FAULTS[name].description for name in valid_faults(self.provider)}
                return {"faults": self.faults.listed(), "valid": valid}
            if what == "counts":
                return dict(self.counts)
            if what == "contacts" and request.method == "POST":
                return {"id": self.insert(json.loads(request.body) if request.body else None)}
            if what.startswith("contacts/") and request.method == "DELETE":
                self.delete(what.removeprefix("contacts/"))
                return {}
        raise InputError("there are /_control/faults, /_control/counts and /_control/contacts")

    # another host

    @property
    def decoy_url(self) -> str:
        """A host that must never see a token. What reaches it stands in `decoy_requests`."""
        if self._decoy is None:
            self._decoy = Server(self._lured, f"{self.provider}-decoy")
        return f"http://localhost:{self._decoy.port}"

    def _lured(self, request: Request) -> Response:
        self.decoy_requests.append(request)
        return Response(200, b'{"object":"list","data":[],"payload":[],"page_info":{}}')

    def close(self) -> None:
        self.server.close()
        if self._decoy is not None:
            self._decoy.close()
        self.shelf.close()
