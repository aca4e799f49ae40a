"""A fetch killed at any moment, by SIGKILL: the next one goes on where the stored pages end."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from random import Random

import pytest

from dedupe.fetchers.http.page_prefetch import MOST_AHEAD
from dedupe.pipeline.prefetch import MOST_PAGES
from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from tests.pipeline.collecting_house import night, sources, stored, truth

CHILD = """
import json, sys
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline.collecting import CollectOptions, collect
from dedupe.storage.database import Database
url, own = json.loads(sys.stdin.read())
with Database(url) as database:
    collect(database, [SourceSettings(**own)], NormalizeSettings(), CollectOptions(full=True))
"""

LOST = MOST_AHEAD + 2 * MOST_PAGES
"""Pages that a kill may cost: those asked for ahead, those that wait, and those that were being stored."""


def walk_and_kill(url: str, own, simulator, pages: int) -> bool:
    """Start a fetch in a process of its own and kill it when so many more pages were asked for."""
    given = {key: value for key, value in vars(own).items() if key not in ("path", "never_store")}
    until = simulator.counts["pages"] + pages
    process = subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(json.dumps([url, given]).encode())
    process.stdin.close()
    while process.poll() is None and simulator.counts["pages"] < until:
        time.sleep(0.002)
    killed = process.poll() is None
    if killed:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return killed


def killed_and_resumed(database, database_url, provider: str, people: int, kills: int) -> tuple[int, int]:
    """Pages that the walk took with the kills, and pages of an undisturbed one."""
    random = Random(4)
    with simulate(population(people, seed=9), [provider], faults={provider: ["slow=0.01"]}) as running:
        simulator = running[provider]
        own = replace(sources(running)[0], timeout=10.0)
        share = max(2, len(simulator.ids()) // (15 if provider == "digital99" else 100) // (kills + 1))
        for _ in range(kills):
            walk_and_kill(database_url, own, simulator, random.randint(1, share))
        report = night(database, [own], full=True)[provider]
        assert report.status == "complete"
        assert stored(database, own) == truth(simulator, own)
        disturbed = simulator.counts["pages"]
        night(database, [own], full=True)
        return disturbed, simulator.counts["pages"] - disturbed


@pytest.mark.parametrize("provider", ["digital99", "askelephant"])
def test_a_killed_walk_ends_like_an_undisturbed_one(database, database_url, provider):
    disturbed, undisturbed = killed_and_resumed(database, database_url, provider, 600, kills=2)
    assert disturbed <= undisturbed + 2 * LOST


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_long_walk_killed_ten_times(database, database_url):
    disturbed, undisturbed = killed_and_resumed(database, database_url, "digital99", 182_000, kills=10)
    assert disturbed <= undisturbed + 10 * LOST
