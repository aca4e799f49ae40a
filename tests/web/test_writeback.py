"""Write-back over the API: for those who may administer; no provider is asked."""

from __future__ import annotations

from collections.abc import Callable

from dedupe.normalizers.settings import NormalizeSettings
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from dedupe.wiring.live import LiveIntake
from tests.pipeline.writing_house import writing_house
from tests.web.conftest import Open

Token = Callable[..., dict[str, str]]


def test_state_and_plan_tell_what_the_next_apply_would_do(opened: Open, database: Database) -> None:
    with writing_house(database, "digital99") as house:
        golden = house.golden()
        house.applies(limit=2)
        asked = house.simulator.counts["requests"]
        client = opened(live=LiveIntake({house.name: house.own}, NormalizeSettings()))
        answer = client.get("/v1/writeback").json()
        [state] = answer["sources"]
        assert (state["field"], state["contacts"]["keep"]) == ("custom_attributes.golden_id", 2)
        assert state["contacts"]["write"] == len(golden) - 2
        found, more = [], {"limit": 3}
        while True:
            page = client.get(f"/v1/writeback/{house.name}/plan", params=more).json()
            found += page["writes"]
            if not page["more"]:
                break
            more = {"limit": 3, "field": page["field"], "after": page["after"]}
        assert {one["action"] for one in found} == {"write"}
        planned = {one["external_id"]: one["golden_id"] for one in found}
        assert planned == {key: golden[key] for key in planned}
        assert len(planned) == len(found) == len(golden) - 2
        assert house.simulator.counts["requests"] == asked


def test_whoever_may_not_administer_is_told_nothing(opened: Open, token: Token) -> None:
    client = opened(tokens_required=True)
    assert client.get("/v1/writeback", headers=token(Scope.REVIEW)).status_code == 403
    assert client.get("/v1/writeback/desk/plan", headers=token(Scope.REVIEW)).status_code == 403
    assert client.get("/v1/writeback/desk/plan", headers=token(Scope.ADMIN)).status_code == 404


def test_golden_ids_at_a_source_that_is_not_configured_any_more_are_told(
    opened: Open, database: Database
) -> None:
    with writing_house(database, "digital99") as house:
        written = house.applies().written
    assert opened().get("/v1/writeback").json()["not_configured"] == {"digital99": written}
