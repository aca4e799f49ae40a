"""Providers as they are elsewhere: a simulator behind a server that speaks another dialect, faults and all.

Links in headers and along other paths, cursors in headers, search by POST, granted tokens, secrets in the
query, CSV, lines of JSON, objects keyed by id. What the simulator spoils stays spoilt: a body that it cut is
passed on as it is.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

from dedupe.fetchers.settings import SourceSettings
from dedupe.simulators.server.http import Response, Server, SimulatedRequest
from dedupe.simulators.server.simulator import Simulator

SECRET = "told-to-nobody"


@dataclass
class Dialect:
    """Asks the simulator in its own words, and tells what it says in others."""

    options: ClassVar[dict[str, Any]]

    simulator: Simulator
    requests: list[SimulatedRequest] = field(default_factory=list)

    def answer(self, request: SimulatedRequest) -> Response | None:
        self.requests.append(request)
        asked = self.asked(request)
        if isinstance(asked, Response):
            return asked
        response = self.simulator.answer(asked)
        if response is None or response.status != 200:
            return response
        try:
            body = json.loads(response.body)
            rows = self.rows(body)
        except (ValueError, TypeError, KeyError):
            return response
        if not isinstance(rows, list):  # one contact
            return response
        self.tell(response, body, rows)
        if response.send_only is not None:
            response.send_only = len(response.body) // 2
        return response

    def asked(self, request: SimulatedRequest) -> SimulatedRequest | Response:
        return request._replace(method="GET", path=self.simulator.path, headers=self.headers, body=b"")

    @property
    def headers(self) -> dict[str, str]:
        return {name.lower(): value for name, value in self.simulator.headers.items()}

    def rows(self, body: Any) -> Any:
        return body["data"]

    def tell(self, response: Response, body: Any, rows: list[Any]) -> None:
        raise NotImplementedError

    def contacts(self) -> list[Any]:
        """As they are to be stored."""
        return list(self.simulator.contacts())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.simulator, name)


class LinkHeaders(Dialect):
    """A bare list; the next page is another path, and the last page's header has other relations only."""

    options: ClassVar[dict[str, Any]] = {
        "paging": "link",
        "rows": "@",
        "next": "link:next",
        "end": "absent",
        "params": {"limit": 5, "include[]": "role"},
        "volatile": ["avatar_url"],
    }
    provider = "openmrp"

    def tell(self, response: Response, body: Any, rows: list[Any]) -> None:
        following = body["page_info"]["next_page_url"]
        links = ['</people>; rel="first"; title="back, to; the start"']
        if following is not None:
            links.append(f"<{following.replace(self.simulator.path, '/people/more')}>; rel=next")
        response.headers["Link"] = ", ".join(links)
        response.body = json.dumps(rows).encode()


class HeaderCursors(Dialect):
    """Lines of JSON; the cursor stands in a header, which is empty on the last page."""

    options: ClassVar[dict[str, Any]] = {
        "paging": "cursor",
        "format": "ndjson",
        "next": "header:X-Next-Cursor",
        "end": "empty",
        "count": "header:X-Total-Count",
        "size_param": "limit",
        "size": 25,
        "one": "/v1/contacts/{id}",
        "one_row": "data",
    }
    provider = "whippy"

    def asked(self, request: SimulatedRequest) -> SimulatedRequest | Response:
        if request.path != "/people":
            return request._replace(headers=self.headers)
        return super().asked(request)

    def tell(self, response: Response, body: Any, rows: list[Any]) -> None:
        response.headers["X-Next-Cursor"] = body["metadata"]["next_cursor"] or ""
        response.headers["X-Total-Count"] = str(body["total"])
        response.body = b"".join(json.dumps(row).encode() + b"\n" for row in rows)


class PostedSearch(Dialect):
    """Searched by POST; what leads on is absent from the last answer."""

    options: ClassVar[dict[str, Any]] = {
        "method": "post",
        "body": {"sorts": ["name"], "paging": {"limit": 25}},
        "paging": "cursor",
        "cursor_param": "paging.after",
        "rows": "results",
        "next": "paging.next.after",
        "end": "absent",
        "count": "total",
        "updated_at": "updated_at",
        "since": {"filters": [{"field": "updated_at", "from": "{since}"}]},
    }
    provider = "whippy"

    def asked(self, request: SimulatedRequest) -> SimulatedRequest | Response:
        if request.method != "POST" or request.headers["content-type"] != "application/json":
            return Response(405, b"")
        search = json.loads(request.body)
        assert search["sorts"] == ["name"]
        query = [("limit", str(search["paging"]["limit"]))]
        query += [("cursor", search["paging"]["after"])] if "after" in search["paging"] else []
        query += [("updated_at[after]", one["from"]) for one in search.get("filters", [])]
        return super().asked(request._replace(query=query))

    def tell(self, response: Response, body: Any, rows: list[Any]) -> None:
        following = body["metadata"]["next_cursor"]
        told = {"total": body["total"], "results": rows}
        if following is not None:
            told["paging"] = {"next": {"after": following}}
        response.body = json.dumps(told).encode()


