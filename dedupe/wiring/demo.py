"""The whole journey with nothing configured: simulated providers, an embedded Postgres, a night."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dedupe.clustering.figures import Figures, figures
from dedupe.config import Settings
from dedupe.pipeline.collecting import CollectOptions
from dedupe.simulators.population import Population, population
from dedupe.simulators.servers import simulate
from dedupe.storage.database import Database
from dedupe.storage.lookups import every_link
from dedupe.storage.migrating import migrate
from dedupe.wiring import nights
from dedupe.wiring.nights import Listener, NightReport
from dedupe.wiring.simulated import simulated_sources

SEED = 20_26
_SAMPLE = 600  # people, to learn how many contacts a person has


@dataclass(frozen=True)
class DemoReport:
    night: NightReport
    figures: Figures

    def content(self) -> dict[str, Any]:
        share = self.figures.share_of_wrong_merges
        return {**self.night.content(), "truth": {**vars(self.figures), "share_of_wrong_merges": share}}


def people_for(contacts: int) -> Population:
    """A population with about so many contacts."""
    held = sum(1 for _ in population(_SAMPLE, SEED).truth())
    return population(max(1, round(contacts * _SAMPLE / held)), SEED)


@contextmanager
def demo_database() -> Iterator[Database]:
    """An embedded Postgres of the demo's own, gone when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="dedupe-demo-"))
    folder.chmod(0o711)  # as root, the server's own user must be able to pass
    try:
        with Database(None, folder / "postgres") as database:
            migrate(database)
            yield database
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(database: Database, people: Population, settings: Settings, listener: Listener) -> DemoReport:
    """A night over the five simulators, and how it compares to the truth."""
    with simulate(people, seed=SEED) as running:
        what = nights.night(settings, simulated_sources(running))
        regions = {source.name: source.default_region for source in what.sources if source.default_region}
        what = replace(what, normalize=replace(what.normalize, default_region=regions))
        done = nights.run(database, what, CollectOptions(), listener)
    return DemoReport(done, against_truth(database, people))


def against_truth(database: Database, people: Population) -> Figures:
    """The published golden contacts, held against who is who."""
    with database.begin() as connection:
        golden_of = {(source, key): str(golden) for source, key, golden in every_link(connection)}
    truth = [one for one in people.truth() if (one.provider, one.external_id) in golden_of]
    person = np.unique([one.person for one in truth], return_inverse=True)[1]
    golden = np.unique([golden_of[one.provider, one.external_id] for one in truth], return_inverse=True)[1]
    return figures(person.astype(np.int64), golden.astype(np.int64))
