"""The contract of every fetcher, in every fault its provider can have.

Whatever goes wrong: no contact that the provider holds is buried; what is stored equals what the provider
holds, or the report says that it may not and why; and once the fault has ended, a few nights put it right.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.faults import FAULTS, valid_faults
from tests.pipeline.collecting_house import live, night, sources, stored, truth
from tests.pipeline.test_declared import ALL, declared

PEOPLE = 70
QUICK = {
    ("digital99", "unstable-ties"),
    ("digital99", "page-ignored"),
    ("digital99", "timeout-422"),
    ("digital99", "deletes-between-pages"),
    ("livedesk", "capped"),
    ("livedesk", "sort-ignored"),
    ("whippy", "filters-ignored"),
    ("whippy", "rename-during-walk"),
    ("whippy", "mixed-timestamps"),
    ("whippy", "truncated"),
    ("askelephant", "anchor-moved"),
    ("askelephant", "has-more-disagrees"),
    ("openmrp", "poisoned-next"),
    ("openmrp", "redirect"),
}
QUICK_DECLARED = {("whippy", "truncated"), ("openmrp", "poisoned-next"), ("digital99", "wrong-type")}
QUICK_DECLARED |= {("digital99 as CSV", "truncated"), ("askelephant by granted tokens", "dropped")}
MODES = [
    pytest.param(provider, fault, marks=[] if (provider, fault) in QUICK else pytest.mark.long)
    for fault, row in FAULTS.items()
    for provider in row.providers
]
DECLARED_MODES = [
    pytest.param(name, fault, marks=[] if (name, fault) in QUICK_DECLARED else pytest.mark.long)
    for name in ALL
    for fault in valid_faults(name.split()[0])
]
VALUES = {
    "slow": "slow=0.01",
    "drip": "drip=200",
    "big-page": "big-page=0.5",
    "churn": "churn=0.05",
    "capped": "capped=20",
}
IN_PAYLOADS = {
    "big-page",
    "id-types",
    "renamed-field",
    "unknown-keys",
    "scope-shrunk",
    "nulls",
    "future-times",
}
IN_PAYLOADS |= {
    "sparse",
    "full",
    "mixed-timestamps",
    "ties",
    "handles-null",
}  # faults that change payloads


def settings_of(fault: str, own):
    return replace(own, timeout=0.4 if fault == "drip" else 5.0, max_gone=0.2)


def something_happens(simulator) -> None:
    ids = [str(payload["id"]) for payload in simulator.contacts()]
    simulator.insert()
    simulator.delete(ids[3])
    if simulator.provider != "openmrp":
        simulator.rename(ids[5], "Somebody Else")


@pytest.mark.parametrize(("provider", "fault"), MODES)
def test_nothing_is_lost_in_any_fault(database, provider, fault):
    with simulate(population(PEOPLE, seed=11), [provider], seed=3) as running:
        passes(database, running[provider], settings_of(fault, sources(running)[0]), fault)


@pytest.mark.parametrize(("name", "fault"), DECLARED_MODES)
def test_a_declared_provider_loses_nothing_in_any_fault_either(database, name, fault):
    with (
        simulate(population(PEOPLE, seed=11), [name.split()[0]], seed=3) as running,
        declared(running, name) as (simulator, own),
    ):
        passes(database, simulator, settings_of(fault, own), fault)


def passes(database, simulator, own, fault):
    """The contract, of one source in one fault."""
    provider = own.name
    assert night(database, [own])[provider].status == "complete"
    something_happens(simulator)

    simulator.faults.set([VALUES.get(fault, fault)])
    report = night(database, [own], full=True)[provider]
    buried = truth(simulator, own).keys() - live(database, provider).keys()
    assert not buried & seen_before(database, provider)
    if report.status == "complete" and fault not in IN_PAYLOADS:
        assert not missed(simulator, database, own, fault)
    if report.status != "complete":
        assert report.reason

    simulator.faults.set([])
    for _ in range(3):
        report = night(database, [own], full=True, accept=[provider])[provider]
        if stored(database, own) == truth(simulator, own):
            break
    assert (report.status, report.reason) == ("complete", None)
    assert stored(database, own) == truth(simulator, own)


def seen_before(database, provider) -> set[str]:
    with database.connect() as connection:
        rows = connection.execute(text("SELECT external_id FROM dedupe.source_contacts"))
        return {row.external_id for row in rows}


CHANGING = {
    "inserts-between-pages",
    "deletes-between-pages",
    "churn",
    "edits-between-pages",
    "rename-during-walk",
}


def missed(simulator, database, own, fault) -> set[str]:
    """Contacts that a walk called complete has passed over, where nothing moved meanwhile."""
    if fault in CHANGING:
        return set()
    return truth(simulator, own).keys() - live(database, own.name).keys()
