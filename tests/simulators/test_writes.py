"""Writes of single contacts, as the three providers that can hold an id take them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from dedupe.simulators.population.population import Population
from dedupe.simulators.providers.chatwoot import ChatwootSimulator
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.simulator import Simulator

VERBS = {"digital99": "PUT", "livedesk": "PATCH", "whippy": "PUT"}


@pytest.fixture(params=["digital99", "livedesk"])
def desk(request: pytest.FixtureRequest, town: Population) -> Iterator[ChatwootSimulator]:
    with simulate(town, [request.param]) as running:
        found = running[request.param]
        assert isinstance(found, ChatwootSimulator)
        yield found


@pytest.fixture
def whippy(town: Population) -> Iterator[Simulator]:
    with simulate(town, ["whippy"]) as running:
        yield running["whippy"]


def held(simulator: Simulator, key: str) -> dict[str, Any]:
    found = simulator.get(key)
    assert found is not None
    return found


def sent(simulator: Simulator, key: str, body: object, verb: str = "") -> httpx.Response:
    url = f"{simulator.url}{simulator.path}/{key}"
    verb = verb or VERBS[simulator.provider]
    return httpx.request(verb, url, json=body, headers=simulator.headers)


def test_custom_attributes_are_merged_and_an_event_tells_of_it(desk: ChatwootSimulator) -> None:
    key = desk.ids()[0]
    desk.edit(key, custom_attributes={"plan": "gold"})
    desk.subscribe("http://127.0.0.1:9/", "secret")
    answer = sent(desk, key, {"custom_attributes": {"golden_id": "g"}})
    assert answer.json()["payload"]["custom_attributes"] == {"plan": "gold", "golden_id": "g"}
    assert len(desk.events) == 1
    sent(desk, key, {"custom_attributes": {"golden_id": "g"}})
    assert len(desk.events) == 1  # nothing changed


def test_attributes_replaced_drops_those_that_are_not_sent(desk: ChatwootSimulator) -> None:
    key = desk.ids()[0]
    desk.edit(key, custom_attributes={"plan": "gold"})
    desk.faults.set(["attributes-replaced"])
    answer = sent(desk, key, {"custom_attributes": {"golden_id": "g"}})
    assert answer.json()["payload"]["custom_attributes"] == {"golden_id": "g"}


def test_an_external_id_is_unique_and_a_change_moves_the_time(whippy: Simulator) -> None:
    first, second = whippy.ids()[:2]
    before = held(whippy, first)
    assert sent(whippy, first, {"external_id": "g"}).status_code == 200
    after = held(whippy, first)
    assert {**after, "updated_at": ""} == {**before, "external_id": "g", "updated_at": ""}
    assert after["updated_at"] > before["updated_at"]
    assert sent(whippy, second, {"external_id": "g"}).status_code == 422
    assert sent(whippy, second, {"external_id": None}).status_code == 200


def test_answers_lost_after_a_write_that_happened(desk: ChatwootSimulator) -> None:
    key = desk.ids()[0]
    desk.faults.set(["answers-lost=1"])
    with pytest.raises(httpx.RemoteProtocolError):
        sent(desk, key, {"custom_attributes": {"golden_id": "g"}})
    assert held(desk, key)["custom_attributes"]["golden_id"] == "g"


def test_failing_after_a_write_that_happened(desk: ChatwootSimulator) -> None:
    key = desk.ids()[0]
    desk.faults.set(["failing-after=1"])
    assert sent(desk, key, {"custom_attributes": {"golden_id": "g"}}).status_code == 500
    assert held(desk, key)["custom_attributes"]["golden_id"] == "g"


def test_writes_refused_by_the_scope(desk: ChatwootSimulator) -> None:
    desk.faults.set(["writes-refused"])
    assert sent(desk, desk.ids()[0], {"custom_attributes": {}}).status_code == 403


def test_nobody_there_is_404_and_another_verb_405(desk: ChatwootSimulator) -> None:
    assert sent(desk, "999999999", {"custom_attributes": {}}).status_code == 404
    assert sent(desk, desk.ids()[0], {"custom_attributes": {}}, "DELETE").status_code == 405
