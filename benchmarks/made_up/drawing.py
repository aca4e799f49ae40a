"""A population whose people, and then whose rows, are changed by facts before anybody sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

import pyarrow as pa

from benchmarks.subjects import keyed_anew
from dedupe.simulators.population.export import COLUMNS, row
from dedupe.simulators.population.people import TruePerson
from dedupe.simulators.population.population import Population
from dedupe.simulators.population.proportions import Proportions
from dedupe.simulators.population.seeded_random import seed_of

Row = dict[str, str]
People = Mapping[str, TruePerson]
PeopleFact = Callable[[list[TruePerson], Random], None]
RowFact = Callable[[list[Row], People, Random], None]
"""Changes rows in place; people by their `truth_id`. Staff of a provider are nobody of the population."""


class ChangedPopulation(Population):
    """A population with `facts` true of its people; all of them are drawn at once."""

    def __init__(
        self, people: int, seed: int, proportions: Proportions, facts: tuple[PeopleFact, ...]
    ) -> None:
        super().__init__(people, seed, proportions)
        self._blocks = [super(ChangedPopulation, self).residents(at) for at in range(self.world.blocks)]
        self.everybody = [person for block in self._blocks for person in block]
        for number, fact in enumerate(facts):
            fact(self.everybody, Random(seed_of(seed, "people", number)))

    def residents(self, block: int) -> list[TruePerson]:
        return self._blocks[block] if block < self.world.blocks else super().residents(block)


@dataclass(frozen=True)
class Recipe:
    """How a file is made: `says` is the fact in words, `identifiers` whether that column is used."""

    name: str
    says: str
    proportions: Proportions = field(default_factory=Proportions)
    people_facts: tuple[PeopleFact, ...] = ()
    row_facts: tuple[RowFact, ...] = ()
    identifiers: bool = False

    def table(self, people: int, seed: int) -> pa.Table:
        """The contacts of so many people, shuffled and keyed anew, with `truth_id`; the same at every run."""
        drawn = ChangedPopulation(people, seed, self.proportions, self.people_facts)
        rows = [dict(zip(COLUMNS, row(record), strict=True)) for record in drawn.records()]
        by_truth = {person.truth: person for person in drawn.everybody}
        for number, fact in enumerate(self.row_facts):
            fact(rows, by_truth, Random(seed_of(seed, "rows", number)))
        columns = {name: pa.array([one[name] or None for one in rows], pa.string()) for name in COLUMNS}
        return keyed_anew(pa.table(columns))
