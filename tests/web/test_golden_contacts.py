"""Golden contacts over HTTP."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import Connection, select, text

from dedupe.storage.database import Database
from dedupe.storage.tables import access_log
from dedupe.web.app import THREADS
from tests.served_contacts import Golden, event, retire, seed, serve


@pytest.fixture(autouse=True)
def _served(database: Database) -> None:
    with database.begin() as connection:
        serve(
            connection,
            Golden(["crm:1", "mail:7"], emails=["ada@example.org"], phones=["+442079460018"]),
            Golden(["crm:2"], name="Eve", emails=["eve@example.org"]),
        )
        retire(connection, seed("crm:3"), seed("crm:1"))
        retire(connection, seed("crm:4"), seed("crm:1"), seed("crm:2"))
        retire(connection, seed("crm:5"))
        event(connection, "made", seed("crm:1"))
        event(connection, "merged", seed("crm:1"), seed("crm:3"))


def ids(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    return [hit["contact"]["id"] for hit in response.json()["hits"]]


@pytest.mark.parametrize(
    "asked",
    [
        {"email": "Ada@Example.org"},
        {"phone": "+44 20 7946 0018"},
        {"source": "mail", "source_contact": "7"},
    ],
)
def test_a_contact_is_found_by_what_is_known_of_it(client: httpx.Client, asked: dict[str, str]) -> None:
    assert ids(client.get("/v1/golden-contacts", params=asked)) == [str(seed("crm:1"))]
    assert ids(client.post("/v1/lookup", json=asked)) == [str(seed("crm:1"))]


def test_a_number_is_read_in_the_region_asked_for(client: httpx.Client) -> None:
    assert ids(client.post("/v1/lookup", json={"phone": "020 7946 0018", "region": "GB"}))


def test_nobody_is_an_answer(client: httpx.Client) -> None:
    assert ids(client.get("/v1/golden-contacts", params={"email": "nobody@example.org"})) == []


@pytest.mark.parametrize(
    "asked",
    [{}, {"email": "a@x.org", "phone": "+442079460018"}, {"source": "crm"}, {"phone": "1", "region": "aa"}],
)
def test_a_question_that_is_none_is_refused(client: httpx.Client, asked: dict[str, str]) -> None:
    for response in (client.get("/v1/golden-contacts", params=asked), client.post("/v1/lookup", json=asked)):
        assert response.status_code == 422
        assert response.headers["content-type"] == "application/problem+json"
        assert not any(value in response.text for value in asked.values() if "@" in value or "+" in value)


def test_a_live_id_shows_its_contact_with_the_source_of_each_value(client: httpx.Client) -> None:
    found = client.get(f"/v1/golden-contacts/{seed('crm:1')}").json()
    assert found["status"] == "live"
    [contact] = found["contacts"]
    assert contact["emails"][0]["source_contacts"] == [str(seed("crm:1"))]
    assert contact["fields"]["display_name"]["source_contact"] == str(seed("crm:1"))
    assert {link["source"] for link in contact["source_links"]} == {"crm", "mail"}


def test_a_merged_id_leads_to_its_successor_and_is_not_to_be_stored(client: httpx.Client) -> None:
    response = client.get(f"/v1/golden-contacts/{seed('crm:3')}")
    assert response.status_code == 307
    assert response.headers["location"] == f"/v1/golden-contacts/{seed('crm:1')}"
    assert response.headers["cache-control"] == "no-store"


def test_a_split_id_lists_all(client: httpx.Client) -> None:
    found = client.get(f"/v1/golden-contacts/{seed('crm:4')}").json()
    assert found["status"] == "split"
    assert {contact["id"] for contact in found["contacts"]} == {str(seed("crm:1")), str(seed("crm:2"))}


def test_an_id_without_successor_is_gone_and_a_strange_one_unknown(client: httpx.Client) -> None:
    assert client.get(f"/v1/golden-contacts/{seed('crm:5')}").status_code == 410
    assert client.get(f"/v1/golden-contacts/{seed('crm:6')}").status_code == 404
    assert client.get("/v1/golden-contacts/ada@example.org").status_code == 422


def test_history_tells_what_happened_to_an_id_that_was_merged(client: httpx.Client) -> None:
    events = client.get(f"/v1/golden-contacts/{seed('crm:1')}/history").json()["events"]
    assert [event["kind"] for event in events] == ["made", "merged"]


def test_events_come_in_commit_order_from_where_the_reader_was(
    client: httpx.Client, database: Database
) -> None:
    first = client.get("/v1/events", params={"limit": 1}).json()
    assert first["more"]
    second = client.get("/v1/events", params={"after": first["after"]}).json()
    assert [event["kind"] for event in first["events"] + second["events"]] == ["made", "merged"]
    nothing = client.get("/v1/events", params={"after": second["after"]}).json()
    assert (nothing["events"], nothing["after"]) == ([], second["after"])
    with database.begin() as connection:
        event(connection, "changed", seed("crm:2"))
    assert len(client.get("/v1/events", params={"after": second["after"]}).json()["events"]) == 1


@pytest.mark.parametrize("asked", [{"email": "no address"}, {"phone": "ann"}, {"phone": "1", "region": "AA"}])
def test_what_can_be_nobodys_is_not_there_and_says_why(client: httpx.Client, asked: dict[str, str]) -> None:
    for response in (client.get("/v1/golden-contacts", params=asked), client.post("/v1/lookup", json=asked)):
        assert response.status_code == 404
        assert response.json()["detail"].startswith(("not a", "there is no such region"))


def test_a_cursor_not_from_here_is_refused(client: httpx.Client) -> None:
    for made_up in ("x", "MQo=", "LTE", "====", "é"):
        assert client.get("/v1/events", params={"after": made_up}).status_code == 422


def test_each_lookup_is_logged_with_ids_and_without_values(client: httpx.Client, database: Database) -> None:
    client.get("/v1/golden-contacts", params={"email": "ada@example.org"})
    with database.begin() as connection:
        row = connection.execute(select(access_log)).mappings().one()
    assert (row["who"], row["door"], row["action"]) == ("local", "api", "lookup")
    assert row["golden_ids"] == [seed("crm:1")]
    assert "ada@example.org" not in str(dict(row))


def test_a_lookup_does_not_wait_for_requests_that_take_long(client: httpx.Client, database: Database) -> None:
    asked = {"email": "ada@example.org"}
    with ThreadPoolExecutor(THREADS) as others, httpx.Client(base_url=client.base_url, timeout=5) as quick:
        with database.begin() as connection:
            connection.execute(text("LOCK dedupe.review_candidates"))
            slow = [others.submit(client.get, "/v1/review-candidates", timeout=60) for _ in range(THREADS)]
            until(lambda: waiting(connection) == THREADS)
            assert ids(quick.post("/v1/lookup", json=asked)) == [str(seed("crm:1"))]
        assert {one.result().status_code for one in slow} == {200}


def waiting(connection: Connection) -> int:
    """How many wait for a lock that another holds."""
    waits = (
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'dedupe.review_candidates'::regclass"
    )
    return int(connection.execute(text(waits)).scalar_one())


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
