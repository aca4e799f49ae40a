"""A population that is served, with the truth, some contacts of people who have others held out."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.subjects import TRUTH
from dedupe.config import Settings
from dedupe.fetchers.files.read import read_table
from dedupe.pipeline.collecting import CollectOptions
from dedupe.pipeline.importing import import_file
from dedupe.simulators.population.export import write_parquet
from dedupe.simulators.population.population import population
from dedupe.storage import lookups
from dedupe.storage.database import Database
from dedupe.storage.migrating import migrate
from dedupe.wiring import nights, rooms

SETTINGS = Settings.model_validate(
    {"normalize": {"fallback_region": "US"}, "sources": {"forms": {"provider": "file"}}}
)
SEED = 11


@dataclass(frozen=True)
class Served:
    """`held_out`: rows as a file has them; `golden[i]`: the golden ids of the person of row i."""

    database: Database
    folder: Path  # of the embedded server
    contacts: int
    held_out: pa.Table
    golden: list[set[str]]


@contextmanager
def served(people: int, most: int, file: Path | None = None) -> Iterator[Served]:
    """The contacts of so many people (or those of a file with the truth) imported and merged, but for up to
    `most`."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        folder.chmod(0o711)  # as root, the server's own user must be able to pass
        if file is None:
            file = folder / "population.parquet"
            write_parquet(population(people, SEED), file)
        rows = pq.read_table(file)
        out = _held_out(rows.column(TRUTH).to_pylist(), most)
        mask = np.isin(np.arange(len(rows)), sorted(out))
        kept, held = rows.filter(pa.array(~mask)), rows.filter(pa.array(mask))
        pq.write_table(kept, folder / "kept.parquet")
        with Database(None, folder / "postgres") as database:
            migrate(database)
            import_file(database, folder / "kept.parquet", rooms.normalize_settings(SETTINGS))
            for _ in range(2):  # the first night learns a model
                nights.run(database, nights.night(SETTINGS, []), CollectOptions(), nights.Listener())
            yield Served(database, folder / "postgres", len(kept), held, _golden(database, kept, held))


def _held_out(truth: list[Any], most: int) -> set[int]:
    """One contact each of people who have several, drawn evenly."""
    drawn, seen, first = random.Random(SEED), dict[Any, int](), set[int]()
    for at in drawn.sample(range(len(truth)), len(truth)):
        if truth[at] is None:
            continue
        if truth[at] in seen and len(first) < most:
            first.add(seen.pop(truth[at]))
            truth[at] = None
        elif truth[at] not in seen:
            seen[truth[at]] = at
    return first


def _golden(database: Database, kept: pa.Table, held: pa.Table) -> list[set[str]]:
    given = read_table(kept, "kept").given
    keys = zip(given["source"].to_pylist(), given["external_id"].to_pylist(), strict=True)
    person = dict(zip(keys, kept.column(TRUTH).to_pylist(), strict=True))
    found: dict[Any, set[str]] = {}
    with database.connect() as connection:
        for source, external_id, golden_id in lookups.every_link(connection):
            found.setdefault(person.get((source, external_id)), set()).add(str(golden_id))
    return [found.get(each, set()) for each in held.column(TRUTH).to_pylist()]
