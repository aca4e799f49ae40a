import json
import logging
import threading
import time
from dataclasses import replace

import pytest

from dedupe.errors import LockHeld
from dedupe.fetchers.settings import SourceSettings
from dedupe.pipeline import collecting, deletion_proof
from dedupe.pipeline.collecting import CollectOptions, collect_source
from dedupe.pipeline.source_report import Progress
from dedupe.schemas import CONTACTS
from dedupe.simulators.population.population import population
from dedupe.simulators.population.records import PROVIDERS
from dedupe.simulators.providers.servers import simulate
from dedupe.storage import contacts
from dedupe.storage import sources as stored_sources
from tests.fetchers.scripted_provider import Answer, provider
from tests.pipeline.collecting_house import count, live, night, run, sources, stored, truth

PEOPLE = 60


@pytest.fixture(scope="module")
def people():
    return population(PEOPLE, seed=7)


@pytest.fixture
def running(people):
    with simulate(people) as servers:
        yield servers


def test_everything_that_five_providers_hold_is_stored(database, running):
    reports = night(database, sources(running))
    assert sorted(reports) == sorted(PROVIDERS)
    assert {(one.status, one.reason) for one in reports.values()} == {("complete", None)}
    for own in sources(running):
        assert stored(database, own) == truth(running[own.name], own)


def test_every_live_contact_is_normalized(database, running):
    report = run(database, sources(running))
    with database.connect() as connection:
        found = contacts.live(connection)
    assert found.table.schema == CONTACTS
    assert found.table.num_rows == report.read == count(database, "source_contacts")
    keys = list(zip(found.keys["source"].to_pylist(), found.keys["external_id"].to_pylist(), strict=True))
    assert keys == sorted(keys, key=lambda key: (str(key[0]).encode(), str(key[1]).encode()))
    assert found.table["contact"].to_pylist() == list(range(len(keys)))


def test_a_second_night_without_news_writes_no_contact(database, running):
    run(database, sources(running))
    before = count(database, "source_contact_versions"), count(database, "contacts")
    report = run(database, sources(running), full=True)
    assert report.read == 0
    assert {(one.new, one.changed, one.gone) for one in report.sources} == {(0, 0, 0)}
    assert (count(database, "source_contact_versions"), count(database, "contacts")) == before


def test_an_edit_is_a_new_version_and_read_again(database, running):
    configured = sources(running)
    run(database, configured)
    edited = {}
    for name in ("digital99", "whippy", "askelephant", "livedesk"):
        edited[name] = running[name].ids()[0]
        if next((True for one in running[name].contacts() if str(one["id"]) == edited[name]), False):
            running[name].rename(edited[name], "Somebody Else")
    reports = night(database, configured)
    for own in configured:
        assert stored(database, own) == truth(running[own.name], own)
    assert {reports[name].changed for name in edited} == {1}
    assert reports["whippy"].mode == "incremental"
    assert reports["digital99"].mode == "full"


def test_a_contact_not_found_by_its_id_is_gone_the_same_night(database, running):
    configured = sources(running)
    run(database, configured)
    for name in ("digital99", "livedesk", "whippy", "askelephant"):
        running[name].delete(str(next(running[name].contacts())["id"]))
    reports = night(database, configured, full=True)
    assert [reports[name].gone for name in ("digital99", "livedesk", "whippy", "askelephant")] == [1] * 4
    with database.connect() as connection:
        assert contacts.live(connection).table.num_rows == sum(
            len(live(database, own.name)) for own in configured
        )


def test_without_a_question_by_id_two_complete_walks_prove_it(database, running):
    configured = [one for one in sources(running) if one.name == "openmrp"]
    run(database, configured)
    gone = running["openmrp"].ids()[0]
    running["openmrp"].delete(gone)
    first = night(database, configured)["openmrp"]
    assert (first.gone, first.missing) == (0, 1)
    assert night(database, configured)["openmrp"].gone == 1
    assert gone not in live(database, "openmrp")


def test_a_contact_that_returns_keeps_its_seed(database, running):
    configured = [one for one in sources(running) if one.name == "whippy"]
    run(database, configured)
    payload = next(running["whippy"].contacts())
    running["whippy"].delete(payload["id"])
    run(database, configured, full=True)
    before = count(database, "source_contacts")
    running["whippy"].insert(payload)
    report = night(database, configured, full=True)["whippy"]
    assert (report.revived, report.new) == (1, 0)
    assert count(database, "source_contacts") == before
    assert payload["id"] in live(database, "whippy")


