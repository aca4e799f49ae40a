"""Audits over HTTP: drawn, judged one after the other, measured; by the API and by the pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

import httpx
import pytest

from dedupe.clustering.audit_estimates import measure_audit
from dedupe.storage import audits
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from dedupe.web.problem_types import JUDGEMENT_UNFIT
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.conftest import Open
from tests.web.test_pages import hidden


@pytest.fixture(autouse=True)
def _served(house: DecidingHouse) -> None:
    """Two golden contacts, of three and of two, and a near miss."""
    house.collected(
        contact("crm:1", name="Ann Quill", email="ann@quill.example", phone="+442079460018"),
        contact("mail:1", name="Ann Quill", email="ann@quill.example"),
        contact("shop:1", name="Ann Quill", email="ann@quill.example", phone="+442079460018"),
        contact("crm:2", name="Bob Stone", email="bob@stone.example"),
        contact("mail:2", name="Bob Stone", email="bob@stone.example"),
        contact("crm:3", name="Jonathan Marchetti", email="jm@example.com"),
        contact("mail:3", name="Jonathan Marchetti", email="jonathan@example.net"),
    )
    house.merges()


def drawn(client: httpx.Client) -> dict[str, Any]:
    answer = client.post("/v1/audits", json={"merged": 10, "near": 10})
    assert answer.status_code == 201, answer.text
    audit: dict[str, Any] = answer.json()
    return audit


def samples(client: httpx.Client, audit: dict[str, Any]) -> list[dict[str, Any]]:
    address = f"/v1/audits/{audit['audit']['id']}/samples"
    return [client.get(f"{address}/{at + 1}").json() for at in range(audit["audit"]["samples"])]


def judge(client: httpx.Client, sample: dict[str, Any], **said: Any) -> httpx.Response:
    address = f"/v1/audits/{sample['audit']}/samples/{sample['number']}/judgement"
    return client.post(address, json=said)


def three(client: httpx.Client, audit: dict[str, Any]) -> dict[str, Any]:
    """The sample of the golden contact of three."""
    return next(one for one in samples(client, audit) if len(one["left"]) == 3)


def test_samples_are_shown_without_what_the_model_thinks(client: httpx.Client) -> None:
    audit = drawn(client)
    assert (audit["audit"]["samples"], audit["audit"]["judged"], audit["next"]) == (3, 0, 1)
    assert sum(row["drawn"] for row in audit["strata"] if row["kind"] == "merged") == 2
    for one in samples(client, audit):
        assert not {"probability", "weight", "stratum"} & set(one)
        assert one["question"].startswith("Is all" if one["kind"] == "merged" else "Are both sides")


def test_judged_samples_are_measured_as_on_the_command_line(client: httpx.Client, database: Database) -> None:
    audit = drawn(client)
    for one in samples(client, audit):
        assert judge(client, one, verdict="same", note="sure").status_code == 200
    shown = client.get(f"/v1/audits/{audit['audit']['id']}").json()
    assert (shown["next"], shown["audit"]["judged"]) == (None, 3)
    assert shown["measured"]["missed"]["share"] > 0
    with database.begin() as connection:
        chosen = audits.get(connection)
        told = measure_audit(chosen, audits.samples(connection, chosen.id))
    by_command = json.loads(json.dumps(asdict(told), default=str))
    assert shown["measured"] == by_command | {"drawn_at": shown["measured"]["drawn_at"]}
    assert client.get("/v1/audits").json() == [shown["audit"]]


def test_contacts_that_are_another_persons_are_told_apart_and_decided(
    client: httpx.Client, house: DecidingHouse
) -> None:
    one = three(client, drawn(client))
    stranger = next(who for who in one["left"] if who["source"] == "mail")
    said = judge(client, one, verdict="different", astray=[stranger["id"]], decide=True)
    assert said.status_code == 200, said.text
    assert (said.json()["people"], said.json()["wrong_pairs"]) == (2, 2)
    assert house.golden_of("mail:1") != house.golden_of("crm:1") == house.golden_of("shop:1")
    decision = client.get(f"/v1/decisions/{said.json()['decision']}").json()
    assert (decision["origin"], decision["verdict"]) == ("audit", "different")


def test_what_cannot_be_judged_so_is_refused_and_nothing_is_saved(client: httpx.Client) -> None:
    audit = drawn(client)
    one = three(client, audit)
    everybody = [who["id"] for who in one["left"]]
    assert judge(client, one, verdict="perhaps").status_code == 422
    for said in (
        {"verdict": "same", "astray": everybody[:1]},
        {"verdict": "different", "astray": everybody},
        {"verdict": "different", "astray": [str(UUID(int=7))]},
        {"verdict": "different", "decide": True},  # who is whose?
    ):
        refused = judge(client, one, **said)
        assert (refused.status_code, refused.json()["type"]) == (409, JUDGEMENT_UNFIT.urn), said
    assert client.get(f"/v1/audits/{audit['audit']['id']}").json()["audit"]["judged"] == 0
    assert client.get(f"/v1/audits/{audit['audit']['id']}/samples/99").status_code == 404
    assert client.get(f"/v1/audits/{UUID(int=7)}").status_code == 404


def test_only_reviewers_audit(opened: Open, token: Callable[..., dict[str, str]]) -> None:
    client = opened(tokens_required=True)
    assert client.get("/v1/audits").status_code == 401
    assert client.post("/v1/audits", json={}, headers=token(Scope.LOOKUP)).status_code == 403
    assert client.post("/v1/audits", json={}, headers=token(Scope.REVIEW)).status_code == 201


def test_a_person_draws_and_judges_page_by_page(client: httpx.Client) -> None:
    form_token = hidden(client.get("/audits").text, "form_token")
    fields = {"form_token": form_token, "merged": "10", "near": "10"}
    audit = client.post("/audits", data=fields, follow_redirects=True)
    assert "0 of 3 judged" in audit.text
    page = client.get(f"{audit.url.path}/next", follow_redirects=True)
    for at in range(3):
        assert f"Sample {at + 1} of 3" in page.text
        assert "bits" not in page.text
        said = {"form_token": form_token, "verdict": "unsure" if at else "same", "note": f"looked {at}"}
        page = client.post(page.url.path, data=said, follow_redirects=True)
    assert "3 of 3 judged, 2 of them unsure" in page.text
    assert "on judging" not in page.text
    again = client.get(f"{audit.url.path}/1").text
    assert "was said by" in again
    assert 'value="looked 0"' in again


def test_a_judgement_that_is_refused_keeps_what_was_written(client: httpx.Client) -> None:
    audit = drawn(client)
    one = three(client, audit)
    address = f"/audits/{one['audit']}/{one['number']}"
    form_token = hidden(client.get(address).text, "form_token")
    fields = {"form_token": form_token, "verdict": "different", "note": "a family?", "decide": "true"}
    refused = client.post(address, data=fields)
    assert refused.status_code == 422
    assert "which source contacts are another person" in refused.text
    assert 'value="a family?"' in refused.text
    accepted = client.post(address, data=fields | {"astray": one["left"][0]["id"]})
    assert accepted.status_code == 303
    assert client.post(address, data=fields | {"form_token": "x"}).status_code == 403
