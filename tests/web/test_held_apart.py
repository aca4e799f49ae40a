"""A question says what holds its sides apart and what they are called; one that is skipped comes later."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from dedupe.model import Verdict
from dedupe.storage import tables
from dedupe.storage.database import Database
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.test_pages import hidden

PHONE = "+442079460018"


@pytest.fixture(autouse=True)
def _family(house: DecidingHouse) -> None:
    """A. Quill has the mailbox of Alan and the lines of Ann; others bear one name and may be one."""
    lines = f"{PHONE};+442079460019"
    house.collected(
        contact("crm:1", name="Ann Quill", email="ann@quill.example", phone=lines),
        contact("crm:2", name="Alan Quill", email="quill77@quill.example"),
        contact("mail:2", name="A. Quill", email="quill77@quill.example", phone=lines),
        contact("crm:4", name="Bea Stone", email="bea@stone.example"),
        contact("mail:4", name="Bea Stone", email="bea@oak.example"),
        contact("crm:5", name="Cyd Marsh", email="cyd@stone.example"),
        contact("mail:5", name="Cyd Marsh", email="cyd@oak.example"),
    )
    house.merges()


def questions(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/review-candidates").json()["candidates"]
    return found


def held(client: httpx.Client) -> dict[str, Any]:
    return next(one for one in questions(client) if one["cause"] == "held_apart")


def test_a_question_held_apart_says_by_what_as_the_explanation_does(client: httpx.Client) -> None:
    asked = held(client)
    told = client.get(f"/v1/review-candidates/{asked['id']}").json()["held_apart_by"]
    assert told.startswith("joining their clusters (1 + 2 contacts) weighs ")
    assert "most against it: " in told
    gates = client.get("/v1/explain", params={"left": "crm:1", "right": "mail:2"}).json()["gates"]
    assert told in next(gate["told"] for gate in gates if gate["name"] == "cluster")
    assert f"What holds them apart: {told}." in client.get(f"/review/{asked['id']}").text
    doubtful = next(one for one in questions(client) if one["cause"] == "doubtful")
    assert client.get(f"/v1/review-candidates/{doubtful['id']}").json()["held_apart_by"] is None


def test_a_decision_that_holds_them_apart_is_named(client: httpx.Client, house: DecidingHouse) -> None:
    asked = held(client)
    decision = house.decided("crm:1", "mail:2", Verdict.DIFFERENT)
    told = client.get(f"/v1/review-candidates/{asked['id']}").json()["held_apart_by"]
    assert told.startswith("decided different by Kim on ")
    assert str(decision) in told


def test_a_side_is_called_as_its_golden_contact_is_served(
    client: httpx.Client, house: DecidingHouse, database: Database
) -> None:
    golden = tables.golden_contacts
    with database.begin() as connection:
        named = golden.update().where(golden.c.id == house.golden_of("mail:2"))
        connection.execute(named.values(display_name="Roberta Quill"))
    asked = held(client)
    assert {asked["left_name"], asked["right_name"]} == {"Ann Quill", "Roberta Quill"}
    assert re.search(r'<th scope="col">\s*Roberta Quill', client.get(f"/review/{asked['id']}").text)
    assert "Roberta Quill" in client.get("/review").text


def test_a_skipped_question_is_asked_after_all_others(client: httpx.Client) -> None:
    every = [one["id"] for one in questions(client)]
    assert client.post(f"/v1/review-candidates/{every[0]}/skip").status_code == 204
    assert [one["id"] for one in questions(client)] == [*every[1:], every[0]]
    first, skipped = client.get("/v1/review-candidates", params={"limit": len(every) - 1}).json(), every[0]
    rest = client.get("/v1/review-candidates", params={"after": first["after"]}).json()
    assert [one["id"] for one in rest["candidates"]] == [skipped]
    assert rest["after"] is None
    missing = client.post("/v1/review-candidates/00000000-0000-0000-0000-000000000007/skip")
    assert missing.status_code == 404


def test_a_question_skipped_on_the_page_does_not_come_back_at_once(client: httpx.Client) -> None:
    page = client.get("/review/next", follow_redirects=True)
    fields = {"form_token": hidden(page.text, "form_token"), "seen": hidden(page.text, "seen")}
    following = client.post(f"{page.url.path}/skip", data=fields, follow_redirects=True)
    assert following.url.path not in (page.url.path, "/review")
    answer = {**fields, "seen": hidden(following.text, "seen"), "verdict": "unsure"}
    after = client.post(f"{following.url.path}/decision", data=answer, follow_redirects=True)
    assert after.url.path not in (page.url.path, "/review")
    assert client.post(f"{page.url.path}/skip", data={"form_token": "x"}).status_code == 403
