"""Many questions answered at once, over HTTP and on the pages."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.review.test_answering_many import ALIKE, NAMES
from tests.web.test_pages import hidden


@pytest.fixture(autouse=True)
def _brothers(house: DecidingHouse) -> None:
    for at, name in enumerate(NAMES):
        house.collected(
            contact(f"crm:{at}", name=f"Tom {name}", phone=f"+44207946000{at}"),
            contact(f"mail:{at}", name=f"Tim {name}", phone=f"+44207946000{at}"),
        )
    house.merges()


def group(client: httpx.Client, **asked: Any) -> dict[str, Any]:
    answer = client.get("/v1/review-queue/group", params={"pattern": ALIKE} | asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_group_is_previewed_answered_once_and_taken_back(client: httpx.Client) -> None:
    found = group(client)
    assert (found["matching"], found["answerable"], len(found["sample"])) == (6, 6, 5)
    body = {"verdict": "different", "seen": found["seen"], "note": "brothers"}
    told = client.post("/v1/review-queue/answers", json=body, params={"preview": True})
    assert (told.status_code, len(told.json()["questions_gone"])) == (200, 6)
    key = {"Idempotency-Key": "once"}
    done = client.post("/v1/review-queue/answers", json=body, headers=key)
    assert (done.status_code, done.json()["answered"], done.json()["left_out"]) == (201, 6, [])
    assert client.post("/v1/review-queue/answers", json=body, headers=key).json() == done.json()
    assert client.post("/v1/review-queue/answers", json=body).status_code == 409
    assert group(client)["matching"] == 0
    revoked = client.post(f"/v1/decisions/{done.json()['decision']}/revoke", json={})
    assert revoked.status_code == 200
    assert group(client)["matching"] == 6


def test_a_group_may_be_narrowed_further(client: httpx.Client) -> None:
    assert group(client, source="crm")["matching"] == 6
    assert group(client, source="nowhere")["matching"] == 0
    assert client.get("/v1/review-queue/group").status_code == 422


def test_the_page_shows_five_answers_all_and_takes_them_back(client: httpx.Client) -> None:
    listed = client.get("/review/patterns").text
    assert "agree in family name and phone, differ in given name" in listed
    address = re.search(r'href="(/review/group\?[^"]+)"', listed)
    assert address
    page = client.get(address.group(1).replace("&amp;", "&")).text
    assert len(re.findall(r'class="sampled"', page)) == 5
    said = {name: hidden(page, name) for name in ("form_token", "seen", "within")}
    done = client.post("/review/answers", data=said | {"verdict": "different"}, follow_redirects=True)
    assert "6 questions are answered" in done.text
    undo = re.search(r'action="(/review/answers/[^"]+/revoke)"', done.text)
    assert undo
    back = client.post(undo.group(1), data={"form_token": said["form_token"]}, follow_redirects=True)
    assert "6 questions wait" in back.text


def test_on_the_page_a_value_answers_what_hangs_on_it(client: httpx.Client) -> None:
    value, *others = client.get("/v1/review-queue/values").json()
    assert len(others) == 5
    page = client.get("/review/values").text
    said = {"form_token": hidden(page, "form_token"), "field": value["field"], "key": value["key"]}
    assert "1 question hangs on it" in client.post("/review/values", data=said).text
    done = client.post("/review/values/answer", data=said | {"verdict": "shared"}, follow_redirects=True)
    assert "1 question is answered" in done.text
    assert client.post("/review/values/answer", data=said | {"verdict": "shared"}).status_code == 409
    assert len(client.get("/v1/review-queue/values").json()) == 5


def test_a_question_says_what_hangs_on_a_value_that_both_sides_hold(client: httpx.Client) -> None:
    page = client.get("/review/next", follow_redirects=True).text
    assert "Is this phone several people" in page
    assert "It answers 1 question" in page
