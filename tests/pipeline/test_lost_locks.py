"""A run whose lock is gone notices before it writes, and whoever came in meanwhile is unharmed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from dedupe.errors import LockHeld, LockLost
from dedupe.golden.gate import GateLimits
from dedupe.model import ValueVerdict, Verdict
from dedupe.pipeline.collecting import CollectOptions, collect_source
from dedupe.pipeline.erasure import Keep, erase, purge
from dedupe.pipeline.importing import import_file
from dedupe.pipeline.merging import merge
from dedupe.pipeline.suppression_list import KEY as KIND
from dedupe.pipeline.suppression_list import Erased, hashed
from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from dedupe.storage import decisions, erasures, match_models
from dedupe.storage.database import Database
from dedupe.storage.facts import export_facts, import_facts
from dedupe.storage.tables import source_contacts
from tests.house import contact
from tests.lost_locks import ends_every_session, ends_the_sessions_of_locks, locks_lost_when_written
from tests.pipeline.collecting_house import count, night, sources
from tests.pipeline.test_suppression_list import KEY, SETTINGS
from tests.pipeline.text_search import held
from tests.review.deciding_house import DecidingHouse, house

__all__ = ["house"]

BEFORE_THE_TRANSACTION = ("load", "match, cluster, merge")
WITHIN_IT = ("reread", "stage and compare", "publish")
TOWN = population(40, seed=7)


@pytest.fixture
def town(house: DecidingHouse) -> DecidingHouse:
    """Ann is served, in two sources, and there is news of Cy."""
    house.collected(
        contact("crm:1", name="Ann Lee", email="ann@x.org"),
        contact("mail:1", name="Ann Lee", email="ann@x.org", phone="+442079460001"),
        contact("crm:2", name="Bo Ray", email="bo@x.org"),
    )
    house.merges()
    house.collected(contact("crm:3", name="Cy Dow", email="cy@x.org"))
    return house


@pytest.fixture
def other(database_url: str) -> Iterator[Database]:
    """Somebody else's way to the same Postgres."""
    with Database(database_url) as database:
        yield database


def buries(database: Database, seed: UUID) -> None:
    """A tombstone, and nobody has read the source since."""
    with database.begin() as connection:
        connection.execute(
            update(source_contacts).where(source_contacts.c.id == seed).values(gone_at=datetime.now(UTC))
        )


def during(house: DecidingHouse, stage: str, act: Callable[[], object]) -> Any:
    """A merge in which something happens, once, as that stage begins."""
    left = [act]

    def tell(name: str) -> None:
        if name == stage and left:
            left.pop()()

    return merge(house.database, house.settings, house.engine, tell=tell)


@pytest.mark.parametrize("stage", [*BEFORE_THE_TRANSACTION, *WITHIN_IT])
def test_a_night_whose_connections_end_publishes_nothing_and_the_next_completes(town, other, stage):
    before = town.state()
    with pytest.raises(LockLost, match=r"The lock '\w+' was lost: .* Run it again"):
        during(town, stage, lambda: ends_every_session(other))
    assert town.state() == before
    assert town.merges().status == "published"
    assert town.golden_of("crm:3")


@pytest.mark.parametrize("stage", BEFORE_THE_TRANSACTION)
def test_a_night_that_lost_its_lock_does_not_undo_the_night_that_came_in(town, other, stage):
    second = DecidingHouse(other)
    after: list[Any] = []

    def a_night_comes_in() -> None:
        ends_every_session(other)
        erase(other, SETTINGS, KEY, ["ann@x.org"], unshow=second.unshow)
        assert second.merges().status == "published"
        after.append(second.state())

    with pytest.raises(LockLost):
        during(town, stage, a_night_comes_in)
    assert town.state() == after[0]
    assert held(other, "ann@x.org") == held(other, "Ann Lee") == set()


@pytest.mark.parametrize("stage", WITHIN_IT)
def test_nobody_comes_in_while_a_run_that_lost_its_lock_is_at_its_last_transaction(town, other, stage):
    before, second = town.state(), DecidingHouse(other)

    def a_night_tries_to_come_in() -> None:
        ends_the_sessions_of_locks(other)
        with pytest.raises(LockHeld, match="was lost by a run that is at its last transaction"):
            second.merges()

    with pytest.raises(LockLost):
        during(town, stage, a_night_tries_to_come_in)
    assert town.state() == before
    assert second.merges().status == "published"


# --- every lock, lost in the midst of the transaction that relies on it ---


def test_pages_of_a_source_whose_lock_is_lost_are_not_stored(database):
    with simulate(TOWN, ["whippy"]) as running:
        [own] = sources(running)
        with locks_lost_when_written(database, "sync_pages"), pytest.raises(LockLost, match="source whippy"):
            collect_source(database, own, CollectOptions(full=True))
        assert count(database, "source_contacts") == count(database, "sync_pages") == 0
        assert night(database, [own], full=True)["whippy"].status == "complete"


def test_a_night_of_many_sources_ends_when_one_of_them_loses_its_lock(database):
    with simulate(TOWN, ["whippy", "digital99"]) as running:
        with locks_lost_when_written(database, "sync_pages"), pytest.raises(LockLost):
            night(database, sources(running), full=True)
        assert count(database, "source_contacts") == 0


