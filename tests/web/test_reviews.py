"""The review queue over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any
from uuid import UUID

import httpx
import pytest

from dedupe.review.explain.pair import why_not
from dedupe.review.explain.steps import STEPS
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from tests.house import contact
from tests.review.deciding_house import ADA, DecidingHouse
from tests.web.conftest import Open


@pytest.fixture(autouse=True)
def _doubtful(house: DecidingHouse) -> None:
    house.collected(
        contact("crm:1", name="Jonathan Marchetti", email="jm@example.com"),
        contact("mail:1", name="Jonathan Marchetti", email="jonathan@example.net"),
    )
    house.merges()


def asked(client: httpx.Client) -> dict[str, Any]:
    """The only question, in full."""
    [question] = client.get("/v1/review-candidates").json()["candidates"]
    shown: dict[str, Any] = client.get(f"/v1/review-candidates/{question['id']}").json()
    return shown


def decide(client: httpx.Client, shown: dict[str, Any], verdict: str, **headers: str) -> httpx.Response:
    body = {"verdict": verdict, "seen": shown["seen"], "note": "looked"}
    return client.post(
        f"/v1/review-candidates/{shown['question']['id']}/decision", json=body, headers=headers
    )


def test_a_question_shows_both_sides_and_every_comparison_with_its_weight(client: httpx.Client) -> None:
    shown = asked(client)
    sides = [shown["question"]["left"], shown["question"]["right"]]
    assert [side[0]["name"] for side in sides] == ["Jonathan Marchetti", "Jonathan Marchetti"]
    [pair] = shown["pairs"]
    assert pair["weight"] == pytest.approx(pair["prior"] + sum(step["weight"] for step in pair["steps"]))
    assert all(step["sentence"] for step in pair["steps"])


def test_an_answer_is_published_when_it_returns(client: httpx.Client, house: DecidingHouse) -> None:
    response = decide(client, asked(client), "same")
    assert response.status_code == 201
    assert response.json()["golden_ids"] == [str(house.golden_of("crm:1"))]
    assert house.golden_of("crm:1") == house.golden_of("mail:1")
    empty = {"waiting": 0, "matching": 0, "candidates": [], "after": None}
    assert client.get("/v1/review-candidates").json() == empty
    [hit] = client.post("/v1/lookup", json={"email": "jonathan@example.net"}).json()["hits"]
    assert len(hit["contact"]["source_links"]) == 2


def test_a_request_sent_twice_with_its_key_acts_once(client: httpx.Client) -> None:
    shown = asked(client)
    first = decide(client, shown, "different", **{"Idempotency-Key": "k1"})
    again = decide(client, shown, "different", **{"Idempotency-Key": "k1"})
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = decide(client, shown, "same", **{"Idempotency-Key": "k1"})
    assert other.status_code == 409
    assert "used for another" in other.json()["detail"]
    assert decide(client, shown, "different").status_code == 409


def test_outdated_evidence_is_refused_with_the_news(client: httpx.Client, house: DecidingHouse) -> None:
    shown = asked(client)
    house.collected(contact("crm:1", name="Jonathan Marchetti", email="new@example.com"))
    refused = decide(client, shown, "same")
    assert refused.status_code == 409
    news = refused.json()["news"]
    assert news["seen"] != shown["seen"]
    assert decide(client, news, "same").status_code == 201


def test_a_contradiction_names_the_decisions_in_the_way(client: httpx.Client, house: DecidingHouse) -> None:
    first = decide(client, asked(client), "same").json()["decision"]
    sides = [[str(house.seed("crm:1"))], [str(house.seed("mail:1"))]]
    refused = client.post("/v1/decisions", json={"verdict": "different", "sides": sides})
    assert refused.status_code == 409
    assert refused.json()["path"] == [first]


def test_taking_back_asks_again(client: httpx.Client) -> None:
    decision = decide(client, asked(client), "different").json()["decision"]
    assert client.post(f"/v1/decisions/{decision}/revoke", json={}).status_code == 200
    assert client.post(f"/v1/decisions/{decision}/revoke", json={}).status_code == 409
    assert client.get(f"/v1/decisions/{decision}").json()["revoked_by"] == "local"
    assert asked(client)["decisions"][0]["id"] == decision


def test_the_decider_is_whoever_the_token_names(
    opened: Open, token: Callable[..., dict[str, str]], house: DecidingHouse
) -> None:
    client = opened(tokens_required=True)
    assert client.get("/v1/review-candidates", headers=token(Scope.LOOKUP)).status_code == 403
    client.headers.update(token(Scope.REVIEW))
    decision = decide(client, asked(client), "same").json()["decision"]
    assert client.get(f"/v1/decisions/{decision}").json()["decided_by"] == "Ada"


def test_two_contacts_are_explained_as_the_night_judged_them(client: httpx.Client) -> None:
    found = client.get("/v1/explain", params={"left": "crm:1", "right": "mail:1"}).json()
    assert found["pair"] == asked(client)["pairs"][0]
    assert found["gate"] == "link"
    assert [gate["name"] for gate in found["gates"]] == list(STEPS)
    never = client.get("/v1/explain", params={"left": "crm:1", "right": "mail:2"}).json()
    assert (never["gate"], never["pair"]) == ("listed", None)


def test_the_api_tells_the_same_as_the_command_line(
    client: httpx.Client, database: Database, house: DecidingHouse
) -> None:
    for left, right in (("crm:1", "mail:1"), ("jm@example.com", "mail/1"), ("crm:1", "mail:2")):
        with database.begin() as connection:
            told = why_not(connection, ADA, house.scorer, left, right)
        said = client.post("/v1/explain", json={"left": left, "right": right})
        assert said.status_code == 200
        assert said.json() == json.loads(json.dumps(asdict(told), default=str))


def test_what_names_no_contact_is_refused_and_not_repeated(client: httpx.Client) -> None:
    for left, status in (("neither this nor that", 404), ("crm:1", 404), (str(UUID(int=7)), 404), ("", 422)):
        said = client.get("/v1/explain", params={"left": left, "right": "crm:1"})
        assert said.status_code == status
        assert "neither" not in said.text


def test_a_decision_that_cannot_be_read_is_refused(client: httpx.Client) -> None:
    shown = asked(client)
    for body in ({"verdict": "perhaps"}, {"verdict": "same", "seen": "ff"}, {"verdict": "same", "seen": "x"}):
        address = f"/v1/review-candidates/{shown['question']['id']}/decision"
        assert client.post(address, json={"seen": shown["seen"]} | body).status_code == 422
    missing = client.get("/v1/review-candidates/00000000-0000-0000-0000-000000000000")
    assert missing.status_code == 404
