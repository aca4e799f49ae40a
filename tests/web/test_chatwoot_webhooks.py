"""The Chatwoot family tells of contacts over real HTTP, in whatever order its deliveries come."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from dedupe.engines.local import LocalEngine
from dedupe.fetchers.webhook_settings import WebhookSettings
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.collecting import CollectOptions, collect
from dedupe.pipeline.live_merging import LiveSettings, merge_told
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.merging import merge
from dedupe.simulators.population.population import population
from dedupe.simulators.providers.chatwoot import ChatwootSimulator
from dedupe.simulators.providers.servers import simulate
from dedupe.storage.database import Database
from dedupe.wiring.live import LiveIntake
from tests.pipeline.collecting_house import live, sources
from tests.web.conftest import Open

SECRET = "whsec-4f1c"
NORMALIZE = NormalizeSettings(fallback_region="US")


class Desk:
    """A helpdesk that was walked and merged in a night, and tells since."""

    def __init__(self, database: Database, opened: Open, simulator: ChatwootSimulator, own: Any) -> None:
        self.database, self.simulator = database, simulator
        self.own = replace(own, webhook=WebhookSettings(SECRET), max_gone=1.0)
        self.settings = LiveSettings({own.name: self.own}, NORMALIZE, MergeSettings(), LocalEngine(threads=1))
        self.client = opened(live=LiveIntake({own.name: self.own}, NORMALIZE))
        self.ann = simulator.insert(self.person(900_001, "Ann Lee", "ann@example.org"))
        self.walks()
        merge(database, self.settings.merge, self.settings.engine)
        self.address = str(self.client.base_url.join(f"/v1/webhooks/{own.name}"))
        simulator.subscribe(self.address, SECRET)
        ticks = itertools.count(int(time.time() * 100))
        simulator.clock = lambda: next(ticks) / 100  # events tell milliseconds: no two changes in one

    def person(self, number: int, name: str, email: str | None) -> dict[str, Any]:
        template = next(iter(self.simulator.contacts()))
        empty: dict[str, Any] = dict.fromkeys(template) | {
            "additional_attributes": {},
            "custom_attributes": {},
        }
        times: dict[str, Any] = {
            key: template[key] for key in ("created_at", "last_activity_at") if key in template
        }
        return {**empty, **times, "id": number, "name": name, "email": email, "contact_inboxes": []}

    def walks(self) -> None:
        report = collect(self.database, [self.own], NORMALIZE, CollectOptions(full=True))
        assert report.sources[0].status == "complete"

    def delivers(self, *events: Any, late: float = 0.0) -> list[int]:
        return [self.simulator.deliver(event, late=late) for event in events]

    def told(self) -> list[Any]:
        """The events that wait to be sent, taken from the helpdesk."""
        events, self.simulator.events = self.simulator.events, []
        return events

    def merges(self) -> None:
        while merge_told(self.database, self.settings).taken:
            pass

    def names(self, email: str) -> list[str]:
        hits = self.client.post("/v1/lookup", json={"email": email}).json()["hits"]
        return [hit["contact"]["fields"]["display_name"]["value"] for hit in hits]

    def is_as_a_walk_sees_it(self) -> bool:
        """Whether what is stored shows of each contact what the list shows."""
        held = live(self.database, self.own.name)
        wanted = {str(one["id"]): one for one in self.simulator.contacts()}
        shown = ("name", "email", "phone_number", "identifier", "custom_attributes", "blocked")
        return {key: [one.get(name) for name in shown] for key, one in held.items()} == {
            key: [one.get(name) for name in shown] for key, one in wanted.items()
        }


@pytest.fixture(params=["digital99", "livedesk"])
def desk(request: pytest.FixtureRequest, database: Database, opened: Open) -> Iterator[Desk]:
    with simulate(population(12, seed=5), [request.param], seed=1) as running:
        simulator = running[request.param]
        assert isinstance(simulator, ChatwootSimulator)
        yield Desk(database, opened, simulator, sources(running)[0])


def test_what_is_told_becomes_golden_contacts(desk):
    desk.simulator.insert(desk.person(900_002, "Zoe Quark", "zoe@example.org"))
    desk.simulator.edit(desk.ann, name="Anna Lee", custom_attributes={"plan": "gold"})
    assert desk.delivers(*desk.told()) == [202, 202]
    desk.merges()
    assert desk.names("zoe@example.org") == ["Zoe Quark"]
    assert desk.names("ann@example.org") == ["Anna Lee"]
    assert desk.is_as_a_walk_sees_it()


def test_deliveries_come_late_twice_and_out_of_order_and_the_newest_stays(desk):
    zoe = desk.simulator.insert(desk.person(900_002, "Zoe Quark", "zoe@example.org"))
    desk.simulator.edit(zoe, name="Zoe Quartz")
    desk.simulator.edit(zoe, phone_number="+12025550123")
    made, renamed, called = desk.told()
    assert desk.delivers(called, renamed, made) == [202] * 3
    assert desk.delivers(called, renamed, made, late=200) == [202] * 3
    desk.merges()
    assert desk.names("zoe@example.org") == ["Zoe Quartz"]
    assert desk.is_as_a_walk_sees_it()


def test_a_very_delivery_that_is_sent_again_is_refused_and_so_is_an_old_one(desk):
    desk.simulator.edit(desk.ann, name="Anna Lee")
    [event] = desk.told()
    moment = desk.simulator.clock()
    desk.simulator.clock = lambda: moment
    assert desk.delivers(event, event) == [202, 409]
    assert desk.delivers(event, late=301) == [401]


def test_of_a_contact_that_a_walk_knows_newer_an_event_changes_nothing(desk):
    desk.simulator.edit(desk.ann, name="Anna Lee")
    desk.simulator.edit(desk.ann, name="Anna B. Lee")
    early, late = desk.told()
    desk.walks()
    assert desk.delivers(early) == [202]
    assert desk.is_as_a_walk_sees_it()
    assert desk.delivers(late) == [202]
    assert desk.is_as_a_walk_sees_it()


def test_who_is_merged_or_deleted_there_is_told_of_by_the_walk(desk):
    zoe = desk.simulator.insert(desk.person(900_002, "Zoe Quark", "zoe@example.org"))
    desk.delivers(*desk.told())
    desk.simulator.merge(desk.ann, zoe)
    desk.delivers(*desk.told())
    assert zoe in live(desk.database, desk.own.name)
    desk.walks()
    assert desk.is_as_a_walk_sees_it()


def test_what_is_told_in_the_second_in_which_a_walk_began_is_not_taken_for_older(desk):
    while time.time() % 1 > 0.5:
        time.sleep(0.05)
    second = int(time.time())
    desk.walks()
    desk.simulator.clock = lambda: float(second)
    zoe = desk.simulator.insert(desk.person(900_002, "Zoe Quark", "zoe@example.org"))
    assert desk.delivers(*desk.told()) == [202]
    assert zoe in live(desk.database, desk.own.name)


def test_visitors_without_a_name_are_left_out_as_the_list_does(desk):
    desk.simulator.insert(desk.person(900_003, "Tom Sun", None))
    visitor = desk.told()
    assert desk.delivers(*visitor) == [202]
    assert desk.is_as_a_walk_sees_it()
    desk.simulator.edit("900003", email="sun@example.org")
    desk.simulator.edit(desk.ann, email=None)
    assert desk.delivers(*desk.told()) == [202, 202]
    desk.merges()
    assert desk.names("sun@example.org") == ["Tom Sun"]
    assert desk.names("ann@example.org") == []
    assert desk.is_as_a_walk_sees_it()


def test_an_event_that_is_signed_by_another_secret_is_refused(desk):
    desk.simulator.edit(desk.ann, name="Anna Lee")
    events = desk.told()
    desk.simulator.subscribe(desk.address, "another")
    assert desk.delivers(*events) == [401]
