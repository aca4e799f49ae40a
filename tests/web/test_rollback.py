"""A run taken back over HTTP."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from dedupe.model import Verdict
from dedupe.storage.tokens import Scope
from dedupe.wiring.operating import Operating
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.conftest import Open


@pytest.fixture
def night(house: DecidingHouse) -> str:
    """One that takes two people for one."""
    ann = {"name": "Ann Marchetti", "email": "ann@example.com"}
    house.collected(contact("crm:1", name=ann["name"], email=ann["email"]))
    house.collected(contact("mail:1", name="Bo Lind", email="bo@example.com"))
    house.merges()
    house.collected(contact("mail:1", name=ann["name"], email=ann["email"]))
    return house.merges().run_id


def test_a_preview_shows_it_and_the_act_does_it(
    client: httpx.Client, house: DecidingHouse, night: str
) -> None:
    told = client.post(f"/v1/runs/{night}/rollback", json={}, params={"preview": "true"})
    assert told.status_code == 200
    assert house.golden("crm:1") == house.golden("mail:1")
    assert [len(told.json()[when]) for when in ("before", "after")] == [1, 2]
    assert {event["cause"] for event in told.json()["events"]} == {"rollback"}
    done = client.post(f"/v1/runs/{night}/rollback", json={"note": "two people"})
    assert done.status_code == 200
    assert done.json()["golden"] == told.json()["rolled_back"]["golden"]
    assert house.golden("crm:1") != house.golden("mail:1")


def test_what_was_taken_back_is_done_again(opened: Open, house: DecidingHouse, night: str) -> None:
    client = opened(operating=Operating(publish=lambda _database, run_id: house.publishes(str(run_id))))
    client.post(f"/v1/runs/{night}/rollback", json={})
    assert client.get("/v1/held-runs").json() == {"runs": []}
    assert client.post(f"/v1/held-runs/{night}/publish").json()["status"] == "published"
    assert house.golden("crm:1") == house.golden("mail:1")


def test_a_preview_of_much_says_how_much(client: httpx.Client, night: str) -> None:
    asked = {"preview": "true", "limit": "1"}
    told = client.post(f"/v1/runs/{night}/rollback", json={}, params=asked).json()
    assert (told["golden_contacts"], len(told["before"]), len(told["events"])) == (2, 1, 1)


def test_what_is_in_the_way_is_told(client: httpx.Client, house: DecidingHouse, night: str) -> None:
    decided = house.decides(Verdict.DIFFERENT, "crm:1", "mail:1")
    refused = client.post(f"/v1/runs/{night}/rollback", json={})
    assert refused.status_code == 409
    assert refused.json()["path"] == [str(decided.decision)]


def test_only_an_admin_takes_a_run_back(
    opened: Open, token: Callable[..., dict[str, str]], night: str
) -> None:
    client = opened(tokens_required=True)
    address = f"/v1/runs/{night}/rollback"
    assert client.post(address, json={}, headers=token(Scope.REVIEW)).status_code == 403
    assert client.post(address, json={}, headers=token(Scope.ADMIN)).status_code == 200


def test_runs_are_listed_page_by_page(client: httpx.Client, night: str) -> None:
    client.post(f"/v1/runs/{night}/rollback", json={})
    whole = client.get("/v1/runs").json()
    assert [one["kind"] for one in whole["runs"]] == ["rollback", "night", "night"]
    assert whole["runs"][1]["status"] == "rolled_back"
    assert whole["before"] is None
    first = client.get("/v1/runs", params={"limit": 2}).json()
    rest = client.get("/v1/runs", params={"limit": 2, "before": first["before"]}).json()
    assert first["runs"] + rest["runs"] == whole["runs"]
    assert rest["before"] is None
    nights = client.get("/v1/runs", params={"kind": "night", "status": "published"}).json()["runs"]
    assert [one["status"] for one in nights] == ["published"]
