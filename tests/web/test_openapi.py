"""The OpenAPI document says what everything means, and who may do it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any

import httpx
import pytest

from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from dedupe.web.app import create_app
from dedupe.web.openapi_document import SCOPES, SIGNATURE, TOKEN
from dedupe.web.services import Services
from tests.web.conftest import Open, draws

Token = Callable[..., dict[str, str]]
WORDS = tomllib.loads(files("dedupe.web").joinpath("openapi_words.toml").read_text("utf-8"))
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    def nothing(*_: object) -> Any:
        raise AssertionError

    services = Services(Database.__new__(Database), nothing, nothing, draws, tokens_required=True)
    return create_app(services).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def undescribed(document: dict[str, Any]) -> Iterator[str]:
    for name, schema in document["components"]["schemas"].items():
        for what, one in [("", schema), *schema.get("properties", {}).items()]:
            if not one.get("description"):
                yield f"{name}.{what}"
    for method, path, operation in operations(document):
        for what, one in [
            ("", operation),
            *((each["name"], each) for each in operation.get("parameters", [])),
        ]:
            if not one.get("description"):
                yield f"{method} {path} {what}"


def test_everything_says_what_it_means(document: dict[str, Any]) -> None:
    assert list(undescribed(document)) == [], "Field(description=…), or a line in openapi_words.toml"


def test_nothing_is_described_that_is_not_there(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    properties = {name for schema in schemas.values() for name in schema.get("properties", {})}
    ids = {operation["operationId"] for _, _, operation in operations(document)}
    assert WORDS["properties"].keys() - properties == set()
    assert WORDS["schemas"].keys() - schemas.keys() == set()
    assert WORDS["operations"].keys() - ids == set()
    assert SCOPES.keys() - ids == set()
    for name, words in WORDS["schemas"].items():
        assert words.keys() - {"_"} - schemas[name].get("properties", {}).keys() == set(), name
        assert [one for one in words if one != "_" and schemas[name]["properties"][one] == {}] == []


def test_examples_are_of_what_they_are_for(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        for prop, one in schema.get("properties", {}).items():
            kinds = {one.get("type"), *(each.get("type") for each in one.get("anyOf", []))}
            for example in one.get("examples", []):
                of = {str: "string", int: "integer", float: "number", list: "array", dict: "object"}[
                    type(example)
                ]
                assert of in kinds or "$ref" in one, f"{name}.{prop}"


def test_every_route_says_who_may_use_it(document: dict[str, Any]) -> None:
    needs = {operation["operationId"]: operation.get("security") for _, _, operation in operations(document)}
    assert {name for name, security in needs.items() if security == []} == {"healthz", "readyz"}
    assert needs["deliver_webhook"] == [{SIGNATURE: []}]
    others = needs.keys() - {"healthz", "readyz", "deliver_webhook"}
    assert others == SCOPES.keys(), "openapi_words.toml lists each route under its scope"
    assert all(needs[name] == [{TOKEN: [SCOPES[name]]}] for name in others)


ID = "00000000-0000-0000-0000-000000000000"
VALID: dict[str, Any] = {  # bodies that are refused for nothing but the scope
    "lookup": {"email": "a@example.org"},
    "lookup_many": {"lookups": [{"email": "a@example.org"}]},
    "match": {"name": "Ann"},
    "search": {"asked": "Ann"},
    "explain_by_body": {"left": "a@example.org", "right": "b@example.org"},
    "decide": {"verdict": "same", "seen": "0" * 48},
    "decide_by_hand": {"verdict": "same", "sides": [[ID], [ID[:-1] + "1"]]},
    "decide_at_once": {"decisions": [{"verdict": "same", "sides": [[ID], [ID[:-1] + "1"]]}]},
    "split": {"groups": [[ID]]},
    "move": {"source_contacts": [ID]},
    "join": {"golden_contacts": [ID[:-1] + "1"]},
    "pin": {"source_contact": ID, "field": "company", "value": "Acme"},
    "decide_value": {"email": "a@example.org", "verdict": "shared"},
    "judge_sample": {"verdict": "same"},
    "draw_audit": {"merged": 1, "near": 1},
    "tell_source_contacts": {"source": "none", "contacts": [{"external_id": "1", "deleted": True}]},
    "make_token": {"name": "x", "scopes": ["lookup"]},
    "decide_alike": {"verdict": "different", "by": "levels"},
    "answer_access_request": {"keys": ["none:1"]},
    "erase": {"what": ["none:1"]},
    "acknowledge_erasure": {"recipient": "Acme"},
    "assign": {"who": None},
    "give_opinion": {"verdict": "same", "seen": "0" * 48},
    "search_review_candidates": {"text": "ann"},
    "keep_review_view": {"name": "all", "filter": {}},
    "answer_many": {"verdict": "same", "seen": "0" * 48},
    "verify_certificate": {"certificate": {}, "sha256": "", "hmac_sha256": ""},
}
IDS = ("golden_id", "candidate_id", "decision_id", "audit_id", "token_id", "run_id", "erasure", "view_id")
QUERIES = {
    "find_golden_contacts": {"email": "a@example.org"},
    "explain": {"left": "a@example.org", "right": "b@example.org"},
    "review_group": {"pattern": "mailbox:same"},
}
HELD = {
    "lookup": {Scope.LOOKUP, Scope.REVIEW, Scope.ADMIN},
    "review": {Scope.REVIEW, Scope.ADMIN},
    "intake": {Scope.INTAKE, Scope.ADMIN},
    "admin": {Scope.ADMIN},
}


def test_each_route_opens_to_the_scopes_that_it_names(
    opened: Open, token: Token, document: dict[str, Any]
) -> None:
    client = opened(tokens_required=True)
    tokens = {scope: token(scope) for scope in Scope}
    for method, path, operation in operations(document):
        name = operation["operationId"]
        if name not in SCOPES or name == "draw_audit":
            continue  # drawing loads every contact
        address = path.replace("{name}", "none").replace("{source}", "none").replace("{number}", "1")
        address = re.sub(r"\{(\w+_id|erasure)\}", ID, address)
        body = VALID.get(name, {}) if method == "post" else None
        for scope, header in tokens.items():
            said = client.request(method, address, headers=header, params=QUERIES.get(name), json=body)
            assert (said.status_code != 403) == (scope in HELD[SCOPES[name]]), (name, scope, said.text)


def test_a_method_that_is_not_there_names_those_that_are(
    client: httpx.Client, document: dict[str, Any]
) -> None:
    for path, methods in document["paths"].items():
        address = path.replace("{number}", "1").replace("{name}", "n").replace("{source}", "n")
        address = address.replace("{", "").replace("}", "") if "{" in address else address
        there = {method.upper() for method in methods}
        expected = there | {"OPTIONS"} | ({"HEAD"} if "GET" in there else set())
        absent = next(method for method in METHODS if method not in methods)
        refused = client.request(absent, address)
        assert refused.status_code == 405, (absent, address)
        told = client.options(address)
        assert told.status_code == 204
        for answer in (refused, told):
            assert set(answer.headers["allow"].split(", ")) == expected, address
