"""A list of contacts that changes while it is walked, paged in every way that lists are paged elsewhere.

/pages   ?page=          /offsets ?offset=       sorted by name
/ids     ?cursor=        behind an id            sorted by id
/names   ?cursor=        behind a name and id    sorted by name
/places  ?cursor=        a place in the list     sorted by name
/links   ?page=          pages by Link headers   sorted by name
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dedupe.fetchers.fetcher import Mode, Start, WalkSummary
from dedupe.fetchers.http.client import Api
from dedupe.fetchers.registry import api_for, fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.simulators.server.http import Response, Server, SimulatedRequest

SIZE = 3
Act = Callable[["People"], None]
KINDS: dict[str, dict[str, Any]] = {
    "pages": {"paging": "page"},
    "pages, counted": {"paging": "page", "count": "total"},
    "pages, to a short one": {"paging": "page", "end": "short page"},
    "pages, more": {"paging": "page", "more": "more"},
    "offsets": {"paging": "offset"},
    "offsets, counted": {"paging": "offset", "count": "total", "end": ["count"]},
    "ids": {"paging": "cursor", "stable": True},
    "ids, not said to be stable": {"paging": "cursor"},
    "ids, stable and counted": {"paging": "cursor", "stable": True, "count": "total"},
    "names": {"paging": "cursor"},
    "names, counted": {"paging": "cursor", "count": "total"},
    "places": {"paging": "cursor"},
    "places, counted": {"paging": "cursor", "count": "total"},
    "links": {"paging": "link", "next": "link:next", "end": "absent"},
    "links, counted": {"paging": "link", "next": "link:next", "end": "absent", "count": "total"},
}


@dataclass
class People:
    """Names by id. `act` is done after answer number `when`."""

    names: dict[int, str]
    act: Act | None = None
    when: int = 0
    answers: int = 0
    requests: list[SimulatedRequest] = field(default_factory=list)

    def answer(self, request: SimulatedRequest) -> Response:
        self.requests.append(request)
        response: Response = getattr(self, f"_{request.path.strip('/')}")(request)
        self.answers += 1
        if self.act is not None and self.answers == self.when:
            self.act(self)
        return response

    def _by(self, *, name: bool) -> list[dict[str, Any]]:
        rows = [{"id": key, "name": self.names[key]} for key in sorted(self.names)]
        return sorted(rows, key=lambda row: (row["name"], row["id"])) if name else rows

    def _pages(self, request: SimulatedRequest) -> Response:
        return self._slice((int(request.parameter("page") or 1) - 1) * SIZE)

    def _offsets(self, request: SimulatedRequest) -> Response:
        return self._slice(int(request.parameter("offset") or 0))

    def _places(self, request: SimulatedRequest) -> Response:
        return self._slice(int(request.parameter("cursor") or 0))

    def _links(self, request: SimulatedRequest) -> Response:
        page = int(request.parameter("page") or 1)
        response = self._slice((page - 1) * SIZE)
        first = '</links?page=1>; rel="first"'
        more = f', </links?page={page + 1}>; rel="next"' if json.loads(response.body)["more"] else ""
        response.headers["Link"] = first + more
        return response

    def _ids(self, request: SimulatedRequest) -> Response:
        behind = int(request.parameter("cursor") or 0)
        left = [row for row in self._by(name=False) if row["id"] > behind]
        following = left[SIZE - 1]["id"] if len(left) > SIZE else None
        return self._answer(left[:SIZE], following)

    def _names(self, request: SimulatedRequest) -> Response:
        name, key = json.loads(request.parameter("cursor") or '["", 0]')
        left = [row for row in self._by(name=True) if (row["name"], row["id"]) > (name, key)]
        last = left[SIZE - 1] if len(left) > SIZE else None
        return self._answer(left[:SIZE], json.dumps([last["name"], last["id"]]) if last else None)

    def _slice(self, start: int) -> Response:
        rows = self._by(name=True)
        return self._answer(rows[start : start + SIZE], start + SIZE if start + SIZE < len(rows) else None)

    def _answer(self, rows: list[dict[str, Any]], following: Any) -> Response:
        told = {
            "data": rows,
            "next_cursor": following,
            "more": following is not None,
            "total": len(self.names),
        }
        return Response(200, json.dumps(told).encode())


class Shop:
    """Serves whichever people are there; a source of it is walked over one and the same client."""

    def __init__(self, kind: str) -> None:
        self.people = People({})
        self._server = Server(lambda request: self.people.answer(request), "people", 0)
        self.own = source(f"{self._server.url}/{kind.partition(',')[0]}", KINDS[kind])
        self._api = api_for(fetcher_for(self.own))

    def walked(self, people: People, start: Start | None = None) -> Walked:
        self.people = people
        return walked(self.own, start, self._api)

    def close(self) -> None:
        self._api.close()
        self._server.close()


@contextmanager
def shop(kind: str) -> Iterator[Shop]:
    made = Shop(kind)
    try:
        yield made
    finally:
        made.close()


def source(url: str, options: dict[str, Any], **settings: Any) -> SourceSettings:
    made = {"backoff": 0.01, "limit": 100_000, **options, "url": url}
    given = {"secrets": {"token": "t"}, "mapping": {"full_name": "name"}, "timeout": 5.0, **settings}
    return SourceSettings("crm", "sixth", options=made, **given)


class Walked(NamedTuple):
    """A finished walk: who was seen, why it may be incomplete, its cursors."""

    seen: set[str]
    reason: str | None
    cursors: list[dict[str, Any]]


def walked(own: SourceSettings, start: Start | None = None, api: Api | None = None) -> Walked:
    """One walk, without any repetition and without storage."""
    fetcher, cursors = fetcher_for(own), []
    rows, seen = 0, set()
    with nullcontext(api) if api is not None else api_for(fetcher) as api:
        for page in fetcher.fetch(api, start or Start(Mode.FULL)):
            cursors.append(json.loads(json.dumps(page.cursor)))
            rows += len(page.payloads)
            seen |= {key for one in page.payloads if (key := fetcher.external_id(one)) is not None}
    summary = WalkSummary(cursors[-1], rows, len(seen))
    return Walked(seen, fetcher.assess_walk(summary), cursors)
