"""What the scope admin opens: tokens, nights that wait, and the state of sources."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from dedupe.config import Settings
from dedupe.errors import ConfigurationError
from dedupe.golden.gate import GateLimits
from dedupe.pipeline.collecting import CollectOptions, collect
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.source_report import SourceReport
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from dedupe.wiring import rooms
from dedupe.wiring.operating import Operating, operating
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.conftest import Open

Token = Callable[..., dict[str, str]]


def kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].split(":")[-1]


def test_a_token_is_made_shown_once_used_and_revoked(opened: Open, token: Token) -> None:
    client = opened(tokens_required=True)
    client.headers.update(token(Scope.ADMIN))
    with capture_logs() as lines:
        made = client.post("/v1/tokens", json={"name": "reports", "scopes": ["lookup"]})
        assert made.status_code == 201
        secret, shown = made.json()["secret"], made.json()["token"]
        listed = client.get("/v1/tokens")
    assert shown in listed.json()["tokens"]
    assert secret not in listed.text + str(lines)
    mine = {"Authorization": f"Bearer {secret}"}
    asked = {"email": "nobody@example.org"}
    assert client.post("/v1/lookup", json=asked, headers=mine).status_code == 200
    assert client.get("/v1/tokens", headers=mine).status_code == 403
    assert client.post(f"/v1/tokens/{shown['id']}/revoke").json()["revoked_at"]
    assert client.post("/v1/lookup", json=asked, headers=mine).status_code == 401
    assert kind(client.post(f"/v1/tokens/{shown['id']}/revoke")) == (404, "not-known")


def test_a_token_ends_when_it_says(client: httpx.Client) -> None:
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    past = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    body: dict[str, Any] = {"name": "reports", "scopes": ["lookup", "intake"]}
    assert client.post("/v1/tokens", json=body | {"expires_at": soon}).json()["token"]["expires_at"]
    assert kind(client.post("/v1/tokens", json=body | {"expires_at": past})) == (409, "moment-past")
    mistakes: tuple[dict[str, Any], ...] = (
        {"name": " "},
        {"scopes": []},
        {"scopes": ["all"]},
        {"expires_at": "2030-01-01"},
    )
    for wrong in mistakes:
        assert client.post("/v1/tokens", json=body | wrong).status_code == 422


@pytest.mark.parametrize("path", ["/v1/tokens", "/v1/held-runs", "/v1/sources", "/v1/sources/crm"])
def test_only_who_may_do_all_sees_them(opened: Open, token: Token, path: str) -> None:
    client = opened(tokens_required=True)
    assert client.get(path, headers=token(Scope.REVIEW)).status_code == 403
    assert client.get(path).status_code == 401


@pytest.fixture
def held(house: DecidingHouse) -> UUID:
    """A night that the publish gate holds back, since a contact of two is gone."""
    house.settings = MergeSettings(limits=GateLimits(max_share_gone=0.1, fewest=1))
    house.collected(contact("crm:1", email="a@example.org"), contact("crm:2", email="b@example.org"))
    house.merges()
    house.vanished("crm:2")
    return UUID(house.merges().run_id)


def publishing(house: DecidingHouse) -> Operating:
    return Operating(publish=lambda _database, run_id: house.publishes(str(run_id)))


def test_a_night_that_waits_is_shown_and_published(opened: Open, house: DecidingHouse, held: UUID) -> None:
    client = opened(operating=publishing(house))
    [waiting] = client.get("/v1/held-runs").json()["runs"]
    assert (waiting["id"], waiting["status"]) == (str(held), "held")
    assert "max_share_gone" in waiting["reasons"][0]
    assert waiting["would"]["retired"] == 1
    assert client.get(f"/v1/held-runs/{held}").json() == waiting
    done = client.post(f"/v1/held-runs/{held}/publish")
    assert (done.status_code, done.json()["status"]) == (200, "published")
    assert house.golden_of("crm:2") is None
    assert client.get("/v1/held-runs").json() == {"runs": []}
    for again in (client.post(f"/v1/held-runs/{held}/publish"), client.get(f"/v1/held-runs/{held}")):
        assert kind(again) == (409, "run-not-waiting")


def test_a_night_that_is_refused_is_never_published(opened: Open, house: DecidingHouse, held: UUID) -> None:
    client = opened(operating=publishing(house))
    assert client.post(f"/v1/held-runs/{held}/refuse").json() == {"runs": []}
    assert kind(client.post(f"/v1/held-runs/{held}/publish")) == (409, "run-not-waiting")
    assert kind(client.post(f"/v1/held-runs/{held}/refuse")) == (409, "run-not-waiting")
    assert kind(client.post(f"/v1/held-runs/{uuid4()}/refuse")) == (404, "not-known")
    assert house.golden_of("crm:2") is not None
    assert house.merges().status == "held"


def rows(file: Path, count: int) -> None:
    lines = [f"{n},Person {n},p{n}@example.org" for n in range(count)]
    file.write_text("\n".join(["record_id,name,email", *lines]), encoding="utf-8")


def test_a_source_that_is_held_is_shown_and_accepted(
    opened: Open, database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "crm.csv"
    source = {"provider": "file", "path": str(file), "options": {"complete": True}}
    settings = Settings.model_validate({"sources": {"crm": source}})
    client = opened(operating=operating(settings))

    def walks() -> None:
        normalize = rooms.normalize_settings(settings)
        collect(database, rooms.source_settings(settings), normalize, CollectOptions())

    [before] = client.get("/v1/sources").json()["sources"]
    assert (before["configured"], before["last_complete_at"], before["latest"]) == (True, None, None)
    rows(file, 20)
    walks()
    assert client.get("/v1/sources/crm").json()["contacts"] == 20
    assert kind(client.post("/v1/sources/crm/accept")) == (409, "nothing-to-accept")
    rows(file, 5)
    walks()
    state = client.get("/v1/sources/crm").json()
    assert (state["held"], state["contacts"], state["latest"]["status"]) == (True, 20, "held")
    assert "would vanish" in state["latest"]["reason"]
    accepted = client.post("/v1/sources/crm/accept").json()
    assert (accepted["status"], accepted["gone"]) == ("complete", 15), accepted
    state = client.get("/v1/sources/crm").json()
    assert (state["held"], state["contacts"], state["gone"]) == (False, 5, 15)
    assert kind(client.post("/v1/sources/none/accept")) == (404, "not-known")
    assert kind(client.get("/v1/sources/none")) == (404, "not-known")


def test_what_only_the_operator_can_mend_is_in_the_log_alone(opened: Open) -> None:
    def accept(_database: Database, _source: str) -> SourceReport:
        raise ConfigurationError("sources.crm.token_env: CRM_KEY is not set")

    client = opened(operating=Operating(accept=accept))
    with capture_logs() as lines:
        refused = client.post("/v1/sources/crm/accept")
    assert kind(refused) == (503, "misconfigured")
    assert "CRM_KEY" not in refused.text
    assert "CRM_KEY" in str(lines)
