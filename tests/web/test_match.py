"""Who is this, over HTTP: the API and the search page."""

from __future__ import annotations

import re

import httpx
import pytest

from dedupe.storage.tokens import Scope
from tests.house import House, contact
from tests.web.conftest import Open


@pytest.fixture
def served(database) -> House:
    house = House(database)
    house.collected(
        contact("crm:1", name="John Smith", email="john.smith@acm.com", phone="+1 202 555 0123"),
        contact("crm:2", name="Jane Smith", email="jane@acm.com"),
    )
    house.merges()
    return house


def test_a_described_contact_finds_whom_it_may_be(client: httpx.Client, served: House):
    asked = {"name": "Jon Smith", "phone": "+12025550123", "limit": 1}
    answer = client.post("/v1/match", json=asked).json()
    [match] = answer["matches"]
    assert match["golden_id"] == str(served.golden_of("crm:1"))
    assert match["contact"]["emails"][0]["value"] == "john.smith@acm.com"
    assert match["reasons"][0].keys() == {"fact", "level", "sentence", "weight"}


def test_an_empty_description_finds_nobody(client: httpx.Client, served: House):
    assert client.post("/v1/match", json={}).json() == {"matches": [], "holders": 0, "unread": []}


def test_asking_needs_the_scope_of_lookups(opened: Open, served: House, token):
    client = opened(tokens_required=True)
    assert client.post("/v1/match", json={"name": "John"}).status_code == 401
    assert client.post("/v1/match", json={"name": "John"}, headers=token(Scope.LOOKUP)).status_code == 200


def test_before_the_first_night_it_is_not_there_yet(client: httpx.Client):
    assert client.post("/v1/match", json={"name": "John"}).status_code == 503


def test_a_search_by_name_shows_whom_it_may_mean(client: httpx.Client, served: House):
    def searched(asked: str) -> str:
        form = re.search('name="form_token" value="([^"]+)"', client.get("/").text)
        assert form is not None
        return client.post("/search", data={"asked": asked, "form_token": form[1]}).text

    page = searched("Jon Smith, john.smith@acm.co")
    assert "Nobody for certain" in page
    assert str(served.golden_of("crm:1")) in page
    assert "Nobody" not in searched("jane@acm.com")
