"""The declarations on the page of well-known products, each walked against answers of its shape."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dedupe.fetchers.fetcher import Mode, Start
from dedupe.fetchers.given import time_of
from dedupe.fetchers.registry import fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.simulators.server.http import Response, Server, SimulatedRequest
from tests.fetchers.providers.changing_list import walked

PAGE = Path(__file__).parents[4] / "docs" / "providers" / "declared.md"
SECTIONS: dict[str, dict[str, Any]] = {
    name: section
    for block in re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    for name, section in tomllib.loads(block)["sources"].items()
}
PEOPLE, SIZE = list(range(101, 106)), 2


def part(start: int) -> list[int]:
    return PEOPLE[start : start + SIZE]


def rows(start: int, **more: Any) -> list[dict[str, Any]]:
    return [{"id": key, **more} for key in part(start)]


def left(start: int) -> bool:
    return start + SIZE < len(PEOPLE)


def number(text: str | None) -> int:
    return int(text or 0)


def shop(request: SimulatedRequest) -> Any:
    start = number(request.parameter("page_info"))
    links = ['</admin/x?page_info=p>; rel="previous"'] if start else []
    if left(start):
        links.append(f'<{request.path}?limit=250&page_info={start + SIZE}>; rel="next"')
    body = json.dumps({"customers": rows(start)}).encode()
    return Response(200, body, headers={"Link": ", ".join(links)} if links else {})


def hubspot(request: SimulatedRequest) -> Any:
    search = json.loads(request.body)
    assert (search["limit"], search["sorts"][0]["propertyName"]) == (100, "hs_object_id")
    start = number(search.get("after"))
    found = [{"id": str(key), "properties": {"email": f"p{key}@example.org"}} for key in part(start)]
    following = {"paging": {"next": {"after": str(start + SIZE)}}} if left(start) else {}
    return {"total": len(PEOPLE), "results": found, **following}


def salesforce(request: SimulatedRequest) -> Any:
    start = number(request.path.partition("01g-")[2])
    assert bool(request.parameter("q")) == (start == 0)
    found = [{"Id": str(key), "attributes": {"type": "Contact"}} for key in part(start)]
    following = {"nextRecordsUrl": f"/services/data/v63.0/query/01g-{start + SIZE}"} if left(start) else {}
    return {"totalSize": len(PEOPLE), "done": not left(start), "records": found, **following}


def zendesk(request: SimulatedRequest) -> Any:
    assert (request.parameter("role"), request.parameter("page[size]")) == ("end-user", "100")
    start = number(request.parameter("page[after]"))
    leads = f"http://{request.headers['host']}{request.path}?page[size]=100&page[after]={start + SIZE}"
    return {"users": rows(start), "meta": {"has_more": left(start)}, "links": {"next": leads}}


def stripe(request: SimulatedRequest) -> Any:
    last = request.parameter("starting_after")
    start = PEOPLE.index(int(last)) + 1 if last else 0
    return {"object": "list", "data": rows(start), "has_more": left(start)}


def graph(request: SimulatedRequest) -> Any:
    start = number(request.parameter("$skip"))
    leads = f"http://{request.headers['host']}{request.path}?%24top=100&%24skip={start + SIZE}"
    following = {"@odata.nextLink": leads} if left(start) else {}
    return {"@odata.context": "https://graph.microsoft.com/x", **following, "value": rows(start)}


def mailchimp(request: SimulatedRequest) -> Any:
    assert request.parameter("count") == "500"
    return {"members": rows(number(request.parameter("offset"))), "total_items": len(PEOPLE)}


def airtable(request: SimulatedRequest) -> Any:
    start = number((request.parameter("offset") or "").partition("/")[2])
    return {"records": rows(start), **({"offset": f"itr/{start + SIZE}"} if left(start) else {})}


def intercom(request: SimulatedRequest) -> Any:
    search = json.loads(request.body)
    start = number(search["pagination"].get("starting_after"))
    assert search["pagination"]["per_page"] == 150
    assert request.headers["intercom-version"] == "2.11"
    pages: dict[str, Any] = {"type": "pages", "page": start // SIZE + 1, "per_page": 150, "total_pages": 3}
    if left(start):
        pages["next"] = {"page": start // SIZE + 2, "starting_after": str(start + SIZE)}
    return {"type": "list", "data": rows(start), "total_count": len(PEOPLE), "pages": pages}


def github(request: SimulatedRequest) -> Any:
    page = number(request.parameter("page") or "1")
    links = ['</orgs/acme/members?page=1>; rel="first"'] if page > 1 else []
    if left((page - 1) * SIZE):
        links.append(f'</organizations/9/members?per_page=100&page={page + 1}>; rel="next"')
    body = json.dumps(rows((page - 1) * SIZE, login="x")).encode()
    return Response(200, body, headers={"Link": ", ".join(links)} if links else {})


PRODUCTS: dict[str, Callable[[SimulatedRequest], Any]] = {
    "shop": shop,
    **{one.__name__: one for one in (hubspot, salesforce, zendesk, stripe, graph)},
    **{one.__name__: one for one in (mailchimp, airtable, intercom, github)},
}
SHOWN = {
    "shop": ("x-shopify-access-token", "t"),
    "zendesk": ("authorization", "Basic dA=="),
    **dict.fromkeys(("salesforce", "graph"), ("authorization", "Bearer granted")),
}


def test_every_product_of_the_page_is_walked():
    assert PRODUCTS.keys() == SECTIONS.keys()


@pytest.mark.parametrize("name", list(PRODUCTS))
@pytest.mark.parametrize("mode", [Mode.FULL, Mode.CHANGED])
def test_a_product_is_walked_to_its_end_as_it_is_declared(name, mode):
    asked: list[SimulatedRequest] = []

    def answer(request: SimulatedRequest) -> Response:
        if request.path.endswith("/token"):
            assert request.headers.get("authorization", "").startswith("Basic ") == (name == "salesforce")
            return Response(200, b'{"access_token": "granted", "token_type": "Bearer"}')
        header, value = SHOWN.get(name, ("authorization", "Bearer t"))
        assert request.headers[header] == value
        asked.append(request)
        told = PRODUCTS[name](request)
        return told if isinstance(told, Response) else Response(200, json.dumps(told).encode())

    with Server(answer, name, 0) as server:
        own = here(SECTIONS[name], server.url)
        if mode not in fetcher_for(own).modes:
            return
        found = walked(own, Start(mode, time_of("2026-03-01T12:00:00Z")))
    assert (found.seen, found.reason) == ({str(key) for key in PEOPLE}, None)
    if mode is Mode.CHANGED:
        sent = [*(value for _, value in asked[0].query), asked[0].body.decode()]
        assert any(moment in one for one in sent for moment in ("2026-03-01T11:50:00Z", "1772365800"))


def here(section: dict[str, Any], url: str) -> SourceSettings:
    """The source on this machine."""
    options = dict(section["options"])
    parts = urlsplit(options["url"])
    options["url"] = url + parts.path + (f"?{parts.query}" if parts.query else "")
    if "oauth" in options:
        options["oauth"] = {
            **options["oauth"],
            "token_url": url + urlsplit(options["oauth"]["token_url"]).path,
        }
    secrets = {"token": "t"} if "token_env" in section else {"key": "k", "secret": "s"}
    return SourceSettings(
        "crm", section["provider"], secrets=secrets, options=options, mapping=section["map"], rate=10_000
    )
