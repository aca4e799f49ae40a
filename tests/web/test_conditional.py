"""Whoever has a golden contact already is told so, instead of being sent it again."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import func, select

from dedupe.storage.database import Database
from dedupe.storage.tables import access_log
from tests.house import contact
from tests.review.deciding_house import DecidingHouse


@pytest.fixture
def address(house: DecidingHouse) -> str:
    for key in ("crm:1", "mail:1"):
        house.collected(contact(key, name="Jonathan Marchetti", email="jm@example.com"))
    house.merges()
    return f"/v1/golden-contacts/{house.golden('crm:1')}"


def again(client: httpx.Client, address: str, tag: str) -> httpx.Response:
    return client.get(address, headers={"If-None-Match": tag})


def test_an_answer_that_still_holds_is_not_sent_again(client: httpx.Client, address: str) -> None:
    first = client.get(address)
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "private, no-cache"
    for given in (tag, f"W/{tag}", f'"other", {tag}', f'W/"a,b",{tag}', "*"):
        unchanged = again(client, address, given)
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == tag
        assert unchanged.headers["cache-control"] == "private, no-cache"


def test_another_tag_gets_the_answer(client: httpx.Client, address: str) -> None:
    tag = client.get(address).headers["etag"]
    for given in ('"other"', tag.strip('"'), "", 'W/"', f'"{tag}"', "**"):
        assert again(client, address, given).status_code == 200


def test_what_changes_changes_the_tag(client: httpx.Client, address: str, house: DecidingHouse) -> None:
    tag = client.get(address).headers["etag"]
    house.collected(contact("mail:1", name="Jonathan Marchetti", email="jm@example.com", company="Acme"))
    house.merges()
    changed = again(client, address, tag)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


def test_as_it_was_then_has_a_tag_too(client: httpx.Client, address: str) -> None:
    when = client.get(address).json()["contacts"][0]["changed_at"]
    then = client.get(address, params={"as_of": when})
    assert then.status_code == 200
    headers = {"If-None-Match": then.headers["etag"]}
    assert client.get(address, params={"as_of": when}, headers=headers).status_code == 304


def test_a_lookup_by_value_has_a_tag_too(client: httpx.Client, address: str) -> None:
    asked = {"email": "jm@example.com"}
    found = client.get("/v1/golden-contacts", params=asked)
    assert address.endswith(found.json()["hits"][0]["contact"]["id"])
    headers = {"If-None-Match": found.headers["etag"]}
    assert client.get("/v1/golden-contacts", params=asked, headers=headers).status_code == 304


def test_whoever_is_told_that_it_holds_has_seen_it(
    client: httpx.Client, address: str, database: Database
) -> None:
    def lines() -> int:
        with database.begin() as connection:
            return connection.execute(select(func.count()).select_from(access_log)).scalar_one()

    tag = client.get(address).headers["etag"]
    before = lines()
    assert again(client, address, tag).status_code == 304
    assert lines() == before + 1


def test_what_is_not_there_has_no_tag(client: httpx.Client) -> None:
    missing = again(client, "/v1/golden-contacts/01a1fbaf-6e8c-725c-9471-fb5005eb2369", "*")
    assert missing.status_code == 404
    assert "etag" not in missing.headers
