"""Requests of persons over HTTP: access, erasure, certificates, acknowledgements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dedupe.errors import ConfigurationError
from dedupe.pipeline.access_requests import AccessRules
from dedupe.pipeline.erasure import ErasedReport, erase
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from tests.house import contact
from tests.pipeline.test_erased_history import KEY, SETTINGS
from tests.review.deciding_house import DecidingHouse
from tests.web.conftest import Open
from tests.web.test_problems import type_of

Token = Callable[..., dict[str, str]]
NOBODY = "019ad8b4-0000-7000-8000-00000000000a"


@pytest.fixture
def client(opened: Open, house: DecidingHouse) -> httpx.Client:
    house.collected(
        contact("crm:1", name="Ann Lee", email="ann@x.org", phone="+442079460001"),
        contact("mail:1", name="Ann Lee", email="ann@x.org"),
        contact("crm:2", name="Bo Ray", email="bo@x.org", phone="+442079460001"),
    )
    house.merges()

    def erases(database: Database, visitor: Visitor, what: Any, *, dry_run: bool = False) -> ErasedReport:
        return erase(database, SETTINGS, KEY, what, unshow=house.unshow, visitor=visitor, dry_run=dry_run)

    return opened(erase=erases, access_rules=AccessRules(SETTINGS, erasure_key=KEY))


def test_everything_of_a_person_is_answered_after_a_look(client: httpx.Client) -> None:
    asked = {"keys": ["ann@x.org"]}
    shown = client.post("/v1/access-requests?preview=true", json=asked)
    assert shown.status_code == 200
    assert [one["external_id"] for one in shown.json()["included"]] == ["1", "1"]
    answer = client.post("/v1/access-requests", json=asked)
    assert answer.status_code == 201
    assert answer.json()["data_held"]
    assert "Ann Lee" in answer.text
    assert "Bo Ray" not in answer.text
    only = client.post("/v1/access-requests", json={**asked, "only": ["crm:1"]})
    assert [one["source"] for one in only.json()["source_contacts"]] == ["crm"]


def test_what_cannot_be_answered_is_told_without_what_was_sent(client: httpx.Client) -> None:
    unknown = (404, "not-known")
    for keys, told in (
        (["+442079460001"], (409, "several-people")),
        (["crm:99"], unknown),
        ([NOBODY], unknown),
        (["desk:1"], unknown),
        (["no key"], (404, "value-unreadable")),
        ([" \x1f"], (422, "request-unusable")),
    ):
        refused = client.post("/v1/access-requests", json={"keys": keys})
        assert type_of(refused) == told, keys
        assert not {"+442079460001", "no key"} & set(refused.text.split('"'))
    others = client.post("/v1/access-requests", json={"keys": ["ann@x.org"], "only": ["crm:2"]})
    assert type_of(others) == unknown
    assert client.post("/v1/access-requests", json={"keys": []}).status_code == 422


def test_an_erasure_is_answered_with_its_certificate(client: httpx.Client) -> None:
    done = client.post("/v1/erasures", json={"what": ["crm:1"]})
    assert done.status_code == 201
    erasure = done.json()["erasure"]
    assert (done.json()["source_contacts"], done.json()["remaining"]) == (1, ["mail:1"])
    found = client.get(f"/v1/erasures/{erasure['certificate']['id']}").json()
    assert found == erasure
    assert client.get("/v1/erasures").json()["erasures"] == [erasure]
    document = {name: erasure[name] for name in ("certificate", "sha256", "hmac_sha256")}
    assert client.post("/v1/certificates/verify", json=document).json()["right"]
    document["certificate"]["erased_by"] = "Eve"
    assert not client.post("/v1/certificates/verify", json=document).json()["right"]
    assert type_of(client.post("/v1/erasures", json={"what": ["crm:99"]})) == (404, "not-known")


def test_an_acknowledgement_is_noted_under_the_name_of_who_noted_it(
    client: httpx.Client, token: Token
) -> None:
    erasure = client.post("/v1/erasures", json={"what": ["crm:1"]}).json()["erasure"]["certificate"]["id"]
    body = {"recipient": "Acme", "note": "by letter"}
    address = f"/v1/erasures/{erasure}/acknowledgements"
    noted = client.post(address, json=body, headers=token(Scope.ADMIN))
    assert noted.status_code == 201
    [receipt] = noted.json()["receipts"]
    assert (receipt["recipient"], receipt["by"], receipt["state"]) == ("Acme", "Ada", "noted")
    assert client.post(f"/v1/erasures/{NOBODY}/acknowledgements", json=body).status_code == 404


def test_only_an_admin_may(client: httpx.Client, token: Token) -> None:
    headers = token(Scope.REVIEW)
    for path in ("/v1/erasures", f"/v1/erasures/{NOBODY}"):
        assert client.get(path, headers=headers).status_code == 403
    for path, body in (
        ("/v1/access-requests", {"keys": ["ann@x.org"]}),
        ("/v1/erasures", {"what": ["crm:1"]}),
        (f"/v1/erasures/{NOBODY}/acknowledgements", {"recipient": "Acme"}),
        ("/v1/certificates/verify", {"certificate": {}, "sha256": "", "hmac_sha256": ""}),
    ):
        assert client.post(path, json=body, headers=headers).status_code == 403


def test_without_a_key_nobody_is_erased(opened: Open) -> None:
    assert type_of(opened().post("/v1/erasures", json={"what": ["crm:1"]})) == (409, "no-erasure-key")

    def refuses(*_: Any, **_options: Any) -> ErasedReport:
        raise ConfigurationError("it is another key")

    refused = opened(erase=refuses).post("/v1/erasures", json={"what": ["crm:1"]})
    assert (type_of(refused), "another key" in refused.text) == ((503, "misconfigured"), False)


def test_who_would_be_erased_is_told_before_anybody_is(client: httpx.Client, house: DecidingHouse) -> None:
    before = house.together()
    shown = client.post("/v1/erasures?preview=true", json={"what": ["+442079460001"]})
    assert shown.status_code == 200
    assert shown.json()["source_contacts"] == ["crm:1", "crm:2"]
    assert shown.json()["remaining"] == ["mail:1"]
    assert shown.json()["rows"]["source_contacts"] == 2
    assert house.together() == before
    assert client.get("/v1/erasures").json()["erasures"] == []
    done = client.post("/v1/erasures", json={"what": ["+442079460001"]}).json()
    assert (done["source_contacts"], done["remaining"]) == (2, ["mail:1"])
    assert done["rows"] == shown.json()["rows"], "the preview is the erasure, rolled back"