def test_a_file_whose_lock_is_lost_comes_in_not_at_all(database, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("id,name,email\n1,Ann Lee,ann@x.org\n")
    with locks_lost_when_written(database, "sync_pages"), pytest.raises(LockLost, match="source people"):
        import_file(database, file, SETTINGS)
    assert count(database, "source_contacts") == count(database, "sources") == 0


@pytest.mark.parametrize(("never_store", "lock"), [((), "'source people'"), (("shoe",), "'read'")])
def test_contacts_that_are_read_after_the_lock_is_lost_are_not_written(database, tmp_path, never_store, lock):
    """Read while they are stored, or after it."""
    file = tmp_path / "people.csv"
    file.write_text("id,name,email\n1,Ann Lee,ann@x.org\n")
    with locks_lost_when_written(database, "contacts"), pytest.raises(LockLost, match=lock):
        import_file(database, file, SETTINGS, never_store=never_store)
    assert count(database, "contacts") == 0


def test_a_decision_is_not_kept_when_the_lock_is_lost(town):
    before = town.state()
    with locks_lost_when_written(town.database, "decisions"), pytest.raises(LockLost, match="publish"):
        town.decides(Verdict.DIFFERENT, "crm:1", "mail:1")
    with town.database.connect() as connection:
        assert decisions.latest(connection, 1) == []
    assert town.state() == before


def test_a_decision_is_not_taken_back_when_the_lock_is_lost(town):
    decided = town.decides(Verdict.DIFFERENT, "crm:1", "mail:1")
    before = town.state()
    with locks_lost_when_written(town.database, "merge_runs"), pytest.raises(LockLost):
        town.takes_back(decided)
    assert town.state() == before


@pytest.mark.parametrize("table", ["erasures", "merge_runs"])
def test_an_erasure_is_whole_or_not_at_all_when_a_lock_is_lost(town, table):
    before = town.state()
    with locks_lost_when_written(town.database, table), pytest.raises(LockLost):
        erase(town.database, SETTINGS, KEY, ["ann@x.org"], unshow=town.unshow)
    assert town.state() == before
    assert count(town.database, "erasures") == 0
    assert erase(town.database, SETTINGS, KEY, ["ann@x.org"], unshow=town.unshow).contacts == 2


def test_facts_are_not_imported_when_the_lock_is_lost(town, postgres_server, tmp_path):
    export_facts(town.database, tmp_path / "export")
    name = town.database.engine.url.database + "_new"
    with Database(postgres_server.create(name, postgres_server.template)) as fresh:
        with locks_lost_when_written(fresh, "sources"), pytest.raises(LockLost, match=r"nightly|migrate"):
            import_facts(fresh, tmp_path / "export")
        assert count(fresh, "sources") == 0
    postgres_server.drop(name)


def test_nothing_is_purged_by_a_night_that_lost_its_lock(database, other):
    with database.lock("nightly") as under:
        ends_the_sessions_of_locks(other)
        with pytest.raises(LockLost, match="nightly"):
            purge(under, Keep())


def test_a_lock_that_was_let_go_is_not_relied_on(database):
    with database.lock("nightly") as under:
        under.check_locks()
    with pytest.raises(LockLost):
        under.check_locks()


# --- what came to be since the snapshot ---


@pytest.mark.parametrize("stage", BEFORE_THE_TRANSACTION)
def test_whoever_is_erased_while_a_night_matches_is_served_no_more(town, other, stage):
    second = DecidingHouse(other)
    during(town, stage, lambda: erase(other, SETTINGS, KEY, ["ann@x.org", "crm:3"], unshow=second.unshow))
    assert town.together() == {frozenset({"crm:2"})}
    for word in ("Ann", "ann@x.org", "Cy", "cy@x.org", "442079460001"):
        assert held(other, word) == set()


def test_whoever_is_buried_while_a_night_matches_is_not_published(town, other):
    second = DecidingHouse(other)
    told = during(town, "match, cluster, merge", lambda: second.vanished("mail:1", "crm:3"))
    assert told.status == "published"
    assert town.together() == {frozenset({"crm:1"}), frozenset({"crm:2"})}
    again = town.merges().written
    assert not any(count for name, count in again.items() if not name.startswith("match_"))


def test_a_tombstone_counts_before_anybody_read_the_source_again(town, other):
    with other.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE dedupe.source_contacts SET gone_at = now() WHERE external_id = '2'"
        )
    town.merges()
    assert town.golden_of("crm:2") is None


def test_what_is_decided_and_taken_back_while_a_night_matches_counts(town, other):
    second = DecidingHouse(other)
    apart = second.decides(Verdict.DIFFERENT, "crm:1", "mail:1")

    def acts() -> None:
        second.takes_back(apart)
        second.decides(Verdict.DIFFERENT, "crm:1", "crm:2")

    during(town, "match, cluster, merge", acts)
    assert town.golden_of("crm:1") == town.golden_of("mail:1") != town.golden_of("crm:2")
    assert town.is_settled()


