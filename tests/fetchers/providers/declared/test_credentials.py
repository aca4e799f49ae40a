"""How a declared source is shown its credentials, and where they never are."""

from __future__ import annotations

import json
import logging
from typing import Any
from urllib.parse import parse_qsl

import pytest

from dedupe.errors import ContractChanged, CredentialsRefused
from dedupe.fetchers.fetcher import Start
from dedupe.fetchers.registry import api_for, fetcher_for
from dedupe.simulators.server.http import Response, SimulatedRequest
from tests.fetchers.providers.answering_provider import Script, answering, row
from tests.fetchers.providers.changing_list import Walked, source

SECRET = "told-to-nobody"


def test_a_secret_in_the_query_is_in_no_cursor_no_log_and_no_error(caplog):
    caplog.set_level(logging.DEBUG)

    def respond(request: SimulatedRequest) -> Any:
        if request.parameter("page") == "3":
            return Response(400, json.dumps({"error": f"bad key {SECRET}"}).encode())
        page = int(request.parameter("page") or 1)
        return {"data": row(page), "next": f"/people?api_key={SECRET}&page={page + 1}"}

    with answering(respond) as script:
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
    with answering(lambda _: {"data": row(1)}) as script:
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
    with answering(lambda _: {"data": row(1)}) as script:
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

    def __call__(self, request: SimulatedRequest) -> Any:
        if request.path == "/oauth/token":
            return self.refusal or self.grant(request)
        if request.headers["authorization"] not in self.taken:
            return Response(401, b"{}")
        last = request.parameter("cursor") is not None
        return {"data": row(2 if last else 1), "next_cursor": None if last else "2"}

    def grant(self, request: SimulatedRequest) -> Any:
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
    with answering(granting) as script:
        assert granting.walk(script, scope="contacts.read all", audience="people").reason is None
    assert granting.forms == [
        {"grant_type": "client_credentials", "scope": "contacts.read all", "audience": "people"}
    ]
    assert granting.heads[0]["authorization"] == "Basic dGhlK2NsaWVudDpzJTJGY3JldA=="
    assert granting.heads[0]["content-type"] == "application/x-www-form-urlencoded"


def test_the_client_s_credentials_may_go_into_the_form():
    granting = Granting()
    with answering(granting) as script:
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
    with answering(granting) as script:
        assert granting.walk(script).reason is None
    assert len(granting.forms) == 2


def test_a_token_that_is_refused_is_renewed_once():
    granting = Granting(expires_in=3600)
    asked = 0

    def respond(request: SimulatedRequest) -> Any:
        nonlocal asked
        if request.path == "/people" and (asked := asked + 1) == 2:
            granting.taken = set()
        return granting(request)

    with answering(respond) as script:
        assert granting.walk(script).reason is None
        assert len(granting.forms) == 2


def test_tokens_that_are_never_taken_are_not_asked_for_without_end():
    granting = Granting()

    def respond(request: SimulatedRequest) -> Any:
        return granting(request) if request.path == "/oauth/token" else Response(401, b"{}")

    with answering(respond) as script, pytest.raises(CredentialsRefused, match="crm: status 401"):
        granting.walk(script)
    assert len(granting.forms) == 2


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_client_says_which_source_needs_credentials(status, caplog):
    caplog.set_level(logging.DEBUG)
    granting = Granting()
    said = {"error": "invalid_client", "error_description": f"unknown client {SECRET}"}
    granting.refusal = Response(status, json.dumps(said).encode())
    with answering(granting) as script, pytest.raises(CredentialsRefused) as refused:
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
    with answering(granting) as script, pytest.raises(ContractChanged, match=r"crm: .*token_url"):
        granting.walk(script)


def test_a_token_endpoint_may_have_a_bad_moment():
    granting, failures = Granting(), [Response(503, b""), Response(200, b"<html>")]

    def respond(request: SimulatedRequest) -> Any:
        return failures.pop() if failures and request.path == "/oauth/token" else granting(request)

    with answering(respond) as script:
        assert granting.walk(script).reason is None
