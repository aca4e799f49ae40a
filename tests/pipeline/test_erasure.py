"""Nothing personal of somebody erased stays in any table, and no road brings it back."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
import uuid_utils.compat as uuids
from sqlalchemy import insert, text

from dedupe.arrays.numpy_columns import integers
from dedupe.errors import NotFound
from dedupe.fetchers.given import given_table
from dedupe.fetchers.registry import api_for, fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.model import Origin, Subject, ValueVerdict, Verdict
from dedupe.normalizers.contacts import NormalizeSettings, normalize
from dedupe.pipeline import deletion_proof
from dedupe.pipeline.collecting import CollectOptions, collect_source
from dedupe.pipeline.deletion_proof import CollectedWalk
from dedupe.pipeline.erasure import Keep, erase, purge
from dedupe.pipeline.importing import import_file
from dedupe.pipeline.reading import read_changed
from dedupe.pipeline.source_report import SourceReport
from dedupe.pipeline.suppression_list import Erased, hashed, spellings
from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from dedupe.storage import (
    access_log,
    decisions,
    idempotency,
    match_index,
    source_contacts,
    sync_runs,
    tables,
)
from dedupe.storage import sources as stored_sources
from dedupe.storage.access_log import Visitor
from dedupe.storage.match_index_pages import KeyPage
from dedupe.storage.source_contacts import Absent, RawContact
from dedupe.storage.sync_runs import PageRow, SeenPage
from tests.house import contact
from tests.pipeline.collecting_house import count, live, night, sources
from tests.pipeline.text_search import held
from tests.review.deciding_house import DecidingHouse

KEY = b"the key of the hashes"
SETTINGS = NormalizeSettings()
TIMES = {"created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z"}
ID = "00000000-0000-0000-0000-000000000001"
ANN = {"id": ID, "name": "Ann Lee", "email": "Ann.Lee@gmail.com", "phone": "+12025550123", **TIMES}


@pytest.fixture
def whippy() -> Iterator[Any]:
    with simulate(population(60, seed=7), ["whippy"]) as running:
        running["whippy"].insert(ANN)
        yield running["whippy"], sources(running)[0]


def collected(database, own, **options):
    return night(database, [own], full=True, erasure_key=KEY, **options)["whippy"]


def imported(database, path, content, source="list", **options):
    path.write_text(content)
    return import_file(database, path, SETTINGS, source, erasure_key=KEY, **options)[0]


def test_no_column_of_any_table_holds_an_erased_contact_on_the_nights_after(database, whippy):
    simulator, own = whippy
    collected(database, own)
    assert held(database, ID) >= {"source_contacts.external_id", "sync_pages.external_ids"}
    erase(database, SETTINGS, KEY, [f"whippy:{ID}"])
    for _ in range(2):
        for word in ("Ann Lee", "Ann.Lee@gmail.com", "annlee@gmail.com", "2025550123", ID):
            assert held(database, word) == set()
        assert collected(database, own).erased == 1
    simulator.insert({**ANN, "id": "somebody-new"})
    erase(database, SETTINGS, KEY, ["annlee@gmail.com"])
    assert collected(database, own).erased == 2
    assert held(database, "somebody-new") == set()


def test_an_erased_value_in_older_raw_goes_and_the_contact_that_gave_it_up_stays(database, tmp_path):
    file = tmp_path / "people.csv"
    imported(database, file, "id,name,email\n1,Jo,old@x.org\n2,Bo,bo@x.org\n")
    imported(database, file, "id,name,email\n1,Jo,new@x.org\n2,Bo,bo@x.org\n")
    assert erase(database, SETTINGS, KEY, ["OLD@x.org"]).contacts == 0
    assert held(database, "old@x.org") == set()
    assert sorted(live(database, "list")) == ["1", "2"]


def test_the_raw_of_a_contact_that_is_gone_is_erased_by_its_value(database, tmp_path):
    file = tmp_path / "people.csv"
    imported(database, file, "id,name,email\n1,Jo,jo@x.org\n2,Bo,bo@x.org\n")
    imported(database, file, "id,name,email\n2,Bo,bo@x.org\n", complete=True)
    assert erase(database, SETTINGS, KEY, ["jo@x.org"]).contacts == 1
    assert held(database, "jo@x.org") == set()


def test_raw_that_waits_to_be_read_is_erased_by_its_value(database, tmp_path):
    """A source that is held keeps what came in unread until a person has looked."""
    with database.begin() as connection:
        source = stored_sources.ensure(connection, "list", "file")
        run = sync_runs.start(connection, source.id, "file")
        payload = json.dumps({"id": "1", "name": "Jo", "email": "jo@x.org"})
        source_contacts.store(
            connection, source.id, run.id, [RawContact("1", payload, b"1")], datetime.now(UTC)
        )
        sync_runs.finish(connection, run.id, sync_runs.HELD, "test", {})
    assert erase(database, SETTINGS, KEY, ["jo@x.org"]).contacts == 1
    assert held(database, "jo@x.org") == set()


def test_raw_of_a_declared_source_that_is_configured_no_more_is_searched_by_its_words(database):
    with database.begin() as connection:
        source = stored_sources.ensure(connection, "shop", "shop")
        payload = json.dumps({"key": 1, "contact": {"mail": "mailto:jo@x.org"}})
        raw = [RawContact("1", payload, b"1"), RawContact("2", "{}", b"2")]
        source_contacts.store(connection, source.id, None, raw, datetime.now(UTC))
    assert erase(database, SETTINGS, KEY, ["jo@x.org"]).contacts == 1
    assert held(database, "jo@x.org") == set()


def test_a_contact_known_for_erased_by_a_new_mapping_goes_when_it_is_read(database, tmp_path):
    file = tmp_path / "people.csv"
    imported(database, file, "id,name,contact point\n1,Jo,jo@x.org\n2,Bo,bo@x.org\n")
    imported(database, tmp_path / "other.csv", "id,email\n7,jo@x.org\n", "other")
    erase(database, SETTINGS, KEY, ["jo@x.org"])
    assert held(database, "jo@x.org") == {"source_contact_versions.payload", "contacts.content"}
    own = SourceSettings("list", "file", mapping={"contact point": "email"})
    with database.connect() as connection:
        erased = Erased.load(connection, KEY, SETTINGS)
    report = SourceReport("list", "file")
    read_changed(database, {"list": own}, SETTINGS, {"list": report}, erased=erased)
    assert report.erased == 1
    assert held(database, "jo@x.org") == set()
    assert sorted(live(database, "list")) == ["2"]
    again = imported(database, file, "id,name,contact point\n1,Jo,jo@x.org\n2,Bo,bo@x.org\n")
    assert (again.new, again.erased) == (0, 1), "by its id from then on"


def test_who_came_back_in_spite_of_all_is_erased_again(database, tmp_path):
    for _ in range(2):
        imported(database, tmp_path / "people.csv", "id,name,email\n1,Jo,jo@x.org\n")
        assert erase(database, SETTINGS, KEY, ["list:1"]).contacts == 1
        with database.begin() as connection:
            connection.execute(text("DELETE FROM dedupe.erasures"))


def test_a_contact_found_by_its_id_is_not_stored_when_it_holds_an_erased_value(database, whippy):
    simulator, own = whippy
    collected(database, own)
    erase(database, SETTINGS, KEY, ["annlee@gmail.com"])
    collected(database, own)
    fetcher = fetcher_for(own)
    other = next(one for one in simulator.contacts() if one["id"] != ID)
    with database.begin() as connection:
        source = stored_sources.by_name(connection, "whippy")
        assert source is not None
        run = sync_runs.latest(connection, source.id)
        assert run is not None
        [seed] = [
            row.id
            for row in connection.execute(text("SELECT id, external_id FROM dedupe.source_contacts"))
            if row.external_id == other["id"]
        ]
    simulator.edit(other["id"], email="ann.lee@gmail.com")
    with database.connect() as connection:
        erased = Erased.load(connection, KEY, SETTINGS)
    report = SourceReport("whippy", "whippy")
    with api_for(fetcher, CollectOptions().stop) as api:
        walk = CollectedWalk(database, source, run, fetcher, api, report, erased)
        deletion_proof.bury(walk, [Absent(seed, other["id"])])
    assert (report.erased, report.changed, report.gone) == (1, 0, 0)
    assert held(database, "ann.lee@gmail.com") == set()
    assert other["id"] in live(database, "whippy")


def test_what_cannot_be_read_is_kept_without_the_lines_of_erased_people(database, tmp_path):
    imported(database, tmp_path / "a.csv", "id,email,phone\n1,jo@x.org,+12025550123\n")
    file = tmp_path / "b.csv"
    imported(database, file, "id,email\n1,jo@x.org,too,many\n2,bo@x.org,so,many\n4,cy\n")
    assert "quarantine.content" in held(database, "jo@x.org")
    done = erase(database, SETTINGS, KEY, ["list:1"])
    assert done.set_aside > 0
    assert held(database, "jo@x.org") == set()
    assert held(database, "bo@x.org") == {"quarantine.content"}


def test_lines_of_erased_people_that_cannot_be_read_are_not_kept(database, tmp_path):
    imported(database, tmp_path / "a.csv", "id,email\n1,jo@x.org\n")
    erase(database, SETTINGS, KEY, ["jo@x.org"])
    report = imported(
        database, tmp_path / "b.csv", "id,email\n2,bo@x.org,too,many\n3,jo@x.org,too,many\n4,cy\n"
    )
    assert report.quarantined == 2
    assert held(database, "jo@x.org") == set()
    assert held(database, "bo@x.org") == {"quarantine.content"}


def test_a_payload_without_an_id_of_somebody_erased_is_not_kept(database, whippy):
    simulator, own = whippy
    collected(database, own)
    erase(database, SETTINGS, KEY, ["annlee@gmail.com"])
    simulator.insert({**ANN, "id": ""})
    collected(database, own)
    assert held(database, "Ann.Lee@gmail.com") == set()


def test_notes_evidence_and_pins_of_an_erased_contact_go(database, tmp_path):
    imported(database, tmp_path / "a.csv", "id,name,email\n1,Jo,jo@x.org\n2,Bo,bo@x.org\n3,Cy,cy@x.org\n")
    with database.begin() as connection:
        seeds = list(
            connection.execute(text("SELECT id FROM dedupe.source_contacts ORDER BY external_id")).scalars()
        )
        jo, bo, cy = seeds
        members = [decisions.Member(jo, 0, b"identity of jo"), decisions.Member(bo, 1, b"identity of bo")]
        contents = {"evidence_hash": "00", "contents": {str(jo): "hash of jo", str(bo): "hash of bo"}}

        def add(subject, verdict, members, field=None, value=None, evidence=None):
            new = decisions.NewDecision(
                subject, verdict, members, "Kim", Origin.HAND, "Jo told me", field, value, evidence
            )
            return decisions.add(connection, new)

        about_both = add(Subject.CONTACTS, Verdict.DIFFERENT, members, evidence=contents)
        decisions.revoke(connection, about_both, "Kim", "Jo again")
        add(Subject.FIELD, decisions.PINNED, members[:1], "name", "Josephine")
        add(Subject.VALUE, ValueVerdict.NOT_THEIRS, members[:1], "email", "theirs@x.org")
        add(Subject.VALUE, ValueVerdict.SHARED, [], "email", "jo@x.org")
        audit = {"id": uuids.uuid7(), "drawn_by": "Kim", "drawn_at": datetime.now(UTC), "strata": []}
        connection.execute(insert(tables.audits), {**audit, "link": 0, "review": 0, "lowest": 0})
        sample = {"audit_id": audit["id"], "number": 1, "kind": "near", "stratum": "", "probability": 0.5}
        sides = {"left_members": [bo], "right_members": [jo]}
        connection.execute(insert(tables.audit_samples), {**sample, **sides, "note": "Jo it is"})
        opinion = {"candidate_id": uuids.uuid7(), "evidence_hash": b"", "who": "Kim", "verdict": "same"}
        opinion |= {"members": [bo, jo], "note": "Jo, I think", "given_at": datetime.now(UTC)}
        connection.execute(insert(tables.review_opinions), opinion)
        question = {"id": uuids.uuid7(), "left_members": [bo], "right_members": [cy], "cause": "doubtful"}
        question |= {"weight": 0, "probability": 0.5, "priority": 1.0, "evidence": {}, "evidence_hash": b""}
        question |= {"run_id": uuids.uuid7(), "first_seen_at": datetime.now(UTC)}
        connection.execute(insert(tables.review_candidates), question)
        read = {"candidate_id": question["id"], "run_id": question["run_id"], "pattern": "", "sources": []}
        read |= {"countries": [], "words": "bo jo@x.org", "shared_values": []}  # which Bo gave up since
        connection.execute(insert(tables.review_facets), read)
    erase(database, SETTINGS, KEY, ["jo@x.org"])
    for word in ("Jo", "theirs@x.org", "jo@x.org", "identity of jo", "hash of jo"):
        assert held(database, word) == set(), word
    assert held(database, "identity of bo") == {"decision_members.identity_hash"}
    assert held(database, "hash of bo") == {"decisions.evidence"}
    with database.connect() as connection:
        [kept] = decisions.latest(connection, 10)
    assert (kept.id, kept.note, kept.revoked_note) == (about_both, "", "")


def test_an_unfinished_walk_that_stands_behind_an_erased_contact_goes_on_before_it(database, tmp_path):
    imported(database, tmp_path / "a.csv", "id,name\n1,Jo\n2,Bo\n3,Cy\n4,Di\n")
    with database.begin() as connection:
        source = stored_sources.by_name(connection, "list")
        assert source is not None
        done = sync_runs.start(connection, source.id, "full")
        going = sync_runs.start(connection, source.id, "full")
        for run in (done, going):
            for page, name in enumerate(("Jo", "Bo", "Cy"), start=1):
                seen = SeenPage(page, {"fetcher": {"behind": name}}, [str(page)])
                sync_runs.add_pages(connection, run.id, 1, [seen], datetime.now(UTC))
        sync_runs.finish(connection, done.id, sync_runs.COMPLETE, None, {})
    erase(database, SETTINGS, KEY, ["list:1", "list:3"])
    assert held(database, "Jo") == held(database, "Cy") == set()
    with database.connect() as connection:
        assert sync_runs.last_page(connection, going.id) == PageRow(1, 2, {"fetcher": {"behind": "Bo"}})
        assert sync_runs.seen(connection, going.id, 1).rows == 2
        assert sync_runs.seen(connection, done.id, 1).unique == 3


def test_a_contact_is_known_by_its_addresses_whatever_else_it_says():
    """Without names and companies emails and phones are normalized as with them."""
    people = population(300, seed=5)
    for provider in ("whippy", "digital99", "askelephant"):
        fetcher = fetcher_for(SourceSettings(provider, provider, account_id="1", secrets={"token": "t"}))
        payloads = [one.payload for one in people.contacts((provider,))]
        rows = [(provider, str(at), fetcher.read(payload)) for at, payload in enumerate(payloads)]
        given = given_table(rows)
        whole = normalize(given, SETTINGS).select(["external_id", "emails", "phones"])
        hashes = {
            row["external_id"]: {
                hashed(KEY, kind, text)
                for kind in ("email", "phone")
                for item in row[f"{kind}s"] or ()
                for text in spellings(item)
            }
            for row in whole.to_pylist()
        }
        for at in range(0, len(rows), 37):
            known = frozenset(hashes[str(at)])
            expected = {key for key, held in hashes.items() if held & known}
            assert Erased(KEY, known, SETTINGS).holding_given(given) == expected


def test_a_dry_run_tells_who_would_be_kept_out(database, whippy):
    _, own = whippy
    collected(database, own)
    erase(database, SETTINGS, KEY, [f"whippy:{ID}"])
    told = collected(database, own, dry_run=True)
    assert (told.erased, told.new) == (1, 0)


def test_a_walk_that_goes_on_after_an_erasure_keeps_its_people_out(database):
    with simulate(population(400, seed=7), ["whippy"]) as running:
        simulator, [own] = running["whippy"], sources(running, limit=5)  # what is fetched ahead is not all
        stop = threading.Event()
        stopped = night(database, [own], full=True, stop=stop, progress=lambda _: stop.set())["whippy"]
        assert stopped.status == "incomplete"
        [seen, *_] = live(database, "whippy")
        later = next(one["id"] for one in simulator.contacts() if one["id"] not in live(database, "whippy"))
        assert erase(database, SETTINGS, KEY, [f"whippy:{seen}"]).contacts == 1
        with pytest.raises(NotFound):
            erase(database, SETTINGS, KEY, [f"whippy:{later}"])
        again = collected(database, own)
        assert (again.resumed, again.status) == (True, "complete")
        assert len(live(database, "whippy")) == len(simulator.ids()) - 1
        assert held(database, seen) == set()
        assert collected(database, own).erased == 1


def test_whoever_waits_for_the_lock_of_a_source_knows_of_an_erasure_meanwhile(database, whippy):
    _, own = whippy
    collected(database, own)
    with database.connect() as connection:
        before = Erased.load(connection, KEY, SETTINGS)
    erase(database, SETTINGS, KEY, [f"whippy:{ID}"])
    report = collect_source(database, own, CollectOptions(full=True, erasure_key=KEY, erased=before))
    assert report.erased == 1
    assert held(database, "Ann Lee") == set()


def test_what_was_set_aside_goes_by_its_age(database, tmp_path):
    imported(database, tmp_path / "b.csv", "id,email\n1,ann@x.org\n2,bo@x.org,too,many\n")
    assert purge(database, Keep(gone=timedelta(days=30))).set_aside == 0
    assert purge(database, Keep(gone=timedelta(0))).set_aside == 1


def test_the_access_log_and_answers_to_requests_go_by_their_age(database):
    with database.begin() as connection:
        access_log.write(connection, Visitor("Kim", "cli"), "lookup")
        idempotency.remember(connection, "Kim", "key", b"{}", 201, {})
    assert purge(database, Keep(access_log=timedelta(days=365))).access_log == 0
    assert purge(database, Keep()).access_log == 0
    assert count(database, "idempotency_keys") == 1
    for table, column in (("access_log", "occurred_at"), ("idempotency_keys", "created_at")):
        with database.begin() as connection:
            connection.execute(text(f"UPDATE dedupe.{table} SET {column} = {column} - interval '8 days'"))
    assert purge(database, Keep(access_log=timedelta(days=7))).access_log == 1
    assert count(database, "idempotency_keys") == 0


@pytest.fixture
def house(database):
    return DecidingHouse(database)


def test_somebody_is_erased_before_the_first_night_and_one_who_is_gone_after_it(house):
    house.collected(contact("crm:1", name="Ann Lee", email="ann@x.org"), contact("crm:2", name="Bo Ray"))
    erase(house.database, SETTINGS, KEY, ["crm:1"], unshow=house.unshow)
    assert held(house.database, "Ann") == set()
    house.merges()
    house.vanished("crm:2")
    erase(house.database, SETTINGS, KEY, ["crm:2"], unshow=house.unshow)
    assert held(house.database, "Bo") == set()
    assert house.merges().golden["golden_contacts"] == 0


def test_a_decision_about_somebody_erased_can_still_be_taken_back(house):
    house.collected(
        contact("crm:1", name="Ann Lee", email="ann@x.org"),
        contact("mail:1", name="Ann Lee", email="ann@x.org"),
        contact("mail:2", name="Ann Lee", email="ann@x.org"),
    )
    house.merges()
    decided = house.decides(Verdict.DIFFERENT, "crm:1", "mail:1")
    erase(house.database, SETTINGS, KEY, ["crm:1"], unshow=house.unshow)
    house.takes_back(decided)
    assert house.golden_of("mail:1") == house.golden_of("mail:2")


def test_golden_contacts_show_an_erased_contact_no_more_at_once(house):
    house.collected(
        contact("crm:1", name="Ann Lee", email="ann@x.org", phone="+442079460001"),
        contact("mail:1", name="Ann Lee", email="ann@x.org", phone="+442079460002"),
        contact("mail:2", name="Bo Ray", email="bo@x.org"),
    )
    house.merges()
    assert house.golden_of("crm:1") == house.golden_of("mail:1")
    before = house.golden_of("crm:1")
    erase(house.database, SETTINGS, KEY, ["crm:1", "mail:2"], unshow=house.unshow)
    assert house.golden_of("mail:1") == before
    assert house.record_of("mail:1")["phones"] == ["+442079460002"]
    for word in ("Bo", "bo@x.org", "442079460001"):
        assert held(house.database, word) == set()
    assert {event["cause"] for event in house.events()[-2:]} == {"erasure"}
    assert {table for table, rows in house.merges().written.items() if rows} <= {
        "match_context",
        "match_index",
    }


def test_the_index_of_match_keys_forgets_the_erased_at_once(house):
    people = [contact(f"crm:{n}", name=f"Ann Lee{n}", email=f"ann{n}@x.org") for n in range(3)]
    house.collected(*people, contact("mail:1", name="Ann Lee1", email="ann1@x.org"))
    house.merges()
    with house.database.begin() as connection:
        seeds = [str(house.seed("crm:1"))]
        before = match_index.keys_of(connection, seeds)["key"].to_pylist()
    erase(house.database, SETTINGS, KEY, ["crm:1"], unshow=house.unshow)
    with house.database.begin() as connection:
        assert before
        assert match_index.keys_of(connection, seeds).num_rows == 0
        pages = connection.execute(text("SELECT content FROM dedupe.match_index_keys")).scalars()
        held_by = np.concatenate([KeyPage.read(bytes(page)).keys for page in pages])
        shared = match_index.keys_of(connection, [str(house.seed("mail:1"))])["key"].to_pylist()
        assert not set(held_by.tolist()) & (set(before) - set(shared) - _common(connection, house))
        match_index.check(connection)


def test_an_index_that_cannot_be_read_is_dropped_whole_by_an_erasure(house):
    house.collected(contact("crm:1", name="Ann Lee", email="ann@x.org"))
    house.merges()
    with house.database.begin() as connection:
        connection.execute(text("UPDATE dedupe.match_index_keys SET content = set_byte(content, 5, 77)"))
    erase(house.database, SETTINGS, KEY, ["crm:1"], unshow=house.unshow)
    assert count(house.database, "match_index_keys") == count(house.database, "match_index_contacts") == 0
    assert house.merges(looks=True).mode == "full"
    with house.database.begin() as connection:
        match_index.check(connection)


def _common(connection, house) -> set[int]:
    """The keys of those who stay and aren't of that family."""
    others = [str(house.seed(key)) for key in ("crm:0", "crm:2")]
    return set(integers(match_index.keys_of(connection, others)["key"]).tolist())