class GrantedTokens(Dialect):
    """Tokens are granted for five pages, then refused."""

    options: ClassVar[dict[str, Any]] = {
        "paging": "cursor",
        "more": "has_more",
        "params": {"order_by": "updated_at:asc"},
        "auth": "oauth",
        "oauth": {"scope": "contacts.read", "audience": "people"},
    }
    provider = "askelephant"
    granted = 0
    left = 0

    def asked(self, request: SimulatedRequest) -> SimulatedRequest | Response:
        if request.path == "/token":
            form = dict(parse_qsl(request.body.decode()))
            assert form == {
                "grant_type": "client_credentials",
                "scope": "contacts.read",
                "audience": "people",
            }
            assert request.headers["authorization"] == "Basic a2V5OnNlY3JldA=="
            self.granted, self.left = self.granted + 1, 5
            token = {"access_token": f"granted-{self.granted}", "token_type": "bearer", "expires_in": 3600}
            return Response(200, json.dumps(token).encode())
        if request.headers.get("authorization") != f"Bearer granted-{self.granted}" or not self.left:
            return Response(401, b'{"error": "expired"}')
        self.left -= 1
        return super().asked(request)

    def tell(self, response: Response, body: Any, rows: list[Any]) -> None:
        pass


class SecretQuery(Dialect):
    """Numbered pages, the key in the query, contacts in an object keyed by their ids."""

    options: ClassVar[dict[str, Any]] = {
        "auth": "query:api_key",
        "rows": "people",
        "key_as": "id",
        "params": {"sort": "created_at"},
        "order": "created_at",
        "count": "count",
        "stable": True,
        "volatile": ["availability_status", "last_activity_at", "thumbnail", "conversations_count"],
    }
    provider = "digital99"

    def asked(self, request: SimulatedRequest) -> SimulatedRequest | Response:
        if request.parameter("api_key") != SECRET or request.parameter("tenant") != "7":
            return Response(401, b'{"error": "who are you?"}')
        return super().asked(request)

    def rows(self, body: Any) -> Any:
        return body["payload"]

    def tell(self, response: Response, body: Any, rows: list[Any]) -> None:
        people = {str(row["id"]): {key: row[key] for key in row if key != "id"} for row in rows}
        response.body = json.dumps({"count": body["meta"]["count"], "people": people}).encode()

    def contacts(self) -> list[Any]:
        return [{**row, "id": str(row["id"])} for row in self.simulator.contacts()]


class CsvPages(Dialect):
    """CSV, page by page, the count in a header."""

    options: ClassVar[dict[str, Any]] = {
        "format": "csv",
        "delimiter": ";",
        "params": {"sort": "created_at"},
        "count": "header:X-Total-Count",
        "order": "created_at",
        "stable": True,
    }
    provider = "digital99"

    def rows(self, body: Any) -> Any:
        return body["payload"]

    def tell(self, response: Response, body: Any, rows: list[Any]) -> None:
        text = io.StringIO()
        writer = csv.DictWriter(
            text, ["id", "name", "email", "created_at"], delimiter=";", extrasaction="ignore"
        )
        writer.writeheader()
        writer.writerows(rows)
        response.headers["X-Total-Count"] = str(body["meta"]["count"])
        response.content_type, response.body = "text/csv", text.getvalue().encode()

    def contacts(self) -> list[Any]:
        keys = ("id", "name", "email", "created_at")
        return [
            {key: "" if row.get(key) is None else str(row[key]) for key in keys}
            for row in self.simulator.contacts()
        ]


DIALECTS: dict[str, type[Dialect]] = {
    "openmrp by the Link header": LinkHeaders,
    "whippy by cursors in a header": HeaderCursors,
    "whippy by POST": PostedSearch,
    "askelephant by granted tokens": GrantedTokens,
    "digital99 by a key in the query": SecretQuery,
    "digital99 as CSV": CsvPages,
}


@contextmanager
def speaking(
    name: str, simulator: Simulator, own: SourceSettings
) -> Iterator[tuple[Dialect, SourceSettings]]:
    """The provider in its dialect, and the source that is declared for it."""
    dialect = DIALECTS[name](simulator)
    with Server(dialect.answer, "dialect", 0) as server:
        query = "?" + urlencode({"tenant": 7}) if isinstance(dialect, SecretQuery) else ""
        options: dict[str, Any] = {"url": f"{server.url}/people{query}", "backoff": 0.01, "limit": 10_000}
        options |= type(dialect).options
        if "oauth" in options:
            options["oauth"] = {"token_url": f"{server.url}/token", **options["oauth"]}
        secrets = {"token": SECRET, "key": "key", "secret": "secret"}
        yield dialect, replace(own, base_url=None, options=options, secrets=secrets)
