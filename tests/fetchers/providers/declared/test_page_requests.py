"""What a declared source asks for, and where it goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from dedupe.errors import ContractChanged, SourceError
from dedupe.fetchers.fetcher import Mode, Start
from dedupe.fetchers.given import time_of
from dedupe.fetchers.registry import api_for, fetcher_for
from dedupe.simulators.server.http import Response, SimulatedRequest
from tests.fetchers.providers.answering_provider import answering, row
from tests.fetchers.providers.changing_list import source, walked


def two_pages(
    first: Any, second: Any, *, told: Callable[[SimulatedRequest], bool]
) -> Callable[[SimulatedRequest], Any]:
    return lambda request: second if told(request) else first


# where the next page is


@pytest.mark.parametrize(
    "link",
    [
        '</people?page=2>; rel="next"',
        '<?page=2>; rel=next; title="a, b; c"',
        '</people?page=1>; rel="prev first", </people?page=2>; rel="last next"',
        '</people?page=2>; REL="NEXT"',
    ],
)
def test_the_link_header_is_followed(link):
    first = Response(200, json.dumps({"data": row(1)}).encode(), headers={"Link": link})
    second = Response(200, json.dumps({"data": row(2)}).encode(), headers={"Link": '</people>; rel="first"'})
    with answering(two_pages(first, second, told=lambda one: one.parameter("page") == "2")) as script:
        found = script.walk(paging="link", next="link:next", end="absent")
    assert (found.seen, found.reason) == ({"1", "2"}, None)


def test_a_link_may_lead_along_another_path_of_the_same_host():
    def respond(request: SimulatedRequest) -> Any:
        if request.path == "/services/query":
            return {"records": row(1), "done": False, "nextRecordsUrl": "/services/query/01g-2000"}
        return {"records": row(2), "done": True}

    with answering(respond) as script:
        found = script.walk(
            "/services/query?tenant=7",
            paging="link",
            rows="records",
            next="nextRecordsUrl",
            more="!done",
            params={"q": "SELECT Id FROM Contact"},
            stable=True,
        )
    assert (found.seen, found.reason) == ({"1", "2"}, None)
    assert script.asked[1] == "/services/query/01g-2000?tenant=7"


@pytest.mark.parametrize("where", ["header", "body"])
@pytest.mark.parametrize(
    "link", ["http://localhost:{port}/people?page=2", "//evil.example/x", "https://{host}/x"]
)
def test_a_link_to_another_host_is_refused_and_no_token_goes_there(link, where):
    with answering(lambda _: {"data": row(9), "next": None}) as lure, answering(lambda _: None) as script:
        port = lure.url.rpartition(":")[2]
        leads = link.format(port=port, host=script.url.removeprefix("http://"))
        body = json.dumps({"data": row(1), "next": leads}).encode()
        script.respond = lambda _: Response(200, body, headers={"Link": f"<{leads}>; rel=next"})
        with pytest.raises(ContractChanged, match="another host"):
            script.walk(paging="link", next="next" if where == "body" else "link:next", end="absent")
    assert lure.requests == []


@pytest.mark.parametrize("link", ["http://[", "/people?cursor=\x00", "/" + "x" * 70_000, 7, {"href": "/x"}])
def test_a_link_that_is_none_ends_the_walk_with_an_error(link):
    with answering(lambda _: {"data": row(1), "next": link}) as script, pytest.raises(SourceError):
        script.walk(paging="link", next="next")


def test_a_link_is_sent_as_it_was_written():
    def respond(request: SimulatedRequest) -> Any:
        first = not request.query
        return {"data": row(1 if first else 2), "next": "/people?c=a%2Fb%7E+c&c=d&flag" if first else None}

    with answering(respond) as script:
        script.walk(paging="link", next="next", stable=True)
    assert script.requests[1].query == [("c", "a/b~ c"), ("c", "d"), ("flag", "")]


@pytest.mark.parametrize("cursor", ["a+b/=", 17, "ünï", "x" * 5000])
def test_a_cursor_is_given_back_as_it_came(cursor):
    def respond(request: SimulatedRequest) -> Any:
        last = request.parameter("after") is not None
        return {"data": row(2 if last else 1), "next_cursor": None if last else cursor}

    with answering(respond) as script:
        assert script.walk(paging="cursor", cursor_param="after", stable=True).reason is None
    assert script.requests[1].parameter("after") == str(cursor)


def test_a_cursor_in_a_header():
    def respond(request: SimulatedRequest) -> Response:
        last = request.parameter("cursor") == "2"
        headers = {"X-Next-Page": "" if last else "2", "X-Total": "2"}
        return Response(200, json.dumps(row(2 if last else 1)).encode(), headers=headers)

    with answering(respond) as script:
        found = script.walk(
            paging="cursor", rows="@", next="header:x-next-page", end="empty", count="header:x-total"
        )
    assert (found.seen, found.reason) == ({"1", "2"}, None)


# what is asked for


@pytest.mark.parametrize("paging", ["page", "offset", "cursor", "link", "none"])
def test_what_stands_in_the_query_of_the_address_is_asked_for_on_every_page(paging):
    def respond(request: SimulatedRequest) -> Any:
        places = [request.parameter(name) for name in ("page", "offset", "cursor")]
        last = places not in ([None] * 3, ["1", None, None], [None, "0", None])
        following = None if last or paging == "none" else "/people?cursor=2" if paging == "link" else "2"
        return {
            "data": [] if last and paging in ("page", "offset") else row(int(last) + 1),
            "next": following,
        }

    with answering(respond) as script:
        script.walk("/people?tenant=7&a=b%2Fc", paging=paging, next="next", params={"sort": "id"})
        own = source(script.url + "/people?tenant=7", {"one": "/people/{id}"})
        fetcher = fetcher_for(own)
        with api_for(fetcher) as api:
            fetcher.find(api, "17")
    assert {one.parameter("tenant") for one in script.requests} == {"7"}
    assert script.requests[-1].path == "/people/17"
    assert script.requests[0].parameter("a") == "b/c"


def test_a_base_url_in_the_configuration_takes_the_place_of_the_host():
    with answering(lambda _: {"data": row(1)}) as script:
        own = {"paging": "none", "base_url": script.url + "/proxy"}
        walked(
            source("https://api.example.org/v2/people?tenant=7", {"paging": "none"}, base_url=own["base_url"])
        )
    assert script.asked == ["/proxy/v2/people?tenant=7"]


def test_search_by_post_puts_paging_into_the_body():
    def respond(request: SimulatedRequest) -> Any:
        body = json.loads(request.body)
        start = body.get("page", {}).get("start", 0)
        return {"data": row(*range(start, min(start + 2, 5))), "total": 5}

    with answering(respond) as script:
        found = script.walk(
            "/search?tenant=7",
            method="post",
            body={"filters": [{"kind": "person"}, {}], "page": {"limit": 2}},
            paging="offset",
            offset_param="page.start",
            size_param="filters[1].most",
            size=2,
            count="total",
            end="count",
        )
    assert (len(found.seen), found.reason) == (5, None)
    assert {one.method for one in script.requests} == {"POST"}
    assert {one.headers["content-type"] for one in script.requests} == {"application/json"}
    assert {
        "filters": [{"kind": "person"}, {"most": 2}],
        "page": {"limit": 2, "start": 2},
    } in [json.loads(one.body) for one in script.requests]
    assert {one.parameter("tenant") for one in script.requests} == {"7"}


@pytest.mark.parametrize("cursor", ["\ud800", "x" * 70_000, True, ["a"]])
def test_a_cursor_that_fits_into_no_address_ends_the_walk_with_an_error(cursor):
    with (
        answering(lambda _: {"data": row(1), "next_cursor": cursor}) as script,
        pytest.raises(ContractChanged),
    ):
        script.walk(paging="cursor", cursor_param="after")


@pytest.mark.parametrize("cursor", [[1, "a"], {"id": 3}, 7, True, "\ud800"])
def test_a_cursor_in_a_body_may_be_any_json(cursor):
    def respond(request: SimulatedRequest) -> Any:
        after = json.loads(request.body).get("search_after")
        return {"data": row(1 if after is None else 2), "next_cursor": cursor if after is None else None}

    with answering(respond) as script:
        script.walk(method="post", paging="cursor", cursor_param="search_after", stable=True)
    assert json.loads(script.requests[1].body)["search_after"] == cursor


@pytest.mark.parametrize(
    ("form", "sent"),
    [("iso", "2026-03-01T11:50:00Z"), ("unix", "1772365800"), ("unix_ms", "1772365800000")],
)
def test_changes_are_asked_for_from_a_little_before_the_last_one(form, sent):
    start = Start(Mode.CHANGED, time_of("2026-03-01T12:00:00Z"))
    with answering(lambda _: {"data": row(1), "next_cursor": None}) as script:
        common = {"paging": "cursor", "updated_at": "updated", "since_format": form}
        script.walk(start=start, since_param="modified[gte]", **common)
        script.walk(start=start, since={"filter": "modified gt {since}"}, **common)
        filters = [{"filters": [{"propertyName": "modified", "value": "{since}"}]}]
        script.walk(start=start, method="post", since={"filterGroups": filters}, **common)
        script.walk(method="post", since={"filterGroups": filters}, **common)
    assert script.requests[0].parameter("modified[gte]") == sent
    assert script.requests[1].parameter("filter") == f"modified gt {sent}"
    filters[0]["filters"][0]["value"] = sent
    assert [json.loads(one.body) for one in script.requests[2:]] == [{"filterGroups": filters}, {}]
