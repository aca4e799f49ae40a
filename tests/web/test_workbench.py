"""The queue narrowed down by facets, searched, and kept as views."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from dedupe.model import Verdict
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.test_pages import hidden

PEOPLE = ("Jonathan Marchetti", "Wilhelmina Okonkwo", "Zoë Łukasik")
PHONES = ("+442079460018", "+4930901820", "+33142685300")


@pytest.fixture(autouse=True)
def _doubtful(house: DecidingHouse) -> None:
    for at, name in enumerate(PEOPLE):
        house.collected(
            contact(f"crm:{at}", name=name, email=f"a{at}@example.com", phone=PHONES[at]),
            contact(f"{'mail' if at else 'web'}:{at}", name=name, email=f"b{at}@example.net"),
        )
    house.merges()


def facets(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = client.get("/v1/review-queue/facets", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(found: list[dict[str, Any]]) -> dict[str, int]:
    return {one["value"]: one["questions"] for one in found}


def search(client: httpx.Client, **asked: Any) -> list[str]:
    answer = client.post("/v1/review-queue/search", json=asked)
    assert answer.status_code == 200, answer.text
    return [one["left_name"] for one in answer.json()["candidates"]]


def test_every_facet_counts_what_its_condition_lets_through(client: httpx.Client) -> None:
    found = facets(client)
    assert (found["waiting"], found["matching"]) == (3, 3)
    assert counts(found["source"]) == {"crm": 3, "mail": 2, "web": 1}
    assert counts(found["country"]) == {"DE": 1, "FR": 1, "GB": 1}
    assert found["pattern"][0]["words"].startswith("agree in given name and family name")
    for name in ("cause", "pattern", "source", "country", "probability"):
        for one in found[name]:
            listed = client.get("/v1/review-candidates", params=one["condition"]).json()
            assert listed["matching"] == one["questions"], one


def test_facets_are_counted_among_what_other_conditions_let_through(client: httpx.Client) -> None:
    narrowed = facets(client, source="web")
    assert (narrowed["waiting"], narrowed["matching"]) == (3, 1)
    assert counts(narrowed["country"]) == {"GB": 1}


def test_facets_follow_decisions_and_nights(client: httpx.Client, house: DecidingHouse) -> None:
    facets(client)
    first = house.waiting()[0]
    house.answers(house.shown(first.id), Verdict.DIFFERENT)
    assert facets(client)["matching"] == 2
    house.collected(
        contact("crm:9", name="Ida Brandvold", email="ida@a.example", phone="+4722865500"),
        contact("mail:9", name="Ida Brandvold", email="ida@b.example"),
    )
    house.merges()
    assert counts(facets(client)["country"])["NO"] == 1


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("okonkwo", PEOPLE[1]),
        ("zoe lukasik", PEOPLE[2]),
        ("Łukasik", PEOPLE[2]),
        ("A0@example.com", PEOPLE[0]),
        ("020 7946", PEOPLE[0]),
        ("+49 (30) 901820", PEOPLE[1]),
        ("web:0", PEOPLE[0]),
    ],
)
def test_a_question_is_found_by_any_part_of_what_a_member_is_called_or_reached_by(
    client: httpx.Client, typed: str, name: str
) -> None:
    assert search(client, text=typed) == [name]
    assert search(client, text=typed, source="nowhere") == []


def test_what_says_nothing_to_look_for_is_refused(client: httpx.Client) -> None:
    for given in ({"text": " "}, {}, {"text": "ann", "email": "a@b.example"}):
        assert client.post("/v1/review-queue/search", json=given).status_code == 422
    assert client.post("/v1/review-queue/search", json={"email": "no email"}).status_code == 404


def test_what_hangs_on_a_value_is_found_by_it(client: httpx.Client, house: DecidingHouse) -> None:
    house.collected(
        contact("crm:7", name="Tom Oakley", phone="+442079460005"),
        contact("mail:7", name="Tim Oakley", phone="020 7946 0005"),
    )
    house.merges()
    assert search(client, phone="+44 20 7946 0005") in (["Tom Oakley"], ["Tim Oakley"])
    assert search(client, phone="+44 20 7946 0018") == []  # one side alone holds it
    assert search(client, email="a0@example.com") == []


def test_a_view_is_kept_for_oneself_or_for_all_and_removed(client: httpx.Client) -> None:
    wanted = {"source": "web", "min_probability": 0.1}
    kept = client.post("/v1/review-views", json={"name": "from the web", "filter": wanted})
    assert (kept.status_code, kept.json()["filter"]) == (201, wanted)
    again = client.post("/v1/review-views", json={"name": "from the web", "filter": {}, "shared": True})
    [view] = client.get("/v1/review-views").json()
    assert (view["id"], view["filter"], view["shared"]) == (again.json()["id"], {}, True)
    assert client.delete(f"/v1/review-views/{view['id']}").status_code == 204
    assert client.delete(f"/v1/review-views/{view['id']}").status_code == 404


def test_the_page_narrows_searches_and_keeps(client: httpx.Client) -> None:
    page = client.get("/review", params={"source": "web"}).text
    assert "1 of 3 questions wait" in page
    assert "source: web" in page
    token = {"form_token": hidden(page, "form_token")}
    assert hidden(page, "within") == "source=web"
    kept = client.post(
        "/review/views", data=token | {"within": "source=web", "name": "the web"}, follow_redirects=True
    )
    assert re.search(r'href="/review\?source=web">the web<', kept.text)
    found = client.post("/review/search", data=token | {"text": "okonkwo"}).text
    assert PEOPLE[1] in found
    assert PEOPLE[0] not in found
    assert client.post("/review/search", data=token | {"text": "  "}).status_code == 422
    assert client.get("/review/search", follow_redirects=True).url.path == "/review"


def test_what_is_narrowed_stays_so_from_one_question_to_the_next(client: httpx.Client) -> None:
    first = client.get("/review/next", params={"within": "source=mail"}, follow_redirects=True)
    assert PEOPLE[0] not in first.text
    said = {name: hidden(first.text, name) for name in ("form_token", "seen", "within")}
    assert said["within"] == "source=mail"
    address = f"{first.url.path}/decision"
    second = client.post(address, data=said | {"verdict": "different"}, follow_redirects=True)
    assert hidden(second.text, "within") == "source=mail"
    said |= {name: hidden(second.text, name) for name in ("form_token", "seen")}
    address = f"{second.url.path}/decision"
    done = client.post(address, data=said | {"verdict": "different"}, follow_redirects=True)
    assert done.url.path == "/review"
    assert "Nothing is left here" in done.text
    assert "1 wait in all" in done.text