def test_a_night_comes_to_an_end_though_somebody_says_of_values_whenever_it_looks(town, other):
    second, left = DecidingHouse(other), [f"{who}@x.org" for who in ("ann", "bo", "cy", "di", "eve")]
    again: list[str] = []

    def tell(stage: str) -> None:
        again.extend([stage] if stage == "merge again" else [])
        if stage in ("match, cluster, merge", "merge again"):
            second.judged("email", left.pop(), ValueVerdict.SHARED)

    told = merge(town.database, town.settings, town.engine, tell=tell)
    assert (told.status, len(again)) == ("published", 3)
    assert town.merges().status in ("published", "unchanged")


def test_a_night_that_passes_a_limit_by_what_was_said_meanwhile_is_held_back_at_the_last_too(town, other):
    second, left = DecidingHouse(other), [f"{who}@x.org" for who in ("di", "eve", "ann")]

    def tell(stage: str) -> None:
        if stage in ("match, cluster, merge", "merge again") and left:
            second.judged("email", left.pop(0), ValueVerdict.SHARED)

    before = town.together()
    strictly = replace(town.settings, limits=GateLimits(max_share_split=0.0, fewest=1))
    told = merge(town.database, strictly, town.engine, tell=tell)
    assert (told.status, len(left)) == ("held", 0)
    assert town.together() == before


def test_of_two_who_choose_a_model_at_once_the_later_counts(database, other):
    with database.begin() as connection:
        ids = [match_models.save(connection, name, "trained", f'{{"name": "{name}"}}') for name in "ab"]
        match_models.activate(connection, ids[0])
    with ThreadPoolExecutor(1) as threads:
        with database.begin() as connection:
            match_models.activate(connection, ids[1])
            later = threads.submit(_activates, other, ids[0])
            assert not wait([later], 0.2).done
        later.result(10)
    with database.connect() as connection:
        active = match_models.active(connection)
    assert active is not None
    assert active.id == ids[0]


def _activates(database: Database, model: UUID) -> None:
    with database.begin() as connection:
        match_models.activate(connection, model)


def test_a_run_held_back_before_an_erasure_publishes_nothing_of_it(town):
    planned = town.merges(plan=True)
    erase(town.database, SETTINGS, KEY, ["crm:3", "ann@x.org"], unshow=town.unshow)
    town.publishes(planned.run_id)
    assert town.together() == {frozenset({"crm:2"})}
    for word in ("Ann", "Cy"):
        assert held(town.database, word) == set()


# --- erasures are asked in the transaction that stores raw ---


def test_a_walk_asks_for_erasures_with_every_page(database, other):
    """Even of one that came without the source's lock, with facts from elsewhere."""
    with simulate(TOWN, ["whippy"]) as running:
        [own] = sources(running, limit=1)  # more pages than one transaction stores
        known = sorted(running["whippy"].ids())
        with other.connect() as connection:
            nobody = Erased.load(connection, KEY, SETTINGS)
        erased: list[str] = []

        def tell(progress: Any) -> None:
            if not erased:
                with other.begin() as connection:
                    [source] = connection.exec_driver_sql("SELECT id FROM dedupe.sources").scalars()
                    stored = connection.exec_driver_sql("SELECT external_id FROM dedupe.source_contacts")
                    left = sorted(set(known) - set(stored.scalars()))
                    erased.extend(left)
                    made = {nobody.hash_of(source, one) for one in left}
                    erasures.add(connection, {*made, hashed(KEY, KIND, "")}, datetime.now(UTC))

        report = night(database, [own], full=True, erasure_key=KEY, progress=tell)["whippy"]
        assert report.erased == len(erased) > 0
        assert count(database, "source_contacts") == len(known) - len(erased)
        for one in erased:
            assert held(database, one) == set()


def test_nobody_is_erased_between_the_question_and_the_storing(database, other, tmp_path):
    """Who asks, stores in the same transaction; who erases waits for its end."""
    with database.begin() as connection:
        Erased.load(connection, KEY, SETTINGS).again(connection)
        with other.begin() as second:
            second.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
            with pytest.raises(LockHeld):
                erasures.erase(second, {}, datetime.now(UTC))


def test_raw_of_somebody_who_comes_back_as_it_is_purged_is_stored_anew(database, other, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text("id,name,email\n1,Ann Lee,ann@x.org\n2,Bo,bo@x.org\n")
    import_file(database, file, SETTINGS)
    with database.begin() as connection:
        connection.exec_driver_sql("UPDATE dedupe.source_contacts SET gone_at = now() - interval '99 days'")
        connection.exec_driver_sql("DELETE FROM dedupe.contacts")
    with database.begin() as connection:
        erasures.purge_tombstoned(connection, datetime.now(UTC))
        nobody = Erased.load(connection, KEY, SETTINGS)
        with other.begin() as second:
            second.exec_driver_sql("SET LOCAL lock_timeout = '200ms'")
            with pytest.raises(LockHeld):
                nobody.again(second)
    [report] = import_file(database, file, SETTINGS)
    assert report.revived == 2
    assert count(database, "contacts") == count(database, "source_contact_versions") == 2