def test_a_source_that_would_lose_many_is_held_until_accepted(database, running):
    configured = [one for one in sources(running) if one.name == "digital99"]
    run(database, configured)
    before = stored(database, configured[0])
    for payload in list(running["digital99"].contacts())[::4]:
        running["digital99"].delete(str(payload["id"]))
    held = night(database, configured)["digital99"]
    assert held.status == "held"
    assert "would vanish" in str(held.reason)
    assert stored(database, configured[0]) == before
    assert night(database, configured, accept=["digital99"])["digital99"].status == "complete"
    assert stored(database, configured[0]) == truth(running["digital99"], configured[0])


def test_a_renamed_field_holds_the_source_at_its_last_good_state(database, running):
    configured = sources(running)
    run(database, configured)
    running["digital99"].faults.set(["renamed-field"])
    report = run(database, configured)
    reports = {one.source: one for one in report.sources}
    assert reports["digital99"].status == "held"
    assert "email is filled in 0%" in str(reports["digital99"].reason)
    assert report.failed == ["digital99"]
    assert report.read == 0
    running["digital99"].faults.set([])
    assert night(database, configured)["digital99"].status == "complete"


def test_a_source_that_fails_does_not_stop_the_others(database, running):
    running["whippy"].faults.set(["expired-token"])
    report = run(database, sources(running))
    assert report.failed == ["whippy"]
    failed = next(one for one in report.sources if one.source == "whippy")
    assert failed.failure == "CredentialsRefused"
    assert count(database, "contacts") > 0


def test_a_bug_that_one_source_brings_to_light_does_not_stop_the_others(database, running, monkeypatch):
    def broken(*_: object) -> None:
        raise KeyError("Ann Lee")

    monkeypatch.setattr("dedupe.fetchers.providers.whippy.Whippy.changed_at", broken)
    reports = night(database, sources(running))
    failed = reports.pop("whippy")
    assert (failed.status, failed.failure) == ("failed", "KeyError")
    assert "a bug of ours" in str(failed.reason)
    assert "Ann" not in str(failed.reason)
    assert {report.status for report in reports.values()} == {"complete"}


def test_a_source_does_not_become_another_provider_s(database, running):
    by_name = {one.name: one for one in sources(running)}
    night(database, [by_name["whippy"]])
    before = stored(database, by_name["whippy"])
    report = night(database, [replace(by_name["askelephant"], name="whippy")])["whippy"]
    assert (report.status, report.failure) == ("failed", "ConfigurationError")
    assert "give the source of askelephant another name" in str(report.reason)
    assert stored(database, by_name["whippy"]) == before


def test_a_source_missing_from_the_configuration_keeps_its_contacts(database, running):
    run(database, sources(running))
    before = live(database, "whippy")
    run(database, [one for one in sources(running) if one.name != "whippy"])
    assert live(database, "whippy") == before


def test_a_renamed_source_keeps_its_contacts(database, running):
    own = next(one for one in sources(running) if one.name == "digital99")
    run(database, [own])
    before = count(database, "source_contacts")
    report = night(database, [replace(own, name="helpdesk")])["helpdesk"]
    assert (report.new, count(database, "source_contacts")) == (0, before)


def test_a_sample_makes_no_tombstones(database, running):
    configured = [one for one in sources(running) if one.name == "digital99"]
    report = night(database, configured, sample=20)["digital99"]
    assert (report.mode, report.status, report.reason, report.gone) == ("sample", "incomplete", "sample", 0)
    assert report.fetched == count(database, "source_contacts") == 20


def test_one_run_at_a_time_walks_a_source(database, running):
    own = sources(running)[0]
    with database.lock(f"source {own.name}"), pytest.raises(LockHeld):
        collect_source(database, own, CollectOptions())


def test_a_stopped_walk_goes_on_where_it_stood(database):
    with simulate(population(500, seed=7), ["digital99"], faults={"digital99": ["slow=0.03"]}) as running:
        simulator, own = running["digital99"], sources(running)[0]
        stop = threading.Event()
        report = night(database, [own], stop=stop, progress=lambda _progress: stop.set())["digital99"]
        assert report.status == "incomplete"
        assert "stopped by the operator" in str(report.reason)
        pages = simulator.counts["pages"]
        again = night(database, [own])["digital99"]
        assert (again.resumed, again.status) == (True, "complete")
        assert stored(database, own) == truth(simulator, own)
        assert simulator.counts["pages"] <= 2 * again.pages + 6, "each page is read twice"
        assert pages < simulator.counts["pages"]
        with database.connect() as connection:
            source = stored_sources.by_name(connection, "digital99")
        assert source is not None
        assert source.profile["rows"] == again.fetched, "what it looks like is told by all of it"


