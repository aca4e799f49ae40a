"""The queue by what it asks and in which order, page by page, and answered from the list."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.house import contact
from tests.review.deciding_house import DecidingHouse

PEOPLE = ("Jonathan Marchetti", "Wilhelmina Okonkwo", "Zebulon Whittaker")


@pytest.fixture(autouse=True)
def _doubtful(house: DecidingHouse) -> None:
    for at, name in enumerate(PEOPLE):
        house.collected(
            contact(f"crm:{at}", name=name, email=f"a{at}@example.com", phone=f"+1212555010{at}"),
            contact(f"{'mail' if at else 'web'}:{at}", name=name, email=f"b{at}@example.net"),
        )
        house.merges()


def listed(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = client.get("/v1/review-candidates", params=asked)
    assert answer.status_code == 200, answer.text
    page: dict[str, Any] = answer.json()
    return page


def names(page: dict[str, Any]) -> list[str]:
    return [one["left_name"] for one in page["candidates"]]


def test_only_what_all_conditions_hold_for(client: httpx.Client) -> None:
    everything = listed(client)
    assert (everything["waiting"], everything["matching"]) == (3, 3)
    from_the_web = listed(client, source="web")
    assert (names(from_the_web), from_the_web["matching"], from_the_web["waiting"]) == ([PEOPLE[0]], 1, 3)
    assert listed(client, cause="reported")["candidates"] == []
    assert listed(client, cause="doubtful", source="crm")["matching"] == 3
    assert listed(client, source="nowhere")["matching"] == 0
    assert listed(client, country="US")["matching"] == 3
    assert listed(client, country="DE")["matching"] == 0


def test_a_range_of_probability_takes_both_ends(client: httpx.Client) -> None:
    told = sorted(one["probability"] for one in listed(client)["candidates"])
    exactly = listed(client, min_probability=told[0], max_probability=told[0])
    assert {one["probability"] for one in exactly["candidates"]} == {told[0]}
    assert exactly["matching"] >= 1
    assert listed(client, min_probability=1)["matching"] == 0


def test_since_when_it_is_asked(client: httpx.Client) -> None:
    seen = sorted(one["first_seen_at"] for one in listed(client)["candidates"])
    assert listed(client, since=seen[1])["matching"] == 2
    assert client.get("/v1/review-candidates", params={"since": "2026-01-01"}).status_code == 422


@pytest.mark.parametrize(
    ("sort", "of_one"),
    [
        ("priority", lambda one: -one["priority"]),
        ("probability", lambda one: -one["probability"]),
        ("age", lambda one: one["first_seen_at"]),
    ],
)
def test_each_order_goes_on_page_by_page(client: httpx.Client, sort: str, of_one: Any) -> None:
    found: list[dict[str, Any]] = []
    page = listed(client, sort=sort, limit=1)
    while page["candidates"]:
        found += page["candidates"]
        page = listed(client, limit=1, after=page["after"]) if page["after"] else {"candidates": []}
    assert len({one["id"] for one in found}) == 3
    assert [of_one(one) for one in found] == sorted(of_one(one) for one in found)


def test_what_is_answered_meanwhile_moves_no_page(client: httpx.Client) -> None:
    first = listed(client, sort="age", limit=2)
    answered = first["candidates"][0]
    body = {"verdict": "different", "seen": answered["seen"]}
    assert client.post(f"/v1/review-candidates/{answered['id']}/decision", json=body).status_code == 201
    assert names(listed(client, after=first["after"])) == [PEOPLE[2]]


def test_an_answer_from_the_list_is_refused_when_a_member_has_changed(
    client: httpx.Client, house: DecidingHouse
) -> None:
    question = listed(client, source="web")["candidates"][0]
    shown = client.get(f"/v1/review-candidates/{question['id']}").json()
    assert question["seen"] == shown["seen"]
    house.collected(contact("web:0", name=PEOPLE[0], email="new@example.net"))
    body = {"verdict": "same", "seen": question["seen"]}
    refused = client.post(f"/v1/review-candidates/{question['id']}/decision", json=body)
    assert (refused.status_code, refused.json()["type"].split(":")[-1]) == (409, "evidence-outdated")


def test_decisions_are_listed_from_the_last_of_a_page(client: httpx.Client) -> None:
    for question in listed(client)["candidates"]:
        body = {"verdict": "different", "seen": question["seen"]}
        client.post(f"/v1/review-candidates/{question['id']}/decision", json=body)
    first = client.get("/v1/decisions", params={"limit": 2}).json()
    rest = client.get("/v1/decisions", params={"after": first["after"]}).json()
    assert len({one["id"] for one in first["decisions"] + rest["decisions"]}) == 3
