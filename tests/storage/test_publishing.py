"""Publishing writes the differences of a scope, all or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pyarrow as pa
import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from dedupe.errors import DedupeError
from dedupe.golden.differences import Causes, Difference, differ
from dedupe.golden.identity import heirs_after
from dedupe.golden.records import golden_records
from dedupe.golden.staging import Staged, stage
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.schemas import CLUSTERS, LINKS
from dedupe.storage import contacts, served_state, tables
from dedupe.storage.publishing import RowsWritten, publish, publish_links
from tests.house import House, contact, house

__all__ = ["house"]

PEOPLE = [
    contact("crm:1", name="Joan Doe", email="joan@x.org", phone="+44 20 7946 0958"),
    contact("crm:2", name="Jon Roe", email="jon@y.org;roe@y.org"),
    contact("crm:3", name="Samuel Vimes", email="sam@watch.org"),
]


def published_as(house: House, *groups: Sequence[str], within: Sequence[str] | None = None) -> RowsWritten:
    """Publish these groups; `within`: as a decision does, for these source contacts only."""
    with house.database.begin() as connection:
        live = contacts.live(connection)
        keys = [f"{source}:{key}" for source, key in _keys(live.keys)]
        chosen = [n for n, key in enumerate(keys) if within is None or key in within]
        seeds = pa.array([live.keys["id"][n].as_py() for n in chosen], pa.string())
        table = live.table.take(pa.array(chosen, pa.int64()))
        table = table.set_column(0, "contact", pa.array(np.arange(len(chosen))))
        ids = None if within is None else [UUID(each) for each in seeds.to_pylist()]
        place = {keys[n]: at for at, n in enumerate(chosen)}
        staged, heirs = _staged(connection, table, seeds, [[place[k] for k in g] for g in groups], ids)
        difference = _difference(connection, staged, ids)
        return publish(connection, uuid4(), staged, difference, heirs)


def _keys(keys: pa.Table) -> list[tuple[str, str]]:
    return [(each["source"], each["external_id"]) for each in keys.to_pylist()]


def _staged(
    connection: Connection, table: pa.Table, seeds: Any, groups: list[list[int]], ids: list[UUID] | None
) -> tuple[Staged, pa.Table]:
    cluster = list(range(len(seeds)))
    for group in groups:
        for each in group:
            cluster[each] = min(group)
    partition = pa.table({"contact": list(range(len(seeds))), "cluster": cluster}, schema=CLUSTERS)
    golden = golden_records(table, partition, SurvivorshipRules())
    stored = served_state.heirs(connection)
    heirs = heirs_after(stored, served_state.linked(connection, ids), seeds)
    return stage(golden, seeds, heirs, LINKS.empty_table()), stored


def _difference(connection: Connection, staged: Staged, ids: list[UUID] | None) -> Difference:
    nobody = pa.array([], pa.string())
    return differ(served_state.live(connection, staged.ids, ids), staged, Causes(nobody, nobody))


def test_what_is_published_is_served_with_its_links_ids_and_events(house: House) -> None:
    house.collected(*PEOPLE)
    written = published_as(house, ["crm:1", "crm:2"])
    assert vars(written) == {
        "golden_contacts": 2,
        "golden_emails": 4,
        "golden_phones": 1,
        "source_links": 3,
        "golden_ids": 2,
        "golden_heirs": 0,
        "golden_events": 2,
        "golden_versions": 0,
    }
    assert house.together() == {frozenset({"crm:1", "crm:2"}), frozenset({"crm:3"})}
    assert house.record_of("crm:1")["provenance"]["display_name"] == str(house.seed("crm:1"))


def test_publishing_the_same_again_writes_nothing(house: House) -> None:
    house.collected(*PEOPLE)
    published_as(house, ["crm:1", "crm:2"])
    assert published_as(house, ["crm:1", "crm:2"]).total == 0


def test_only_rows_that_differ_are_written(house: House) -> None:
    house.collected(*PEOPLE)
    published_as(house)
    house.collected(contact("crm:2", name="Jon Roe", email="jon@y.org;new@y.org"))
    written = published_as(house)
    assert (written.golden_contacts, written.golden_emails, written.source_links) == (1, 2, 0)
    assert sorted(house.record_of("crm:2")["emails"]) == ["jon@y.org", "new@y.org"]


def test_a_decision_publishes_its_component_and_touches_nothing_else(house: House) -> None:
    house.collected(*PEOPLE)
    published_as(house)
    sam = house.record_of("crm:3")
    house.collected(contact("crm:3", name="Sam Vimes", email="other@watch.org"))
    written = published_as(house, ["crm:1", "crm:2"], within=["crm:1", "crm:2"])
    assert (written.golden_contacts, written.golden_events) == (2, 2)  # one written, one removed
    assert house.together() == {frozenset({"crm:1", "crm:2"}), frozenset({"crm:3"})}
    assert house.record_of("crm:3") == sam


def test_a_component_that_splits_again_gets_its_former_ids(house: House) -> None:
    house.collected(*PEOPLE)
    published_as(house)
    before = [house.golden_of(f"crm:{n}") for n in (1, 2, 3)]
    published_as(house, ["crm:1", "crm:2"], within=["crm:1", "crm:2"])
    published_as(house, within=["crm:1", "crm:2"])
    assert [house.golden_of(f"crm:{n}") for n in (1, 2, 3)] == before
    assert [each["kind"] for each in house.events()[3:]] == ["merged", "retired", "split", "revived"]


def test_a_component_whose_oldest_member_is_gone_keeps_its_id(house: House) -> None:
    house.collected(PEOPLE[0])
    house.collected(*PEOPLE[1:])
    published_as(house, ["crm:1", "crm:2"])
    jo = house.golden_of("crm:1")
    house.vanished("crm:1")
    published_as(house)
    house.collected(contact("crm:2", name="Jon P. Roe", email="jon@y.org"))
    published_as(house, within=["crm:2"])
    assert house.golden_of("crm:2") == jo


def test_a_retired_id_leads_to_its_successor_and_is_served_again_when_it_comes_back(house: House) -> None:
    house.collected(*PEOPLE)
    published_as(house)
    jo, jon = sorted([house.golden_of("crm:1"), house.golden_of("crm:2")], key=str)
    published_as(house, ["crm:1", "crm:2"])
    assert _ledger(house, jon) == (True, [jo])
    published_as(house)
    assert _ledger(house, jon) == (False, [])


def _ledger(house: House, golden_id: UUID | None) -> tuple[bool, list[UUID]]:
    with house.database.begin() as connection:
        ids = tables.golden_ids.c
        query = select(ids.retired_at.is_not(None), ids.successors).where(ids.id == golden_id)
        retired, successors = connection.execute(query).one()
        return retired, successors


def test_when_publishing_fails_half_way_nothing_of_it_is_visible(house: House) -> None:
    house.collected(*PEOPLE)
    published_as(house)
    before, rows = house.state(), house.rows()
    with house.database.begin() as connection:
        connection.execute(text(_FAILS_ON_EVENTS))
    with pytest.raises((DBAPIError, DedupeError)):
        published_as(house, ["crm:1", "crm:2", "crm:3"])
    assert (house.state(), house.rows()) == (before, rows)
    with house.database.begin() as connection:
        connection.execute(text("DROP TRIGGER full_disk ON dedupe.golden_events"))
    published_as(house, ["crm:1", "crm:2", "crm:3"])
    assert len(house.together()) == 1


_FAILS_ON_EVENTS = """
    CREATE FUNCTION dedupe.full_disk() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END$$;
    CREATE TRIGGER full_disk BEFORE INSERT ON dedupe.golden_events
      FOR EACH ROW EXECUTE FUNCTION dedupe.full_disk()"""


def test_links_come_and_go_by_pair(house: House) -> None:
    house.collected(*PEOPLE)
    low, high = sorted(str(house.seed(f"crm:{n}")) for n in (1, 2))
    pair: dict[str, Any] = {"left_contact": [low], "right_contact": [high]}
    more: dict[str, Any] = {
        "weight": [7],
        "probability": [0.9],
        "levels": ['{"email": "domain"}'],
        "cause": ["match"],
    }
    none = pa.table({name: pa.array([], pa.string()) for name in pair})
    with house.database.begin() as connection:
        assert publish_links(connection, uuid4(), None, pa.table(pair | more), none) == 1
        assert served_state.link_pairs(connection).to_pylist() == [
            {"left_contact": low, "right_contact": high, "cause": "match"}
        ]
        assert served_state.link_pairs(connection, [house.seed("crm:3")]).num_rows == 0
        nothing = pa.table(pair | more).slice(0, 0)
        assert publish_links(connection, uuid4(), None, nothing, pa.table(pair)) == 1
        assert served_state.link_pairs(connection).num_rows == 0