def test_what_is_never_to_be_stored_is_not(database, running):
    own = next(one for one in sources(running) if one.name == "digital99")
    run(database, [replace(own, never_store=("thumbnail", "contact_inboxes[].source_id"))])
    payloads = live(database, "digital99").values()
    assert all("thumbnail" not in payload for payload in payloads)
    assert all("source_id" not in inbox for one in payloads for inbox in one["contact_inboxes"])


def test_a_dry_run_says_what_would_change_and_changes_nothing(database, running):
    configured = sources(running)
    fresh = night(database, configured, dry_run=True)
    assert {one.status for one in fresh.values()} == {"rehearsed"}
    assert count(database, "sources") == 0
    run(database, configured)
    contact = str(next(running["livedesk"].contacts())["id"])
    running["livedesk"].delete(contact)
    running["livedesk"].insert()
    before = count(database, "source_contact_versions"), count(database, "sync_runs")
    report = night(database, configured, dry_run=True)["livedesk"]
    assert (report.new, report.changed, report.missing) == (1, 0, 1)
    assert (count(database, "source_contact_versions"), count(database, "sync_runs")) == before


def test_newest_first_between_full_walks(database, running):
    own = next(one for one in sources(running, full_walk="weekly") if one.name == "digital99")
    assert night(database, [own])["digital99"].mode == "full"
    made = running["digital99"].insert()
    running["digital99"].edit(made, created_at=2_000_000_000)
    report = night(database, [own])["digital99"]
    assert (report.mode, report.new, report.status) == ("newest", 1, "complete")
    assert report.pages < 4
    assert made in live(database, "digital99")


def test_a_source_that_another_run_walks_fails_alone(database, running):
    with database.lock("source whippy"):
        report = run(database, sources(running))
        assert report.failed == ["whippy"]
        with pytest.raises(LockHeld):
            run(database, [one for one in sources(running) if one.name == "whippy"])
    assert count(database, "contacts") > 0


def test_nul_and_lone_surrogates_are_kept_raw_and_replaced_for_reading(database, running):
    own = next(one for one in sources(running) if one.name == "livedesk")
    contact = str(next(running["livedesk"].contacts())["id"])
    running["livedesk"].edit(contact, name="Ann\0 \ud800Lee")
    report = night(database, [own])["livedesk"]
    assert live(database, "livedesk")[contact]["name"] == "Ann\0 \ud800Lee"
    assert report.rejected["names: characters that can't be stored were replaced"] == 1
    with database.connect() as connection:
        found = contacts.live(connection)
    at = found.keys["external_id"].to_pylist().index(contact)
    assert found.table["names"][at].as_py()[0]["given"] == "Ann\ufffd \ufffdLee"


def test_a_contact_with_nothing_usable_is_kept_and_counted(database, running):
    own = next(one for one in sources(running) if one.name == "whippy")
    running["whippy"].insert({"id": "00000000-0000-0000-0000-000000000001", "name": None})
    assert night(database, [own])["whippy"].rejected["contact: nothing usable in it"] == 1


def test_what_shows_no_id_is_set_aside(database):
    rows = [{"id": 1, "name": "Ann"}, {"name": "No id"}, "no object", None]
    with provider(lambda path: page_of(rows if "page=1&" in path else [], count=4)) as said:
        own = SourceSettings("crm", "livedesk", base_url=said.url, rate=1000)
        report = night(database, [own])["crm"]
    assert (report.new, report.quarantined, report.status) == (1, 3, "incomplete")
    assert report.reason == "rows that show no id: 3; whose they are can't be told"
    assert count(database, "quarantine") == 3


def page_of(rows, count):
    return Answer(json.dumps({"meta": {"count": count}, "payload": rows}))


def test_contacts_come_back_from_storage_as_they_were_normalized(database, running):
    from dedupe.fetchers.given import given_table
    from dedupe.fetchers.registry import fetcher_for
    from dedupe.normalizers.contacts import NormalizeSettings, normalize

    configured = sources(running)
    run(database, configured)
    given = [
        (own.name, key, fetcher_for(own).read(payload))
        for own in configured
        for key, payload in live(database, own.name).items()
    ]
    with database.connect() as connection:
        found = contacts.live(connection).table
    wanted = normalize(given_table(given), NormalizeSettings())
    assert silent(found.to_pylist()) == silent(wanted.to_pylist())


