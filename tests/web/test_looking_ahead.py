"""The browser goes on to the next question before the answer is published, and is told what came of it."""

from __future__ import annotations

import httpx
import pytest

from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.test_pages import hidden

PEOPLE = ("Jonathan Marchetti", "Wilhelmina Okonkwo")


@pytest.fixture(autouse=True)
def _doubtful(house: DecidingHouse) -> None:
    for at, name in enumerate(PEOPLE):
        house.collected(
            contact(f"crm:{at}", name=name, email=f"a{at}@example.com"),
            contact(f"mail:{at}", name=name, email=f"b{at}@example.net"),
        )
    house.merges()


def test_the_next_one_is_another_and_none_is_told_without_a_page(client: httpx.Client) -> None:
    first = client.get("/review/next", follow_redirects=True)
    question = first.url.path.rsplit("/", 1)[1]
    ahead = client.get("/review/next", params={"besides": question}, follow_redirects=True)
    assert ahead.url.path not in ("/review", first.url.path)
    client.post(f"{ahead.url.path}/skip", data={"form_token": hidden(ahead.text, "form_token")})
    decide(client, first.url.path, first.text, ahead=None)
    left = ahead.url.path.rsplit("/", 1)[1]
    assert client.get("/review/next", params={"besides": left}).status_code == 204


def decide(client: httpx.Client, address: str, html: str, ahead: str | None) -> httpx.Response:
    said = {"form_token": hidden(html, "form_token"), "seen": hidden(html, "seen"), "verdict": "different"}
    return client.post(f"{address}/decision", data=said | ({"ahead": ahead} if ahead else {}))


def test_an_answer_is_told_with_its_undo_and_whether_the_next_is_asked_still(client: httpx.Client) -> None:
    first = client.get("/review/next", follow_redirects=True)
    question = first.url.path.rsplit("/", 1)[1]
    ahead = client.get("/review/next", params={"besides": question}, follow_redirects=True)
    following = ahead.url.path.rsplit("/", 1)[1]
    told = decide(client, first.url.path, first.text, following)
    assert told.status_code == 200
    assert 'data-asked="yes"' in told.text
    assert "/revoke" in told.text
    again = decide(client, ahead.url.path, ahead.text, question)  # which was answered
    assert 'data-asked="no"' in again.text


def test_a_refusal_comes_as_the_question_with_what_stands_in_the_way(
    client: httpx.Client, house: DecidingHouse
) -> None:
    first = client.get("/review/next", follow_redirects=True)
    question = first.url.path.rsplit("/", 1)[1]
    left = next(one for one in house.waiting() if str(one.id) == question).left[0]
    house.collected(contact(left.key, name=left.name, email="new@example.net"))
    refused = decide(client, first.url.path, first.text, question)
    assert refused.status_code == 409
    assert 'id="answered"' not in refused.text
    assert "Nothing was decided" in refused.text


def test_the_calibration_is_a_step_of_its_own(client: httpx.Client) -> None:
    page = client.get("/review/next", follow_redirects=True)
    question = page.url.path.rsplit("/", 1)[1]
    pair = client.get(f"/v1/review-candidates/{question}").json()["pairs"][0]
    odds = 2 ** (pair["weight"] + pair["calibration"])
    assert odds / (1 + odds) == pytest.approx(pair["probability"], abs=1e-6)
    assert pair["prior"] + sum(step["weight"] for step in pair["steps"]) == pytest.approx(pair["weight"])
    assert "Calibration" in page.text
