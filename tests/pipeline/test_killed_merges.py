"""A merge killed at any moment leaves the old state served, and the next one completes."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import Any

import pytest
from sqlalchemy import Connection, text

from tests.house import House, contact, house

__all__ = ["house"]

_KILLED = """
import os, signal, sys
from dedupe.engines.local import LocalEngine
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.merging import merge
from dedupe.storage.database import Database

url, stage = sys.argv[1:]

def tell(name):
    if name == stage:
        os.kill(os.getpid(), signal.SIGKILL)

with Database(url) as database:
    merge(database, MergeSettings(), LocalEngine(threads=1), tell=tell)
"""
_HELD_UP = """
    CREATE FUNCTION dedupe.held_up() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN PERFORM pg_advisory_xact_lock(77); RETURN NEW; END$$;
    CREATE TRIGGER held_up BEFORE INSERT ON dedupe.golden_events
      FOR EACH ROW EXECUTE FUNCTION dedupe.held_up()"""
_WAITS = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND NOT granted)"
_PATIENCE = 60.0


def killed(url: str, stage: str, amid_writes: Connection | None = None) -> int:
    """A merge in a process of its own, killed as the stage begins or when that connection holds up writes."""
    process = subprocess.Popen([sys.executable, "-c", _KILLED, url, stage])
    until = time.monotonic() + _PATIENCE
    while amid_writes is not None and not amid_writes.execute(text(_WAITS)).scalar_one():
        assert process.poll() is None
        assert time.monotonic() < until
    if amid_writes is not None:
        process.kill()
    return process.wait()


def interrupted(house: House) -> dict[str, list[Any]]:
    """A merge has been published and another has news; what is served meanwhile."""
    house.collected(contact("crm:1", name="Joan Doe", email="joan@x.org"))
    house.merges()
    house.collected(contact("mail:2", name="Joan Doe", email="joan@x.org"))
    return house.state()


def completes(house: House) -> None:
    assert house.merges().status == "published"
    assert house.golden_of("mail:2") == house.golden_of("crm:1")


@pytest.mark.parametrize("stage", ["match, cluster, merge", "stage and compare"])
def test_the_old_state_stays_and_the_next_run_completes(house, database_url, stage):
    before = interrupted(house)
    assert killed(database_url, stage) == -signal.SIGKILL
    assert house.state() == before
    completes(house)


def test_a_merge_killed_amid_its_writes_leaves_the_old_state(house, database_url):
    before = interrupted(house)
    with house.database.begin() as connection:
        connection.execute(text(_HELD_UP))
    with house.database.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(77)"))
        assert killed(database_url, "", connection) == -signal.SIGKILL
    assert house.state() == before
    with house.database.begin() as connection:
        connection.execute(text("DROP TRIGGER held_up ON dedupe.golden_events"))
    completes(house)
