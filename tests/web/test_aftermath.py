"""The aftermath of a wrong merge over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from dedupe.storage.tokens import Scope
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.web.conftest import Open


@pytest.fixture(autouse=True)
def _people(house: DecidingHouse) -> None:
    for number in range(3):
        one: dict[str, Any] = {"name": f"Zora Quill{number}", "email": f"zq{number}@example.com"}
        house.collected(contact(f"crm:{number}", **one), contact(f"mail:{number}", **one))
    house.merges()


def split(client: httpx.Client, house: DecidingHouse, **more: Any) -> str:
    groups = {"groups": [[str(house.seed("mail:0"))]]}
    answer = client.post(f"/v1/golden-contacts/{house.golden('crm:0')}/split", json=groups, **more)
    return str(answer.json()["decision"])


def test_what_else_is_told_and_decided(client: httpx.Client, house: DecidingHouse) -> None:
    client.post("/v1/lookup", json={"email": "zq0@example.com"})
    decision = split(client, house)
    found = client.get(f"/v1/golden-contacts/{decision}/aftermath")
    assert found.status_code == 200
    told = found.json()
    [wrong] = told["wrong"]
    assert wrong["golden_id"] == str(house.golden("crm:0"))
    assert "because local decided on" in wrong["put_right"]["words"]
    assert "lookup" in [one["action"] for one in told["seen"]["visits"]]
    assert told["similar"]["counts"]["levels"] == 2
    asked = {"verdict": "different", "by": "levels", "note": "the same fault"}
    address = f"/v1/golden-contacts/{decision}/aftermath"
    preview = client.post(address, json=asked, params={"preview": "true"})
    assert preview.status_code == 200
    assert house.golden("crm:1") == house.golden("mail:1")
    done = client.post(address, json=asked)
    assert done.status_code == 201
    assert house.golden("crm:1") != house.golden("mail:1")
    batch = done.json()["decision"]
    assert client.post(f"/v1/decisions/{batch}/revoke", json={}).status_code == 200
    assert house.golden("crm:1") == house.golden("mail:1")


def test_only_an_admin_is_told_who_looked(
    opened: Open, token: Callable[..., dict[str, str]], house: DecidingHouse
) -> None:
    client = opened(tokens_required=True)
    address = f"/v1/golden-contacts/{house.golden('crm:0')}/aftermath"
    assert client.get(address, headers=token(Scope.REVIEW)).status_code == 403
    assert client.get(address, headers=token(Scope.ADMIN)).status_code == 200


def test_history_and_events_tell_it_in_words(client: httpx.Client, house: DecidingHouse) -> None:
    decision = split(client, house)
    golden = house.golden("crm:0")
    for address in (f"/v1/golden-contacts/{golden}/history", "/v1/events"):
        told = [one for one in client.get(address).json()["events"] if one["kind"] == "split"]
        [parted] = told
        assert parted["decision_id"] == decision
        assert parted["words"].startswith("split: mail:0 went to")


def test_who_decided_and_their_note_are_told_to_who_may_review(
    opened: Open, token: Callable[..., dict[str, str]], house: DecidingHouse
) -> None:
    client, golden = opened(tokens_required=True), house.golden("crm:0")
    with house.acting() as acting:
        acting.split(golden, [[house.seed("mail:0")]], note="her husband")
    for address in (f"/v1/golden-contacts/{golden}/history", "/v1/events"):
        for scope, told in ((Scope.LOOKUP, False), (Scope.REVIEW, True), (Scope.ADMIN, True)):
            answer = client.get(address, headers=token(scope)).text
            assert ["Ada" in answer, "her husband" in answer] == [told, told], (address, scope)
            assert "split: mail:0 went to" in answer
