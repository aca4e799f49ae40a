"""Working on the queue with others, over HTTP and on the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from dedupe.storage import tokens
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.conftest import Open
from tests.web.test_pages import hidden

PEOPLE = ("Jonathan Marchetti", "Wilhelmina Okonkwo")
As = Callable[[str], httpx.Client]


@pytest.fixture(autouse=True)
def _doubtful(house: DecidingHouse) -> None:
    for at, name in enumerate(PEOPLE):
        house.collected(
            contact(f"crm:{at}", name=name, email=f"a{at}@example.com"),
            contact(f"mail:{at}", name=name, email=f"b{at}@example.net"),
        )
    house.merges()


@pytest.fixture
def as_(opened: Open, database: Database) -> Iterator[As]:
    """`as_("Ann")`: a client that carries a token of hers."""
    client, stack = opened(tokens_required=True), ExitStack()

    def made(name: str) -> httpx.Client:
        with database.begin() as connection:
            secret = tokens.make(connection, name, [Scope.REVIEW]).secret
        token = {"Authorization": f"Bearer {secret}"}
        theirs = httpx.Client(base_url=client.base_url, headers=token, follow_redirects=True, timeout=30)
        return stack.enter_context(theirs)

    with stack:
        yield made


def following(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = client.post("/v1/review-queue/next", json=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["candidate"]
    return found


def test_each_reviewer_is_given_another_question(as_: As) -> None:
    ann, bob, cy = as_("Ann"), as_("Bob"), as_("Cy")
    hers, his = following(ann), following(bob)
    assert hers["question"]["id"] != his["question"]["id"]
    assert hers["question"]["held_by"] == "Ann"
    assert following(cy) is None
    assert following(ann, besides=hers["question"]["id"]) is None
    ann.post(f"/v1/review-candidates/{hers['question']['id']}/release")
    assert following(cy)["question"]["id"] == hers["question"]["id"]


def test_the_next_one_of_those_that_conditions_hold_for(as_: As) -> None:
    assert following(as_("Ann"), source="nowhere") is None
    assert following(as_("Ann"), source="crm") is not None


def test_a_question_is_assigned_and_taken_over(as_: As) -> None:
    ann, bob = as_("Ann"), as_("Bob")
    question = following(ann)["question"]["id"]
    address = f"/v1/review-candidates/{question}"
    assert bob.post(f"{address}/claim", json={}).json()["yours"] is False
    assert bob.post(f"{address}/claim", json={"take_over": True}).json()["yours"] is True
    given = ann.post(f"{address}/assignment", json={"who": "Bob"}).json()
    assert (given["claim"]["who"], given["claim"]["expires_at"], given["yours"]) == ("Bob", None, False)
    assert ann.post(f"{address}/assignment", json={"who": "Nobody"}).status_code == 404
    assert ann.post(f"{address}/assignment", json={"who": None}).json()["claim"] is None


def test_a_second_opinion_over_http(as_: As) -> None:
    ann, bob = as_("Ann"), as_("Bob")
    asked = following(ann)
    address = f"/v1/review-candidates/{asked['question']['id']}"
    mine = {"verdict": "same", "seen": asked["seen"], "note": "one voice", "ask": "Bob"}
    told = ann.post(f"{address}/opinion", json=mine)
    assert (told.status_code, [one["who"] for one in told.json()["opinions"]]) == (201, ["Ann"])
    his = following(bob)
    assert (his["question"]["id"], his["question"]["opinions"]) == (asked["question"]["id"], 1)
    assert his["opinions"] == []
    both = bob.post(f"{address}/opinion", json={"verdict": "different", "seen": his["seen"]}).json()
    assert [one["verdict"] for one in both["opinions"]] == ["same", "different"]
    answer = {"verdict": "different", "seen": his["seen"], "despite_opinions": True}
    assert bob.post(f"{address}/decision", json=answer).status_code == 201


def test_a_differing_opinion_is_looked_at_before_it_is_decided_over_http(as_: As) -> None:
    ann, bob = as_("Ann"), as_("Bob")
    asked = following(ann)
    address = f"/v1/review-candidates/{asked['question']['id']}"
    ann.post(f"{address}/opinion", json={"verdict": "same", "seen": asked["seen"]})
    answer = {"verdict": "different", "seen": asked["seen"]}
    for _ in ("once", "and sent again"):
        told = bob.post(f"{address}/decision", json=answer, headers={"Idempotency-Key": "bobs-answer-1"})
        assert (told.status_code, told.json()["type"].split(":")[-1]) == (409, "opinions-differ")
        assert [one["who"] for one in told.json()["news"]["opinions"]] == ["Ann", "Bob"]
    assert bob.get("/v1/decisions").json()["decisions"] == []
    done = bob.post(f"{address}/decision", json=answer | {"despite_opinions": True})
    assert done.status_code == 201


def test_the_page_of_what_another_is_at_says_so_and_offers_no_answer(as_: As) -> None:
    ann, bob = as_("Ann"), as_("Bob")
    address = ann.get("/review/next").url.path
    theirs = bob.get(address)
    assert "Ann is at work on this" in theirs.text
    assert 'name="verdict"' not in theirs.text
    assert bob.get("/review/next").url.path != address
    taken = bob.post(f"{address}/claim", data={"form_token": hidden(theirs.text, "form_token")})
    assert 'name="verdict"' in taken.text
    assert "Bob is at work on this" in ann.get(address).text
    assert "with Bob" in ann.get("/review").text


def test_on_the_page_the_second_says_theirs_before_they_see_the_first(as_: As, house: DecidingHouse) -> None:
    ann, bob = as_("Ann"), as_("Bob")
    page = ann.get("/review/next")
    said = {name: hidden(page.text, name) for name in ("form_token", "seen")}
    left = ann.post(f"{page.url.path}/opinion", data=said | {"opinion": "same", "note": "one voice"})
    assert left.url.path != page.url.path
    blind = bob.get(page.url.path)
    assert "one voice" not in blind.text
    said = {name: hidden(blind.text, name) for name in ("form_token", "seen")}
    both = bob.post(f"{page.url.path}/decision", data=said | {"verdict": "different"})
    assert "Nothing is decided yet" in both.text
    assert "one voice" in both.text
    assert house.rows()["decisions"] == 0
    done = bob.post(f"{page.url.path}/decision", data=said | {"verdict": "same"})
    assert "Decided and published" in done.text
    assert house.rows()["decisions"] == 1
