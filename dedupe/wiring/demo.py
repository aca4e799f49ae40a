"""The demo with nothing configured: simulated providers, an embedded Postgres, a night."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from dedupe.clustering.metrics import Figures, figures
from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.pipeline.collecting import CollectOptions
from dedupe.simulators.population.population import Population, population
from dedupe.simulators.providers.servers import simulate
from dedupe.storage import sources
from dedupe.storage.database import Database
from dedupe.storage.embedded.server import default_data_dir
from dedupe.storage.lookups import every_link
from dedupe.storage.migrating import migrate
from dedupe.wiring import nights
from dedupe.wiring.nights import Listener, NightReport
from dedupe.wiring.simulated import simulated_sources

SEED = 20_26  # of the demo's people (chosen)
MARK = "demo"  # a file in the data folder: how many people the demo there has
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
    contacts_of_sample = sum(1 for _ in population(_SAMPLE, SEED).truth())
    return population(max(1, round(contacts * _SAMPLE / contacts_of_sample)), SEED)


@contextmanager
def demo_database() -> Iterator[Database]:
    """A temporary embedded Postgres, deleted at the end of the block."""
    folder = Path(tempfile.mkdtemp(prefix="dedupe-demo-"))
    folder.chmod(0o711)  # as root, the server's own user must be able to pass
    try:
        with Database(None, folder / "postgres") as database:
            migrate(database)
            yield database
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def kept_database(folder: Path, people: Population) -> Iterator[Database]:
    """The embedded Postgres of a data folder, marked as the demo's before anything is stored in it.

    Raises InputError where it holds other contacts, or a demo with another population.
    """
    mark = folder / MARK
    if mark.exists() and mark.read_text(encoding="utf-8").strip() != str(people.people):
        raise InputError(
            f"{folder} holds a demo of another size: ask for the same --contacts, name another folder by "
            "--data, or remove that one"
        )
    with Database(None, folder) as database:
        if not mark.exists():
            _refuse_real(database, folder)
            mark.write_text(f"{people.people}\n", encoding="utf-8")
        migrate(database)
        yield database


def _refuse_real(database: Database, folder: Path) -> None:
    with database.begin() as connection:
        others = sources.names(connection)
    if others:
        raise InputError(
            f"{folder} holds contacts of {', '.join(others)}: the demo's people never go where others are; "
            "give --data DIR, another folder"
        )


def folder_for(settings: Settings, data: Path | None, keep: bool) -> Path | None:
    """The folder that keeps the demo's data: the given one, else the configured data folder.

    None where there is neither and nobody asked to keep it. Raises InputError where it can't be kept.
    """
    configured = settings.database
    if data is not None:
        return data
    if not configured.is_embedded:
        if keep:
            raise InputError(
                "the demo's people are never put on the server that database.url names: give --data DIR"
            )
        return None
    return configured.data_dir or (default_data_dir() if keep else None)


def how_to_serve(settings: Settings, folder: Path) -> str:
    """The command that serves a kept demo."""
    configured = settings.database
    plain = configured.is_embedded
    if plain and (configured.data_dir or default_data_dir()).resolve() == folder.resolve():
        return "dedupe serve"
    apart = "" if plain else "DEDUPE_CONFIG=/dev/null "
    return f"{apart}DEDUPE_DATABASE__DATA_DIR={shlex.quote(str(folder.resolve()))} dedupe serve"


def refuse_where_the_demo_is(settings: Settings) -> None:
    """Refuse to put real contacts into a demo's database. Raises InputError with what to do."""
    configured = settings.database
    if not configured.is_embedded:
        return
    folder = configured.data_dir or default_data_dir()
    if (folder / MARK).exists():
        raise InputError(
            f"{folder} holds the people of `dedupe demo`: remove that folder, or name another in "
            "database.data_dir"
        )


def run(database: Database, people: Population, settings: Settings, listener: Listener) -> DemoReport:
    """Run a night over the five simulators and compare it to the truth."""
    with simulate(people, seed=SEED) as running:
        what = nights.night(settings, simulated_sources(running))
        regions = {source.name: source.default_region for source in what.sources if source.default_region}
        what = replace(what, normalize=replace(what.normalize, default_region=regions))
        # The demo's server is not the configured one, so nobody else is to read from that.
        what = replace(what, merge=replace(what.merge, server=None))
        done = nights.run(database, what, CollectOptions(), listener)
    return DemoReport(done, against_truth(database, people))


def against_truth(database: Database, people: Population) -> Figures:
    """Figures of the published golden contacts against the true persons."""
    with database.begin() as connection:
        golden_of = {(source, key): str(golden) for source, key, golden in every_link(connection)}
    truth = [one for one in people.truth() if (one.provider, one.external_id) in golden_of]
    person = np.unique([one.person for one in truth], return_inverse=True)[1]
    golden = np.unique([golden_of[one.provider, one.external_id] for one in truth], return_inverse=True)[1]
    return figures(person.astype(np.int64), golden.astype(np.int64))
