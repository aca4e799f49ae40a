"""Acts on golden contacts over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from dedupe.storage.tokens import Scope
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.conftest import Open

MAILBOX = "jm@example.com"


@pytest.fixture(autouse=True)
def _people(house: DecidingHouse) -> None:
    for key in ("crm:1", "mail:1", "web:1"):
        house.collected(contact(key, name="Jonathan Marchetti", email=MAILBOX))
    house.collected(contact("crm:9", name="Zebulon Whittaker", email="zw@example.com"))
    house.merges()


def split(client: httpx.Client, house: DecidingHouse, *keys: str, **more: Any) -> httpx.Response:
    asked = {"groups": [[str(house.seed(key)) for key in keys]]} | more.pop("body", {})
    return client.post(f"/v1/golden-contacts/{house.golden('crm:1')}/split", json=asked, **more)


def test_a_split_is_published_when_it_returns(client: httpx.Client, house: DecidingHouse) -> None:
    answer = split(client, house, "web:1")
    assert answer.status_code == 201
    assert answer.json()["golden_ids"] == sorted([str(house.golden("crm:1")), str(house.seed("web:1"))])
    hits = client.post("/v1/lookup", json={"email": MAILBOX}).json()["hits"]
    assert {hit["contact"]["id"] for hit in hits} == {*answer.json()["golden_ids"]}


def test_a_preview_does_nothing_and_its_seen_is_taken(client: httpx.Client, house: DecidingHouse) -> None:
    told = split(client, house, "web:1", params={"preview": "true"})
    assert told.status_code == 200
    assert house.golden("web:1") == house.golden("crm:1")
    shown = told.json()
    assert [len(one["source_links"]) for one in shown["before"]] == [3]
    assert sorted(len(one["source_links"]) for one in shown["after"]) == [1, 2]
    assert {event["kind"] for event in shown["events"]} == {"split", "made"}
    assert split(client, house, "web:1", body={"seen": shown["seen"]}).status_code == 201


def test_what_changed_since_the_preview_is_refused(client: httpx.Client, house: DecidingHouse) -> None:
    seen = split(client, house, "web:1", params={"preview": "true"}).json()["seen"]
    house.collected(contact("mail:1", name="Jonathan Marchetti", email="other@example.com"))
    refused = split(client, house, "web:1", body={"seen": seen})
    assert refused.status_code == 409
    assert str(house.seed("mail:1")) in refused.json()["detail"]


def test_a_move_a_join_and_a_confirmation(client: httpx.Client, house: DecidingHouse) -> None:
    to = house.golden("crm:9")
    moved = client.post(
        f"/v1/golden-contacts/{to}/move", json={"source_contacts": [str(house.seed("web:1"))]}
    )
    assert moved.status_code == 201
    assert house.golden("web:1") == house.golden("crm:9")
    assert client.post(f"/v1/golden-contacts/{house.golden('crm:1')}/confirm", json={}).status_code == 201
    join = f"/v1/golden-contacts/{house.golden('crm:1')}/join"
    refused = client.post(join, json={"golden_contacts": [str(house.golden("crm:9"))]})
    assert refused.status_code == 409
    assert refused.json()["path"] == [moved.json()["decision"]]


def test_an_act_on_one_that_was_merged_says_where_it_leads(
    client: httpx.Client, house: DecidingHouse
) -> None:
    both = {house.golden("crm:1"), house.golden("crm:9")}
    join = f"/v1/golden-contacts/{house.golden('crm:1')}/join"
    client.post(join, json={"golden_contacts": [str(house.golden("crm:9"))]})
    [merged] = both - {house.golden("crm:1")}
    refused = client.post(f"/v1/golden-contacts/{merged}/confirm", json={})
    assert refused.status_code == 409
    assert str(house.golden("crm:1")) in refused.json()["detail"]
    assert client.post(f"/v1/golden-contacts/{uuid4()}/confirm", json={}).status_code == 404


def test_who_may_look_may_report_and_not_split(
    opened: Open, house: DecidingHouse, token: Callable[..., dict[str, str]]
) -> None:
    client = opened(tokens_required=True)
    looker = token(Scope.LOOKUP)
    address = f"/v1/golden-contacts/{house.golden('crm:1')}"
    reported = client.post(
        f"{address}/report", json={"source_contacts": [str(house.seed("web:1"))]}, headers=looker
    )
    assert reported.status_code == 201
    assert client.post(f"{address}/confirm", json={}, headers=looker).status_code == 403
    queue = client.get("/v1/review-candidates", headers=token(Scope.REVIEW)).json()
    assert queue["candidates"][0]["cause"] == "reported"
    assert "reported as wrong" in client.get("/review", headers=token(Scope.REVIEW)).text


def test_a_batch_is_decided_whole_or_not_and_revoked_whole(
    client: httpx.Client, house: DecidingHouse
) -> None:
    one, two, three, other = (str(house.seed(key)) for key in ("crm:1", "mail:1", "web:1", "crm:9"))
    apart = {"verdict": "different", "sides": [[one, two], [three]]}
    contradicting = {"verdict": "same", "sides": [[one, two, three]]}
    refused = client.post("/v1/decision-batches", json={"decisions": [apart, contradicting]})
    assert refused.status_code == 409
    assert "decision 2 of the batch contradicts what comes before it: 1" in refused.json()["detail"]
    assert client.get("/v1/decisions").json()["decisions"] == []
    join = {"verdict": "same", "sides": [[two], [other]]}
    made = client.post("/v1/decision-batches", json={"decisions": [apart, join]})
    assert made.status_code == 201
    assert house.golden("crm:9") == house.golden("mail:1") != house.golden("web:1")
    batch = made.json()["decision"]
    listed = client.get("/v1/decisions", params={"batch": batch, "live": "true"}).json()["decisions"]
    assert {each["verdict"] for each in listed} == {"different", "same"}
    assert client.post(f"/v1/decisions/{batch}/revoke", json={}).status_code == 200
    assert house.golden("web:1") == house.golden("crm:1") != house.golden("crm:9")
    assert client.post(f"/v1/decisions/{batch}/revoke", json={}).status_code == 409


def test_decisions_are_listed_by_what_is_asked_a_page_at_a_time(
    client: httpx.Client, house: DecidingHouse
) -> None:
    split(client, house, "web:1")
    client.post(f"/v1/golden-contacts/{house.golden('crm:1')}/confirm", json={})
    pages = [client.get("/v1/decisions", params={"limit": 1}).json()]
    pages.append(client.get("/v1/decisions", params={"limit": 1, "after": pages[0]["after"]}).json())
    assert [page["decisions"][0]["act"] for page in pages] == ["confirm", "split"]
    about = {"source_contact": str(house.seed("web:1"))}
    assert [each["act"] for each in client.get("/v1/decisions", params=about).json()["decisions"]] == [
        "split"
    ]
    assert client.get("/v1/decisions", params={"decided_by": "nobody"}).json()["decisions"] == []
    assert client.get("/v1/decisions", params={"misspelled": "1"}).status_code == 422


def test_a_shared_value_is_told_by_its_address_or_number(client: httpx.Client, house: DecidingHouse) -> None:
    made = client.post("/v1/value-decisions", json={"email": MAILBOX, "verdict": "shared"})
    assert made.status_code == 201
    assert len({house.golden(key) for key in ("crm:1", "mail:1", "web:1")}) == 3
    again = client.post("/v1/value-decisions", json={"email": MAILBOX, "verdict": "shared"})
    assert again.status_code == 409
    for body in (
        {"verdict": "shared"},
        {"email": MAILBOX, "verdict": "not_theirs"},
        {"email": MAILBOX, "verdict": "shared", "since": "2026-01-01"},
    ):
        assert client.post("/v1/value-decisions", json=body).status_code == 422


def test_a_pin_is_set_by_a_source_contact(client: httpx.Client, house: DecidingHouse) -> None:
    house.collected(contact("mail:1", name="Jonathan Marchetti", email=MAILBOX, company="Granite Deck"))
    house.merges()
    body = {"source_contact": str(house.seed("mail:1")), "field": "company", "value": "Granite Deck"}
    assert client.post("/v1/pins", json=body).status_code == 201
    assert client.post("/v1/pins", json=body).status_code == 409
