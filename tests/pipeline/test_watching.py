"""Between nights, sources that can be asked what changed since are looked at every few minutes."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from dedupe.errors import DatabaseUnavailable
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.collecting import CollectOptions, CollectReport
from dedupe.pipeline.source_report import SourceReport
from dedupe.pipeline.watching import look, watch, watchable
from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from dedupe.storage import sources as stored_sources
from dedupe.storage import sync_runs
from tests.pipeline.collecting_house import count, live, night, sources, stored, truth

PEOPLE = population(30, seed=7)
BOTH = ("askelephant", "whippy")


@pytest.fixture
def running():
    with simulate(PEOPLE) as servers:
        yield servers


def watched(running) -> list[SourceSettings]:
    return watchable(sources(running))


def looked(database, configured) -> dict[str, SourceReport]:
    found = look(database, configured, NormalizeSettings(), CollectOptions())
    assert found is not None
    return {report.source: report for report in found.sources}


def test_a_change_and_a_new_contact_come_in_between_nights(database, running):
    night(database, sources(running))
    for name in BOTH:
        running[name].rename(running[name].ids()[0], "Somebody Else")
    reports = looked(database, watched(running))
    assert sorted(reports) == sorted(BOTH)
    assert {(one.status, one.changed, one.mode) for one in reports.values()} == {("complete", 1, "watch")}
    for own in watched(running):
        assert stored(database, own) == truth(running[own.name], own)


def test_looks_without_news_leave_nothing_behind(database, running):
    night(database, sources(running))
    before = count(database, "sync_runs"), count(database, "sync_pages")
    for _ in range(2):
        looked(database, watched(running))
    assert (count(database, "sync_runs"), count(database, "sync_pages")) == before


def test_a_source_waits_for_its_first_full_walk(database, running):
    reports = looked(database, watched(running))
    assert {one.status for one in reports.values()} == {"skipped"}
    assert count(database, "source_contacts") == 0


def test_a_failed_source_does_not_stop_the_others(database, running):
    night(database, sources(running))
    running["whippy"].faults.set(["expired-token"])
    running["askelephant"].rename(running["askelephant"].ids()[0], "Somebody Else")
    reports = looked(database, watched(running))
    assert (reports["whippy"].status, reports["askelephant"].changed) == ("failed", 1)


def test_a_walk_of_a_night_that_was_cut_off_is_gone_on_with_after_a_look(database, running):
    night(database, sources(running))
    with database.begin() as connection:
        whippy = stored_sources.by_name(connection, "whippy")
        assert whippy is not None
        cut_off = sync_runs.start(connection, whippy.id, "full")
    looked(database, watched(running))
    assert night(database, sources(running))["whippy"].mode == "full"
    with database.connect() as connection:
        query = text("SELECT status FROM dedupe.sync_runs WHERE id = :id")
        assert connection.execute(query, {"id": cut_off.id}).scalar() == "complete"


def test_a_source_that_a_night_walks_is_left_to_it(database, running):
    night(database, sources(running))
    with database.lock("source whippy"), database.lock("source askelephant"):
        assert look(database, watched(running), NormalizeSettings(), CollectOptions()) is None


def test_deletions_are_left_to_the_nights_full_walk(database, running):
    night(database, sources(running))
    gone = running["whippy"].ids()[0]
    running["whippy"].delete(gone)
    looked(database, watched(running))
    assert gone in live(database, "whippy")


def test_it_looks_again_and_again_until_it_is_stopped(database):
    stop, looks = threading.Event(), list[int]()

    def once() -> CollectReport | None:
        looks.append(len(looks))
        if len(looks) == 2:
            raise DatabaseUnavailable("restarting")
        if len(looks) == 4:
            stop.set()
        return CollectReport((), 0) if len(looks) != 3 else None

    told: list[CollectReport] = []
    watch(once, 0.01, stop, told.append)
    assert (len(looks), len(told)) == (4, 2)
