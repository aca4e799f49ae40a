"""What a declared source asks for, where it goes on, and what it never shows."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import pytest

from dedupe.errors import ContractChanged, CredentialsRefused, SourceError
from dedupe.fetchers.fetcher import Mode, Start
from dedupe.fetchers.given import time_of
from dedupe.fetchers.registry import api_for, fetcher_for
from dedupe.simulators.http import Request, Response, Server
from tests.fetchers.lists import Walked, source, walked

SECRET = "told-to-nobody"


@dataclass
class Script:
    """Answers by a function; remembers what was asked."""

    tell: Callable[[Request], Any]
    url: str = ""
    requests: list[Request] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        self.requests.append(request)
        told = self.tell(request)
        return told if isinstance(told, Response) else Response(200, json.dumps(told).encode())

    @property
    def asked(self) -> list[str]:
        return [f"{one.path}?{'&'.join(f'{k}={v}' for k, v in one.query)}" for one in self.requests]

    def walk(self, path: str = "/people", start: Start | None = None, **options: Any) -> Walked:
        settings = {key: options.pop(key) for key in ("secrets", "base_url") if key in options}
        return walked(source(self.url + path, options, **settings), start)


@contextmanager
def telling(tell: Callable[[Request], Any]) -> Iterator[Script]:
    script = Script(tell)
    with Server(script.answer, "script", 0) as server:
        script.url = server.url
        yield script


def row(*keys: int) -> list[dict[str, int]]:
    return [{"id": key} for key in keys]


def two_pages(first: Any, second: Any, *, told: Callable[[Request], bool]) -> Callable[[Request], Any]:
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
    with telling(two_pages(first, second, told=lambda one: one.parameter("page") == "2")) as script:
        found = script.walk(paging="link", next="link:next", end="absent")
    assert (found.seen, found.reason) == ({"1", "2"}, None)


def test_a_link_may_lead_along_another_path_of_the_same_host():
    def tell(request: Request) -> Any:
        if request.path == "/services/query":
            return {"records": row(1), "done": False, "nextRecordsUrl": "/services/query/01g-2000"}
        return {"records": row(2), "done": True}

    with telling(tell) as script:
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
    with telling(lambda _: {"data": row(9), "next": None}) as lure, telling(lambda _: None) as script:
        port = lure.url.rpartition(":")[2]
        leads = link.format(port=port, host=script.url.removeprefix("http://"))
        body = json.dumps({"data": row(1), "next": leads}).encode()
        script.tell = lambda _: Response(200, body, headers={"Link": f"<{leads}>; rel=next"})
        with pytest.raises(ContractChanged, match="another host"):
            script.walk(paging="link", next="next" if where == "body" else "link:next", end="absent")
    assert lure.requests == []


@pytest.mark.parametrize("link", ["http://[", "/people?cursor=\x00", "/" + "x" * 70_000, 7, {"href": "/x"}])
def test_a_link_that_is_none_ends_the_walk_with_an_error(link):
    with telling(lambda _: {"data": row(1), "next": link}) as script, pytest.raises(SourceError):
        script.walk(paging="link", next="next")


def test_a_link_is_sent_as_it_was_written():
    def tell(request: Request) -> Any:
        first = not request.query
        return {"data": row(1 if first else 2), "next": "/people?c=a%2Fb%7E+c&c=d&flag" if first else None}

    with telling(tell) as script:
        script.walk(paging="link", next="next", stable=True)
    assert script.requests[1].query == [("c", "a/b~ c"), ("c", "d"), ("flag", "")]


@pytest.mark.parametrize("cursor", ["a+b/=", 17, "ünï", "x" * 5000])
def test_a_cursor_is_given_back_as_it_came(cursor):
    def tell(request: Request) -> Any:
        last = request.parameter("after") is not None
        return {"data": row(2 if last else 1), "next_cursor": None if last else cursor}

    with telling(tell) as script:
        assert script.walk(paging="cursor", cursor_param="after", stable=True).reason is None
    assert script.requests[1].parameter("after") == str(cursor)


def test_a_cursor_in_a_header():
    def tell(request: Request) -> Response:
        last = request.parameter("cursor") == "2"
        headers = {"X-Next-Page": "" if last else "2", "X-Total": "2"}
        return Response(200, json.dumps(row(2 if last else 1)).encode(), headers=headers)

    with telling(tell) as script:
        found = script.walk(
            paging="cursor", rows="@", next="header:x-next-page", end="empty", count="header:x-total"
        )
    assert (found.seen, found.reason) == ({"1", "2"}, None)


# what is asked for


@pytest.mark.parametrize("paging", ["page", "offset", "cursor", "link", "none"])
def test_what_stands_in_the_query_of_the_address_is_asked_for_on_every_page(paging):
    def tell(request: Request) -> Any:
        places = [request.parameter(name) for name in ("page", "offset", "cursor")]
        last = places not in ([None] * 3, ["1", None, None], [None, "0", None])
        following = None if last or paging == "none" else "/people?cursor=2" if paging == "link" else "2"
        return {
            "data": [] if last and paging in ("page", "offset") else row(int(last) + 1),
            "next": following,
        }

    with telling(tell) as script:
        script.walk("/people?tenant=7&a=b%2Fc", paging=paging, next="next", params={"sort": "id"})
        own = source(script.url + "/people?tenant=7", {"one": "/people/{id}"})
        fetcher = fetcher_for(own)
        with api_for(fetcher) as api:
            fetcher.find(api, "17")
    assert {one.parameter("tenant") for one in script.requests} == {"7"}
    assert script.requests[-1].path == "/people/17"
    assert script.requests[0].parameter("a") == "b/c"


def test_a_base_url_in_the_configuration_takes_the_place_of_the_host():
    with telling(lambda _: {"data": row(1)}) as script:
        own = {"paging": "none", "base_url": script.url + "/proxy"}
        walked(
            source("https://api.example.org/v2/people?tenant=7", {"paging": "none"}, base_url=own["base_url"])
        )
    assert script.asked == ["/proxy/v2/people?tenant=7"]


def test_search_by_post_puts_paging_into_the_body():
    def tell(request: Request) -> Any:
        body = json.loads(request.body)
        start = body.get("page", {}).get("start", 0)
        return {"data": row(*range(start, min(start + 2, 5))), "total": 5}

    with telling(tell) as script:
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
    with telling(lambda _: {"data": row(1), "next_cursor": cursor}) as script, pytest.raises(ContractChanged):
        script.walk(paging="cursor", cursor_param="after")


@pytest.mark.parametrize("cursor", [[1, "a"], {"id": 3}, 7, True, "\ud800"])
def test_a_cursor_in_a_body_may_be_any_json(cursor):
    def tell(request: Request) -> Any:
        after = json.loads(request.body).get("search_after")
        return {"data": row(1 if after is None else 2), "next_cursor": cursor if after is None else None}

    with telling(tell) as script:
        script.walk(method="post", paging="cursor", cursor_param="search_after", stable=True)
    assert json.loads(script.requests[1].body)["search_after"] == cursor


@pytest.mark.parametrize(
    ("form", "sent"),
    [("iso", "2026-03-01T11:50:00Z"), ("unix", "1772365800"), ("unix_ms", "1772365800000")],
)
def test_changes_are_asked_for_from_a_little_before_the_last_one(form, sent):
    start = Start(Mode.CHANGED, time_of("2026-03-01T12:00:00Z"))
    with telling(lambda _: {"data": row(1), "next_cursor": None}) as script:
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


# credentials


def test_a_secret_in_the_query_is_in_no_cursor_no_log_and_no_error(caplog):
    caplog.set_level(logging.DEBUG)

    def tell(request: Request) -> Any:
        if request.parameter("page") == "3":
            return Response(400, json.dumps({"error": f"bad key {SECRET}"}).encode())
        page = int(request.parameter("page") or 1)
        return {"data": row(page), "next": f"/people?api_key={SECRET}&page={page + 1}"}

    with telling(tell) as script:
        own = source(
            script.url + "/people",
            {"auth": "query:api_key", "paging": "link", "next": "next"},
            secrets={"token": SECRET},
        )
        fetcher, cursors = fetcher_for(own), []
        with api_for(fetcher) as api, pytest.raises(ContractChanged) as refused:
            cursors += [page.cursor for page in fetcher.fetch(api, Start())]
    assert [one.query.count(("api_key", SECRET)) for one in script.requests] == [1, 1, 1]
    assert SECRET not in caplog.text + str(refused.value) + repr(cursors) + repr(fetcher)
    assert SECRET not in repr(fetcher.connection())


def test_headers_and_parameters_may_stand_elsewhere():
    secrets = {"token": "t", "params.app": "one-secret", "headers.X-Tenant": "another"}
    with telling(lambda _: {"data": row(1)}) as script:
        script.walk(
            paging="none",
            auth="header:X-Key",
            params={"app": {"env": "APP"}, "sort": "id"},
            headers={"X-Tenant": {"file": "tenant.txt"}, "X-Version": "2"},
            secrets=secrets,
        )
    asked = script.requests[0]
    assert asked.query == [("sort", "id"), ("app", "one-secret")]
    assert [asked.headers[name] for name in ("x-key", "x-tenant", "x-version")] == ["t", "another", "2"]


def test_a_key_in_the_body():
    with telling(lambda _: {"data": row(1)}) as script:
        script.walk(paging="none", method="post", auth="body:auth.key", secrets={"token": SECRET})
    assert json.loads(script.requests[0].body) == {"auth": {"key": SECRET}}
    assert "authorization" not in script.requests[0].headers


class Granting:
    """A token endpoint and a list of two pages behind it."""

    def __init__(self, **token: Any) -> None:
        self.token = {"token_type": "Bearer", **token}
        self.forms: list[dict[str, str]] = []
        self.heads: list[dict[str, str]] = []
        self.taken: set[str] = set()
        self.refusal: Response | None = None

    def __call__(self, request: Request) -> Any:
        if request.path == "/oauth/token":
            return self.refusal or self.grant(request)
        if request.headers["authorization"] not in self.taken:
            return Response(401, b"{}")
        last = request.parameter("cursor") is not None
        return {"data": row(2 if last else 1), "next_cursor": None if last else "2"}

    def grant(self, request: Request) -> Any:
        self.forms.append(dict(parse_qsl(request.body.decode())))
        self.heads.append(request.headers)
        made = f"token-{len(self.forms)}"
        self.taken = {f"Bearer {made}"}
        return {"access_token": made, **self.token}

    def walk(self, script: Script, secret: str = "s/cret", **grant: Any) -> Walked:
        return script.walk(
            paging="cursor",
            stable=True,
            auth="oauth",
            oauth={"token_url": script.url + "/oauth/token", **grant},
            secrets={"key": "the client", "secret": secret},
        )


def test_a_token_is_granted_once_and_shown_on_every_page():
    granting = Granting(expires_in=3600)
    with telling(granting) as script:
        assert granting.walk(script, scope="contacts.read all", audience="people").reason is None
    assert granting.forms == [
        {"grant_type": "client_credentials", "scope": "contacts.read all", "audience": "people"}
    ]
    assert granting.heads[0]["authorization"] == "Basic dGhlK2NsaWVudDpzJTJGY3JldA=="
    assert granting.heads[0]["content-type"] == "application/x-www-form-urlencoded"


def test_the_client_s_credentials_may_go_into_the_form():
    granting = Granting()
    with telling(granting) as script:
        assert granting.walk(script, in_body=True, client_id="public", resource="r").reason is None
    assert granting.forms == [
        {
            "grant_type": "client_credentials",
            "client_id": "public",
            "client_secret": "s/cret",
            "resource": "r",
        }
    ]
    assert "authorization" not in granting.heads[0]


@pytest.mark.parametrize("lifetime", [-5, "-5"])
def test_a_token_that_has_ended_is_renewed_before_it_is_shown(lifetime):
    granting = Granting(expires_in=lifetime)
    with telling(granting) as script:
        assert granting.walk(script).reason is None
    assert len(granting.forms) == 2


def test_a_token_that_is_refused_is_renewed_once():
    granting = Granting(expires_in=3600)
    asked = 0

    def tell(request: Request) -> Any:
        nonlocal asked
        if request.path == "/people" and (asked := asked + 1) == 2:
            granting.taken = set()
        return granting(request)

    with telling(tell) as script:
        assert granting.walk(script).reason is None
        assert len(granting.forms) == 2


def test_tokens_that_are_never_taken_are_not_asked_for_without_end():
    granting = Granting()

    def tell(request: Request) -> Any:
        return granting(request) if request.path == "/oauth/token" else Response(401, b"{}")

    with telling(tell) as script, pytest.raises(CredentialsRefused, match="crm: status 401"):
        granting.walk(script)
    assert len(granting.forms) == 2


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_client_says_which_source_needs_credentials(status, caplog):
    caplog.set_level(logging.DEBUG)
    granting = Granting()
    said = {"error": "invalid_client", "error_description": f"unknown client {SECRET}"}
    granting.refusal = Response(status, json.dumps(said).encode())
    with telling(granting) as script, pytest.raises(CredentialsRefused) as refused:
        granting.walk(script, secret=SECRET)
    for part in ("crm", "invalid_client", "127.0.0.1", "a person must mend"):
        assert part in str(refused.value)
    assert SECRET not in str(refused.value) + caplog.text


@pytest.mark.parametrize(
    "told",
    [
        *({}, [], {"access_token": None}, {"access_token": "ünï"}, {"access_token": "a\r\nb"}),
        *({"access_token": 7}, {"access_token": "a", "token_type": "mac"}),
        {"access_token": "a", "expires_in": {}},
    ],
)
def test_an_answer_that_is_no_token_is_an_error_without_its_values(told):
    granting = Granting()
    granting.refusal = Response(200, json.dumps(told).encode())
    with telling(granting) as script, pytest.raises(ContractChanged, match=r"crm: .*token_url"):
        granting.walk(script)


def test_a_token_endpoint_may_have_a_bad_moment():
    granting, failures = Granting(), [Response(503, b""), Response(200, b"<html>")]

    def tell(request: Request) -> Any:
        return failures.pop() if failures and request.path == "/oauth/token" else granting(request)

    with telling(tell) as script:
        assert granting.walk(script).reason is None


# bodies


def test_csv_is_read_by_its_first_line():
    text = (
        '\ufeffid;Name;e-mail;e-mail\r\n1;"Berg; Ann\nof ""X""";a@example.org;b@example.org\r\n\r\n2;Bo\r\n'
    )
    with telling(lambda _: Response(200, text.encode(), "text/csv")) as script:
        own = source(script.url + "/p", {"paging": "none", "format": "csv", "delimiter": ";"})
        fetcher = fetcher_for(own)
        with api_for(fetcher) as api:
            rows = [one for page in fetcher.fetch(api, Start()) for one in page.payloads]
    assert rows == [
        {"id": "1", "Name": 'Berg; Ann\nof "X"', "e-mail": ["a@example.org", "b@example.org"]},
        {"id": "2", "Name": "Bo", "e-mail": ["", ""]},
    ]
    assert script.requests[0].headers["accept"].startswith("text/csv")


