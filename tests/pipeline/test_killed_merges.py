"""A merge killed at any moment leaves the old state served, and the next one completes."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from sqlalchemy import text

from tests.house import House, contact, house

__all__ = ["house"]

_KILLED = """
import os, signal, sys, threading
from dedupe.engines.local import LocalEngine
from dedupe.pipeline.merge_facts import MergeSettings
from dedupe.pipeline.merging import merge
from dedupe.storage.database import Database

url, stage, delay = sys.argv[1:]

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def tell(name):
    if name == stage:
        threading.Timer(float(delay), die).start() if float(delay) else die()

with Database(url) as database:
    merge(database, MergeSettings(), LocalEngine(threads=1), tell=tell)
"""
_SLOW = """
    CREATE FUNCTION dedupe.slow() RETURNS trigger LANGUAGE plpgsql AS
      $$BEGIN PERFORM pg_sleep(4); RETURN NEW; END$$;
    CREATE TRIGGER slow BEFORE INSERT ON dedupe.golden_events FOR EACH ROW EXECUTE FUNCTION dedupe.slow()"""


@pytest.mark.parametrize(
    ("stage", "delay"), [("match, cluster, merge", 0.0), ("stage and compare", 0.0), ("publish", 2.0)]
)
def test_the_old_state_stays_and_the_next_run_completes(
    house: House, database_url: str, stage: str, delay: float
) -> None:
    house.collected(contact("crm:1", name="Joan Doe", email="joan@x.org"))
    house.merges()
    house.collected(contact("mail:2", name="Joan Doe", email="joan@x.org"))
    before = house.state()
    with house.database.begin() as connection:
        connection.execute(text(_SLOW))  # so that it is killed amid its writes
    died = subprocess.run([sys.executable, "-c", _KILLED, database_url, stage, str(delay)], check=False)
    assert died.returncode == -signal.SIGKILL
    assert house.state() == before
    with house.database.begin() as connection:
        connection.execute(text("DROP TRIGGER slow ON dedupe.golden_events"))
    assert house.merges().status == "published"
    assert house.golden_of("mail:2") == house.golden_of("crm:1")
