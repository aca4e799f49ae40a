"""What sources told is merged at once; whatever keeps it from that, nothing is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

import pytest
from sqlalchemy import text

from dedupe import lookup
from dedupe.engines.local import LocalEngine
from dedupe.errors import IndexUnusable, LockHeld
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline import live_merging
from dedupe.pipeline.collecting import CollectOptions, collect
from dedupe.pipeline.live_merging import LiveSettings, merge_told
from dedupe.pipeline.live_run import LIVE_LOCK
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.merging import merge
from dedupe.storage import told_changes
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from dedupe.storage.golden_contacts import GoldenContact
from dedupe.wiring.live_worker import LiveWorker
from tests.pipeline.telling_house import FORMS, TellingHouse, gone, row

NORMALIZE = NormalizeSettings(fallback_region="US")


class LiveHouse(TellingHouse):
    """A night has been; what is told since is merged by `merges`."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, FORMS)
        self.settings = LiveSettings({"forms": FORMS}, NORMALIZE, MergeSettings(), LocalEngine(threads=1))
        people = [row(str(n), full_name=f"Ann Lee{n}", email=f"ann{n}@example.org") for n in range(40)]
        self.told("forms", *people)
        self.night()

    def night(self) -> None:
        collect(self.database, [], NORMALIZE, CollectOptions(besides=["forms"]))
        collect(self.database, [], NORMALIZE, CollectOptions())
        merge(self.database, self.settings.merge, self.settings.engine)

    def merges(self) -> int:
        done = merge_told(self.database, self.settings)
        assert not done.held
        return done.taken

    def shown(self, email: str) -> list[GoldenContact]:
        with self.database.begin() as connection:
            return [hit.contact for hit in lookup.by_email(connection, Visitor("Kim", "api"), email)]

    def waiting(self) -> int:
        with self.database.begin() as connection:
            return told_changes.backlog(connection).contacts


@pytest.fixture
def house(database: Database) -> LiveHouse:
    house = LiveHouse(database)
    house.merges()
    return house


def test_a_told_contact_is_shown_after_the_next_merge(house):
    house.told("forms", row("new", full_name="Zoe Quark", email="zoe@example.org"))
    assert house.shown("zoe@example.org") == []
    assert house.merges() == 1
    assert [one.name for one in house.shown("zoe@example.org")] == ["Zoe Quark"]
    assert house.waiting() == 0


def test_a_change_joins_who_is_one_person_and_a_deletion_takes_back(house):
    [before] = house.shown("ann3@example.org")
    house.told("forms", row("other", full_name="Ann Lee3", email="ann3@example.org"))
    house.merges()
    [joined] = house.shown("ann3@example.org")
    assert joined.id == before.id
    assert len(joined.source_links) == 2
    house.told("forms", gone("other"), gone("7"))
    house.merges()
    assert [len(one.source_links) for one in house.shown("ann3@example.org")] == [1]
    assert house.shown("ann7@example.org") == []


def test_who_was_killed_between_storing_and_merging_loses_nothing(house, monkeypatch):
    house.told("forms", row("new", full_name="Zoe Quark", email="zoe@example.org"))

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(live_merging, "merge_now", killed)
        with pytest.raises(KeyboardInterrupt):
            house.merges()
    assert house.waiting() == 1
    house.merges()
    assert house.shown("zoe@example.org")


def test_while_another_merges_what_was_told_it_waits(house):
    house.told("forms", row("new", full_name="Zoe Quark", email="zoe@example.org"))
    worker = LiveWorker(house.database, house.settings)
    with house.database.lock(LIVE_LOCK):
        with pytest.raises(LockHeld):
            house.merges()
        assert worker.once() is False
    assert house.waiting() == 1
    assert worker.once() is True
    assert house.waiting() == 0