def silent(rows):
    """Empty lists and nulls are the same silence."""
    return [{key: value for key, value in row.items() if value not in (None, [])} for row in rows]


@pytest.mark.parametrize("provider_name", ["digital99", "whippy", "askelephant"])
def test_a_source_in_motion_buries_its_dead_within_two_nights(database, provider_name):
    faults = {provider_name: ["churn=0.2", "slow=0.005"]}
    with simulate(population(400, seed=8), [provider_name], faults=faults) as servers:
        simulator, own = servers[provider_name], replace(sources(servers)[0], max_gone=0.5)
        night(database, [own], full=True)
        gone = [str(payload["id"]) for payload in simulator.contacts()][7]
        simulator.delete(gone)
        reports = [night(database, [own], full=True)[provider_name] for _ in range(2)]
        assert gone not in live(database, provider_name)
        if provider_name != "digital99":  # where the count may change, a walk may be incomplete
            assert {(report.status, report.reason) for report in reports} == {("complete", None)}


def test_whoever_has_no_name_is_seen_where_an_order_by_name_has_no_place_for_him(database, people):
    faults = {"whippy": ["null-names=lost"]}
    with simulate(people, ["whippy"], faults=faults, clock=lambda: time.time() - 86_400) as running:
        simulator, [own] = running["whippy"], sources(running, limit=4)
        for key in simulator.ids()[::3]:
            simulator.edit(key, name=None)
        assert night(database, [own])["whippy"].status == "complete"
        assert stored(database, own) == truth(simulator, own)
        simulator.clock = lambda: time.time() + 1
        for key in simulator.ids()[::2]:
            simulator.edit(key, name=None)
        assert night(database, [own])["whippy"].mode == "incremental"
        assert stored(database, own) == truth(simulator, own)


@pytest.mark.parametrize("fault", ["limit=refused", "filters-ignored"])
def test_a_service_without_a_filter_by_name_is_walked_all_the_same(database, people, fault):
    with simulate(people, ["whippy"], faults={"whippy": [fault]}) as running:
        [own] = sources(running, limit=20)
        assert night(database, [own])["whippy"].status == "complete"
        assert stored(database, own) == truth(running["whippy"], own)


def test_no_value_of_a_contact_is_logged_or_reported(database, running, caplog):
    caplog.set_level(logging.DEBUG)
    running["whippy"].faults.set(["failing=2"])
    running["livedesk"].faults.set(["renamed-field", "truncated=2"])
    report = run(database, sources(running))
    said = caplog.text + json.dumps(report.content())
    values = [
        value
        for name in ("digital99", "livedesk", "whippy")
        for payload in running[name].contacts()
        for key in ("email", "phone_number", "phone", "name")
        if (value := payload.get(key)) and len(value) > 6
    ]
    assert len(values) > 50
    assert [value for value in values if value in said] == []


def test_users_that_become_customers_are_read_again(database):
    def kinds() -> list[str]:
        with database.connect() as connection:
            return [str(kind) for kind in contacts.live(connection).table.column("kind").to_pylist()]

    with simulate(population(20, 1), ["openmrp"]) as running:
        [own] = sources(running)
        night(database, [own])
        assert "staff" in kinds()
        [own] = sources(running, users="person")
        night(database, [own])
    assert "staff" not in kinds()


@pytest.mark.parametrize("name", ["digital99", "whippy"])
def test_while_it_runs_a_walk_tells_how_many_are_to_come_and_how_long_it_takes(database, name):
    """By the provider's own count, or by what the last full walk brought."""
    told: list[Progress] = []
    with simulate(population(1500, seed=7), [name]) as running:
        own = sources(running, limit=50)[0] if name == "whippy" else sources(running)[0]
        night(database, [own])
        night(database, [own], full=True, progress=told.append)
        held = len(truth(running[name], own))
    first, last = told[0], told[-1]
    assert (first.source, first.expected) == (name, held)
    assert first.eta is not None
    assert first.eta > 0
    assert last.fetched >= held
    assert last.eta in (0, None)


def test_a_walk_that_goes_on_counts_what_it_had(database):
    with simulate(population(500, seed=7), ["digital99"], faults={"digital99": ["slow=0.02"]}) as running:
        own, stop = sources(running)[0], threading.Event()
        told: list[Progress] = []
        first = night(database, [own], stop=stop, progress=lambda _at: stop.set())
        night(database, [own], progress=told.append)
        assert first["digital99"].fetched < told[0].fetched < told[-1].fetched
        assert told[-1].expected == len(truth(running["digital99"], own))