def test_a_row_of_csv_with_too_many_cells_shows_no_id_and_costs_no_other():
    with telling(lambda _: Response(200, b"id,name\n1,Ann\n2,Bo,x\n3,Cy\n")) as script:
        assert script.walk(paging="none", format="csv").seen == {"1", "3"}


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Please wait", b'{"data": []}', b'id,name\n1,"Ann', b"id\n\xff"]
)
@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_a_body_of_another_format_is_no_empty_list(form, body):
    if form == "ndjson" and body in (b"", b'{"data": []}'):
        return  # no line at all; one contact without an id
    with (
        telling(lambda _: Response(200, body)) as script,
        pytest.raises(ContractChanged, match=form.upper()),
    ):
        script.walk(paging="none", format=form)


def test_csv_in_another_encoding():
    with telling(lambda _: Response(200, "id,name\n1,Jürgen\n".encode("cp1252"))) as script:
        assert script.walk(paging="none", format="csv", encoding="cp1252").seen == {"1"}


def test_lines_of_json():
    with telling(lambda _: Response(200, b'\xef\xbb\xbf{"id": 1}\n\n{"id": "2"}\r\n{"id": 3}')) as script:
        assert script.walk(paging="none", format="ndjson").seen == {"1", "2", "3"}


def test_contacts_in_an_object_by_id_keep_their_text_and_get_their_key():
    people = '"17": {"name": "Ann", "size": 1.50}, "18": {}, "19": {"id": 19}, "x": 7, "20": {"id": 5}'
    body = f'{{"people": {{{people}}}}}'.encode()
    with telling(lambda _: Response(200, body)) as script:
        own = source(script.url + "/p", {"paging": "none", "rows": "people", "key_as": "id"})
        fetcher = fetcher_for(own)
        with api_for(fetcher) as api:
            rows = [one for page in fetcher.fetch(api, Start()) for one in page.payloads]
    assert [fetcher.external_id(one) for one in rows] == ["17", "18", "19", None, None]
    assert [getattr(one, "text", None) for one in rows[:3]] == [
        '{"id":"17","name": "Ann", "size": 1.50}',
        '{"id":"18"}',
        '{"id": 19}',
    ]
    assert rows[3:] == [{"x": 7}, {"20": {"id": 5}}]


def test_an_empty_object_may_be_written_as_an_empty_list():
    with telling(lambda _: {"people": []}) as script:
        assert script.walk(paging="none", rows="people", key_as="id").reason is None
    with (
        telling(lambda _: {"people": row(1)}) as script,
        pytest.raises(ContractChanged, match="object"),
    ):
        script.walk(paging="none", rows="people", key_as="id")


@pytest.mark.parametrize("body", [{"ann": {"id": 1}}, {"ann@example.org": {}, "bo": {}}])
def test_names_that_are_keys_stand_in_no_error(body):
    with telling(lambda _: body) as script, pytest.raises(ContractChanged, match="key_as") as changed:
        script.walk(paging="none")
    assert "ann" not in str(changed.value)