@contextmanager
def a_night_at_work(house: LiveHouse) -> Iterator[None]:
    """A full night that has its snapshot, and computes until the block ends; then it has published."""
    computes, goes_on = threading.Event(), threading.Event()

    def tell(stage: str) -> None:
        if stage == "match, cluster, merge":
            computes.set()
            assert goes_on.wait(60)

    with ThreadPoolExecutor(1) as threads:
        night = threads.submit(
            merge, house.database, house.settings.merge, house.settings.engine, full=True, tell=tell
        )
        try:
            assert computes.wait(60)
            yield
        finally:
            goes_on.set()
        assert night.result().status == "published"


def test_during_a_full_night_what_is_told_is_shown_at_once_and_stays(house):
    [ann] = house.shown("ann3@example.org")
    with a_night_at_work(house):
        house.told("forms", row("new", full_name="Zoe Quark", email="zoe@example.org"), gone("7"))
        house.told("forms", row("too", full_name="Ann Lee3", email="ann3@example.org"))
        assert house.merges() == 3
        [zoe], [both] = house.shown("zoe@example.org"), house.shown("ann3@example.org")
        assert (both.id, len(both.source_links)) == (ann.id, 2)
    assert [one.id for one in house.shown("zoe@example.org")] == [zoe.id]
    assert [len(one.source_links) for one in house.shown("ann3@example.org")] == [2]
    assert house.shown("ann7@example.org") == []
    before = _links(house.database)
    merge(house.database, house.settings.merge, house.settings.engine, full=True)
    assert _links(house.database) == before


def test_what_is_told_while_a_night_publishes_is_merged_by_what_it_published(house):
    """A live run that had looked before the night published looks again."""
    with house.database.begin() as connection:
        connection.execute(text("LOCK TABLE dedupe.golden_contacts IN SHARE MODE"))  # holds its writing up
        with ThreadPoolExecutor(2) as threads:
            night = threads.submit(
                merge, house.database, house.settings.merge, house.settings.engine, full=True
            )
            _until(house.database, "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
            house.told("forms", row("too", full_name="Ann Lee3", email="ann3@example.org"))
            live = threads.submit(house.merges)
            time.sleep(0.5)
            assert not live.done()
            connection.rollback()
            assert (night.result().status, live.result()) == ("published", 1)
    assert [len(one.source_links) for one in house.shown("ann3@example.org")] == [2]
    before = _links(house.database)
    merge(house.database, house.settings.merge, house.settings.engine, full=True)
    assert _links(house.database) == before


def test_before_the_first_night_it_waits_for_it(database):
    house = TellingHouse(database, FORMS)
    house.told("forms", row("1", full_name="Ann Lee"))
    settings = LiveSettings({"forms": FORMS}, NORMALIZE, MergeSettings(), LocalEngine(threads=1))
    with pytest.raises(IndexUnusable):
        merge_told(database, settings)
    with database.begin() as connection:
        assert told_changes.backlog(connection).contacts == 1


def test_what_is_told_again_meanwhile_goes_on_waiting(house, database):
    house.told("forms", row("new", full_name="Zoe Quark"))
    with database.begin() as connection:
        taken = told_changes.waiting(connection, 10)
    house.told("forms", row("new", full_name="Zoe Q. Quark"))
    with database.begin() as connection:
        told_changes.merged(connection, taken)
    assert house.waiting() == 1


def test_a_rebuild_gives_what_live_merging_gave(house, database):
    house.told("forms", row("a", full_name="Ann Lee5", email="ann5@example.org"), gone("9"))
    house.merges()
    house.told("forms", row("b", full_name="Zoe Quark", email="zoe@example.org"))
    house.merges()
    before = _links(database)
    merge(database, house.settings.merge, house.settings.engine, full=True)
    assert _links(database) == before


def _until(database: Database, query: str) -> None:
    until = time.monotonic() + 60
    with database.each() as connection:
        while not connection.execute(text(query)).scalar_one():
            assert time.monotonic() < until


def _links(database: Database) -> list[tuple[UUID, UUID]]:
    query = text("SELECT source_contact_id, golden_id FROM dedupe.source_links ORDER BY 1")
    with database.connect() as connection:
        return [tuple(each) for each in connection.execute(query)]