def test_questions_by_id_that_were_not_asked_are_told(database, running, monkeypatch):
    monkeypatch.setattr(deletion_proof, "most_asked", lambda _report: 1)
    own = replace(next(one for one in sources(running) if one.name == "digital99"), max_gone=0.5)
    run(database, [own])
    for payload in list(running["digital99"].contacts())[:3]:
        running["digital99"].delete(str(payload["id"]))
    report = night(database, [own])["digital99"]
    assert (report.gone, report.missing) == (1, 2)
    assert any(note.startswith("2 missing contacts were not asked for") for note in report.notes)
    assert night(database, [own])["digital99"].missing == 0


def test_whoever_is_missing_has_a_turn_to_be_asked_for(database, running, monkeypatch):
    """After walks that are never complete, one question a night: nobody is asked twice before others."""
    monkeypatch.setattr(deletion_proof, "most_asked", lambda _report: 1)
    own = replace(next(one for one in sources(running) if one.name == "digital99"), max_gone=0.5)
    run(database, [own])
    listed = [str(payload["id"]) for payload in running["digital99"].contacts()]
    for key in listed[:3]:
        running["digital99"].delete(key)
    for key in listed[3:5]:  # there, and in no list
        running["digital99"].edit(key, email=None, phone_number=None, identifier=None)
    running["digital99"].faults.set(["count-off"])
    nights = [night(database, [own])["digital99"] for _ in range(5)]
    assert {report.status for report in nights} == {"incomplete"}
    assert sum(report.gone for report in nights) == 3
    assert live(database, "digital99").keys() == set(listed[3:])


@pytest.fixture
def plant():
    """An account of more actors than its list shows, one of them without a letter in his name."""
    with simulate(population(20, seed=7), ["openmrp"]) as running:
        simulator = running["openmrp"]
        for _ in range(250):
            simulator.insert()
        simulator.insert({"id": "zzz_nameless", "type": "user", "name": "שרה", "handle": None, "role": None})
        yield simulator, sources(running)[0]


def test_a_list_cut_at_a_hundred_is_put_together_by_search_and_called_incomplete(database, plant):
    simulator, own = plant
    assert night(database, [own])["openmrp"].status == "complete"
    known = live(database, "openmrp").keys()
    gone = simulator.ids()[0]
    simulator.delete(gone)
    made = simulator.insert()
    simulator.faults.set(["capped=100"])
    report = night(database, [own])["openmrp"]
    assert report.status == "incomplete"
    assert "put together by search" in str(report.reason)
    assert (report.new, report.gone) == (1, 0)
    assert live(database, "openmrp").keys() == known | {made}
    assert report.requests < 1500  # the domain of their addresses makes most terms common


def test_an_incomplete_walk_buries_whom_the_provider_says_to_be_gone(database, plant):
    simulator, own = plant
    night(database, [own])
    gone = simulator.ids()[0]
    simulator.delete(gone)
    simulator.faults.set(["capped=100", "one-by-id"])
    report = night(database, [own])["openmrp"]
    assert (report.status, report.gone) == ("incomplete", 1)
    assert live(database, "openmrp").keys() == {str(one["id"]) for one in simulator.contacts()}


def test_a_search_without_effect_ends_a_capped_walk(database, plant):
    simulator, own = plant
    simulator.faults.set(["capped=100", "filters-ignored"])
    report = night(database, [own])["openmrp"]
    assert (report.status, report.requests) == ("incomplete", 2)
    assert "the search has no effect" in str(report.reason)


def test_a_walk_that_runs_out_of_its_hours_goes_on_the_next_time(database, monkeypatch):
    allowed = [True]
    monkeypatch.setattr(collecting, "within_hours", lambda *_: allowed[0])
    with simulate(population(500, seed=7), ["digital99"], faults={"digital99": ["slow=0.02"]}) as running:
        simulator, own = running["digital99"], sources(running)[0]

        def day_breaks(at: Progress) -> None:
            allowed[0] = at.fetched < 90

        first = night(database, [own], progress=day_breaks)["digital99"]
        assert (first.status, first.reason) == ("incomplete", "outside its hours")
        assert night(database, [own])["digital99"].status == "skipped"
        allowed[0] = True
        pages = simulator.counts["pages"]
        again = night(database, [own])["digital99"]
        assert (again.resumed, again.status) == (True, "complete")
        assert stored(database, own) == truth(simulator, own)
        assert simulator.counts["pages"] - pages < 2 * again.pages, "each page is read twice"
