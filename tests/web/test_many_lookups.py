"""Up to 1,000 lookups in one request: the same answers and the same log lines as one by one."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from dedupe.storage.database import Database
from dedupe.storage.tables import access_log
from tests.house import contact
from tests.review.deciding_house import DecidingHouse


@pytest.fixture
def people(house: DecidingHouse) -> DecidingHouse:
    house.collected(
        contact("crm:1", name="Ada Marchetti", email="ada@example.org", phone="+442079460018"),
        contact("mail:1", name="Ada Marchetti", email="ada@example.org"),
        contact("web:1", name="Ada Marchetti", email="ada@example.org", phone="+12125550123"),
        contact("crm:9", name="Zebulon Whittaker", email="zw@example.com", phone="+16502530000"),
    )
    house.merges()
    return house


def many(client: httpx.Client, *asked: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.post("/v1/lookups", json={"lookups": list(asked)})
    assert answer.status_code == 200, answer.text
    answers: list[dict[str, Any]] = answer.json()["answers"]
    return answers


def golden_ids(answer: dict[str, Any]) -> list[str]:
    return [hit["contact"]["id"] for hit in answer["hits"]]


QUESTIONS: list[dict[str, Any]] = [
    {"email": "Ada@Example.org "},
    {"email": "a.d.a+x@example.org"},
    {"email": "nobody@example.org"},
    {"phone": "+442079460018"},
    {"phone": "(650) 253-0000", "region": "US"},
    {"phone": "020 7946 0018", "region": "GB"},
    {"phone": "+44 20 7946 0999"},
    {"source": "mail", "source_contact": "1"},
    {"source": "mail", "source_contact": "none"},
]


@pytest.mark.usefixtures("people")
def test_each_answer_is_that_of_a_lookup_by_itself(client: httpx.Client) -> None:
    answers = many(client, *QUESTIONS)
    alone = [client.post("/v1/lookup", json=asked).json()["hits"] for asked in QUESTIONS]
    assert [one["hits"] for one in answers] == alone
    assert {one["status"] for one in answers} == {"found", "nobody"}
    assert golden_ids(answers[0]) == golden_ids(answers[3]) != []


@pytest.mark.usefixtures("people")
def test_each_is_in_the_access_log_as_if_asked_by_itself(client: httpx.Client, database: Database) -> None:
    def told() -> list[tuple[Any, ...]]:
        with database.begin() as connection:
            rows = connection.execute(select(access_log).order_by(access_log.c.id)).mappings().all()
            connection.execute(access_log.delete())
        return [(row["who"], row["door"], row["action"], sorted(row["golden_ids"])) for row in rows]

    told()
    many(client, *QUESTIONS)
    at_once = told()
    for asked in QUESTIONS:
        client.post("/v1/lookup", json=asked)
    assert sorted(at_once) == sorted(told())
    assert len(at_once) >= len(QUESTIONS)


def test_what_can_be_nobodys_is_answered_in_its_place(client: httpx.Client, people: DecidingHouse) -> None:
    unreadable: list[dict[str, Any]] = [{"email": "no address"}, {"email": ""}, {"phone": "ann"}]
    unreadable.append({"phone": "1", "region": "AA"})
    answers = many(client, *unreadable, {"email": "zw@example.com"})
    assert [one["status"] for one in answers] == ["unreadable"] * 4 + ["found"]
    assert all(one["reason"] for one in answers[:4])
    assert "no address" not in json.dumps(answers)
    assert golden_ids(answers[4]) == [str(people.golden("crm:9"))]


def test_golden_ids_say_what_became_of_them(client: httpx.Client, people: DecidingHouse) -> None:
    golden, never = people.golden("crm:1"), uuid4()
    retired = str(golden_ids(many(client, {"email": "zw@example.com"})[0])[0])
    people_join(client, golden, retired)
    live, merged, unknown = many(
        client, {"golden_id": str(golden)}, {"golden_id": retired}, {"golden_id": str(never)}
    )
    assert (live["status"], golden_ids(live)) == ("found", [str(golden)])
    assert (merged["status"], golden_ids(merged)) == ("merged", [str(golden)])
    assert (unknown["status"], unknown["hits"]) == ("unknown", [])
    assert str(never) in unknown["reason"]


def people_join(client: httpx.Client, golden: UUID, other: str) -> None:
    joined = client.post(f"/v1/golden-contacts/{golden}/join", json={"golden_contacts": [other]})
    assert joined.json()["golden_ids"] == [str(golden)]


def test_a_thousand_at_once_and_no_more(client: httpx.Client, people: DecidingHouse) -> None:
    answers = many(client, *[{"email": f"n{at}@example.org"} for at in range(999)], {"phone": "+16502530000"})
    assert [one["status"] for one in answers] == ["nobody"] * 999 + ["found"]
    assert golden_ids(answers[-1]) == [str(people.golden("crm:9"))]
    refused = client.post("/v1/lookups", json={"lookups": [{"email": "a@example.org"}] * 1001})
    assert (refused.status_code, refused.json()["type"][-16:]) == (422, "too-many-at-once")
    assert "1,000" in refused.json()["detail"]


@pytest.mark.parametrize(
    "item", [{}, {"email": "a@example.org", "phone": "+1"}, {"source": "crm"}, {"golden_id": "x"}, {"e": 1}]
)
def test_a_question_that_is_none_says_which(client: httpx.Client, item: dict[str, Any]) -> None:
    refused = client.post("/v1/lookups", json={"lookups": [{"email": "a@example.org"}, item]})
    assert refused.status_code == 422
    [mistake] = refused.json()["mistakes"]
    assert mistake["where"][:3] == ["body", "lookups", 1]
    assert not mistake["problem"].startswith("Value error")
