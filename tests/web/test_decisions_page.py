"""The page of decisions: about whom, by whom, what they did; filtered, page by page, undone in the row."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from dedupe.model import ValueVerdict, Verdict
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.test_pages import hidden


@pytest.fixture(autouse=True)
def _served(house: DecidingHouse) -> None:
    house.collected(
        contact("crm:1", name="Ada Byron", email="ada@example.org"),
        contact("mail:1", name="A. Lovelace", email="lovelace@example.net"),
        contact("crm:2", name="Bo Lind", email="bo@example.org"),
        contact("mail:2", name="Cy Good", email="cy@example.net"),
    )
    house.merges()


def decide(client: httpx.Client, house: DecidingHouse, left: str, right: str, verdict: str) -> dict[str, Any]:
    body = {"verdict": verdict, "sides": [[str(house.seed(left))], [str(house.seed(right))]], "note": "told"}
    answer = client.post("/v1/decisions", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def rows(page: str) -> list[str]:
    return re.findall(r'<tr id="[^"]+">.*?</tr>', page, re.DOTALL)


def test_a_row_names_them_and_says_what_it_did(client: httpx.Client, house: DecidingHouse) -> None:
    decide(client, house, "crm:1", "mail:1", "same")
    decide(client, house, "crm:2", "mail:2", "different")
    apart, joined = rows(client.get("/decisions").text)
    assert "Bo Lind" in apart
    assert "Cy Good" in apart
    assert "nothing that is served" in apart
    assert "joined 2 golden contacts" in joined
    assert "local" in joined
    assert "told" in joined
    first, second = client.get("/v1/decisions").json()["decisions"]
    assert (first["names"], first["did"]) == (["Bo Lind", "Cy Good"], "nothing that is served")
    assert second["did"].startswith("joined 2 golden contacts")


def test_one_is_taken_back_in_its_row(client: httpx.Client, house: DecidingHouse) -> None:
    made = decide(client, house, "crm:1", "mail:1", "same")
    page = client.get("/decisions", params={"verdict": "same"})
    fields = {"form_token": hidden(page.text, "form_token"), "back": hidden(page.text, "back")}
    back = client.post(f"/decisions/{made['decision']}/revoke", data=fields, follow_redirects=True)
    assert back.url.params.get("verdict") == "same"
    [row] = rows(back.text)
    assert "undone" in row
    assert "taken back" in row
    assert "joined 2 golden contacts" in row, "what it did, without what its being taken back did"
    assert "split" not in row
    assert house.golden_of("crm:1") != house.golden_of("mail:1")


def test_a_list_leads_back_to_itself_alone(client: httpx.Client, house: DecidingHouse) -> None:
    made = decide(client, house, "crm:1", "mail:1", "same")
    token = hidden(client.get("/decisions").text, "form_token")
    fields = {"form_token": token, "back": "//evil.example\r\nSet-Cookie: a=b"}
    answer = client.post(f"/decisions/{made['decision']}/revoke", data=fields)
    assert answer.headers["location"].startswith("/decisions?")
    assert "set-cookie" not in answer.headers


def test_the_filter_lets_through_what_it_names(client: httpx.Client, house: DecidingHouse) -> None:
    house.decided("crm:2", "mail:2", Verdict.DIFFERENT, by="Kim")
    revoked = house.decided("crm:1", "mail:2", Verdict.UNSURE, by="Ada")
    house.revoked(revoked)
    house.judged("email", "ada@example.org", ValueVerdict.SHARED)
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    expected = {
        "": 3,
        "by=Ada": 1,
        "by=Nobody": 0,
        "verdict=different": 1,
        "kind=value": 1,
        "kind=contacts": 2,
        "state=revoked": 1,
        "state=live": 2,
        f"since={tomorrow}": 0,
        f"since={today}&until={today}": 3,
        f"until={today}&by=&verdict=&kind=&origin=&since=&state=": 3,
        "by=Kim&kind=contacts&state=live": 1,
    }
    for query, number in expected.items():
        page = client.get(f"/decisions?{query}")
        assert page.status_code == 200, query
        assert len(rows(page.text)) == number, query
    assert client.get("/v1/decisions", params={"since": f"{tomorrow}T00:00:00Z"}).json()["decisions"] == []
    before = client.get("/v1/decisions", params={"before": f"{tomorrow}T00:00:00Z"}).json()["decisions"]
    assert len(before) == 3
    for wrong in ("kind=people", "since=yesterday", "state=maybe", "by=%00", "other=1"):
        assert client.get(f"/decisions?{wrong}").status_code == 422, wrong


def test_pages_follow_one_another_and_miss_none(client: httpx.Client, house: DecidingHouse) -> None:
    for _ in range(53):
        house.revoked(house.decided("crm:1", "mail:1", Verdict.UNSURE))
    first = client.get("/decisions?by=Kim").text
    [more] = re.findall(r'href="/decisions\?([^"]*after=[^"]*)"', first)
    second = client.get(f"/decisions?{more.replace('&amp;', '&')}").text
    ids = re.findall(r'<tr id="([^"]+)">', first + second)
    assert len(ids) == len(set(ids)) == 53
    assert "Earlier ones" not in second
