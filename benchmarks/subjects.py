"""What matching is measured on: labelled files of a folder, and generated populations with the truth.

Records are shuffled and keyed anew first: their order and ids could give the truth away.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from dedupe.config import Settings
from dedupe.fetchers.files.read import read_table
from dedupe.simulators.population.export import write_parquet
from dedupe.simulators.population.population import Population, population
from dedupe.simulators.population.proportions import Proportions
from dedupe.wiring.files import FileOptions, NormalizedFile, normalize_read

TRUTH, IDENTIFIER = "truth_id", "identifier"
REGIONS = {"uganda_5000": "UG", "febrl3": "AU", "febrl_phones_10000": "AU"}

EUROPE = Proportions(
    countries=(("DE", 0.3), ("FR", 0.2), ("PL", 0.15), ("ES", 0.15), ("IT", 0.1), ("GB", 0.1)),
    held_by=(0.55, 0.27, 0.13, 0.05),
    couples=0.40,
    families=0.22,
    shared_mailbox=0.18,
    role_mailbox=0.10,
    switchboard=0.14,
    namesake_in_city=0.012,
    nickname=0.08,
    initial=0.10,
    name_typo=0.06,
    email_typo=0.015,
    phone_typo=0.012,
)
"""More households and offices, fewer contacts a person, more typing slips."""
FAR = Proportions(
    countries=(("IN", 0.25), ("BR", 0.25), ("MX", 0.15), ("VN", 0.10), ("TR", 0.10), ("US", 0.15)),
    held_by=(0.30, 0.30, 0.25, 0.15),
    twice_in_one_provider=0.12,
    couples=0.15,
    families=0.08,
    employed=0.35,
    first_only=0.16,
    swapped=0.10,
    second_email=0.20,
    plain_mailbox=0.45,
    old_address=0.20,
    no_name=0.04,
)
"""Other countries' names, more contacts a person that say less: given names alone, swapped names, handles."""


@dataclass(frozen=True)
class Subject:
    """`table()` gives the records, shuffled and keyed anew, with the column `truth_id`."""

    name: str
    table: Callable[[], pa.Table]
    region: str = "US"
    identifiers: bool = False  # whether the column `identifier` is used
    profile: str = ""  # of a population: people, seed and the hash of its proportions

    def normalized(self) -> NormalizedFile:
        table = self.table()
        if not self.identifiers:
            table = table.drop_columns([IDENTIFIER]) if IDENTIFIER in table.column_names else table
        return normalize_read(read_table(table), FileOptions(region=self.region), Settings())

    @property
    def title(self) -> str:
        return f"{self.name}{' with identifiers' if self.identifiers else ''}"


def subjects(data: Path | None, cache: Path) -> Iterator[Subject]:
    """Everything that is measured; labelled files of `data`, populations kept in `cache`."""
    for each in (*_labelled(data), *_populations(cache)):
        yield each
        if each.profile or _tells_identifiers(each.table()):
            yield replace(each, identifiers=True)


def _tells_identifiers(table: pa.Table) -> bool:
    return IDENTIFIER in table.column_names and table[IDENTIFIER].null_count < len(table)


def _labelled(data: Path | None) -> Iterator[Subject]:
    for path in sorted(data.glob("*.csv")) if data else ():
        with path.open(encoding="utf-8", newline="") as file:
            if any(row.get(TRUTH) for row in csv.DictReader(file)):
                yield Subject(path.stem, _reader(path), REGIONS.get(path.stem, "US"))


def _populations(cache: Path) -> Iterator[Subject]:
    for name, people, seed, proportions in (
        ("population-10k", 4_600, 7, Proportions()),
        ("population-100k", 46_000, 7, Proportions()),
        ("population-1m", 460_000, 7, Proportions()),
        ("population-30k-fresh", 14_000, 90_210, Proportions()),
        ("population-30k-europe", 17_000, 31_337, EUROPE),
        ("population-30k-far", 12_000, 55_378, FAR),
    ):
        drawn = population(people, seed, proportions)
        profile = f"{people:,} people, seed {seed}, profile {drawn.profile_hash()}"
        yield Subject(name, _drawer(drawn, cache / f"{name}.parquet"), profile=profile)


def _reader(path: Path) -> Callable[[], pa.Table]:
    def read() -> pa.Table:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        names = list(rows[0])
        columns = {name: pa.array([row[name] or None for row in rows], pa.string()) for name in names}
        return keyed_anew(pa.table(columns))

    return read


def _drawer(drawn: Population, path: Path) -> Callable[[], pa.Table]:
    def draw() -> pa.Table:
        if not path.exists():
            part = path.with_suffix(".part")
            write_parquet(drawn, part)
            part.rename(path)
        return keyed_anew(pq.read_table(path))

    return draw


def keyed_anew(table: pa.Table) -> pa.Table:
    """The rows in random order (the same at every run), named by their new place."""
    order: Any = pa.array(np.random.default_rng(7).permutation(len(table)))
    names = pa.array([f"r{number:08}" for number in range(len(table))])
    place = table.column_names.index("record_id")
    return table.take(order).set_column(place, "record_id", names)
