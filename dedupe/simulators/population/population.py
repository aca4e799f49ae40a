"""Synthetic people with the truth: who they are, and each provider's records of them.

A population is a function, not a store: every block of twelve people is drawn anew from the seed whenever
it is asked for, so any size fits in memory and the same seed gives the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from dedupe.simulators.population.neighbourhoods import Neighbourhoods
from dedupe.simulators.population.nights import changes
from dedupe.simulators.population.proportions import Proportions
from dedupe.simulators.population.provider_record import ProviderRecord
from dedupe.simulators.population.records import PROVIDERS, Contact, NightChanges, Truth, contact
from dedupe.simulators.population.staff import staff


class Population(Neighbourhoods):
    """`people` synthetic people drawn from `seed`; see `population()`."""

    def profile_hash(self) -> str:
        return self.proportions.profile_hash()

    def records(self, part: int = 0, parts: int = 1) -> Iterator[ProviderRecord]:
        """Yield every record, in the order of the people, before it becomes its provider's JSON; or those of
        one of so many parts (from 0 on), which several processes may draw."""
        blocks = self.world.blocks
        for block in range(blocks * part // parts, blocks * (part + 1) // parts):
            yield from self.block(block)
        if part == parts - 1:
            yield from self._staff

    def contacts(self, providers: tuple[str, ...] = PROVIDERS) -> Iterator[Contact]:
        for record in self.records():
            if record.provider in providers:
                yield contact(record)

    def truth(self) -> Iterator[Truth]:
        for record in self.records():
            yield Truth(record.provider, record.external_id, record.truth)

    def after(self, night: int) -> NightChanges:
        """The changes of that night; the first is 1. Each night continues from the one before."""
        return changes(self, night)

    @cached_property
    def _staff(self) -> list[ProviderRecord]:
        return staff(self)


def population(people: int, seed: int, proportions: Proportions | None = None) -> Population:
    """A population of synthetic people. The same arguments give the same bytes on every machine."""
    return Population(people, seed, proportions or Proportions())
