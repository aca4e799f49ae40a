"""Messy people with the truth: who they are, and how each provider holds them.

A population is a function, not a store: every block of twelve people is drawn anew from the seed whenever it
is asked for, so any size fits in memory and the same seed gives the same bytes on every machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import NamedTuple

from dedupe.simulators.population.attributes import Background
from dedupe.simulators.population.contact_points import Reaching
from dedupe.simulators.population.names import Naming
from dedupe.simulators.population.payloads import SHAPES, Payload, uuid_of
from dedupe.simulators.population.people import TruePerson, neighbours
from dedupe.simulators.population.proportions import Proportions
from dedupe.simulators.population.provider_record import DAY, FIRST_NIGHT, START, ProviderRecord
from dedupe.simulators.population.seeded_random import Scatter, seed_of
from dedupe.simulators.population.world import BLOCK, World

PROVIDERS = ("openmrp", "digital99", "whippy", "askelephant", "livedesk")
CUSTOMER_PROVIDERS = ("digital99", "livedesk", "whippy", "askelephant")
_ROOM = 3 * BLOCK  # contacts of one block at one provider, at most
_SPAN = FIRST_NIGHT - START
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Contact(NamedTuple):
    """One payload as the provider would send it, and whose it is."""

    provider: str
    external_id: str
    person: str
    payload: Payload


class Truth(NamedTuple):
    provider: str
    external_id: str
    person: str


@dataclass(frozen=True)
class NightChanges:
    """What happened at the providers since the night before."""

    inserts: list[Contact]
    edits: list[Contact]
    deletes: list[Truth]


class Population:
    """`people` messy people drawn from `seed`; see `population()`."""

    def __init__(self, people: int, seed: int, proportions: Proportions) -> None:
        if people < 1:
            raise ValueError(f"a population has at least one person, not {people}")
        self.people, self.seed, self.proportions = people, seed, proportions
        self.world = World(people, seed, proportions)
        self._ids = {p: Scatter(self.world.blocks * _ROOM, seed, p, "id") for p in CUSTOMER_PROVIDERS}

    def profile_hash(self) -> str:
        return self.proportions.profile_hash()

    def held(self) -> Iterator[ProviderRecord]:
        """Every contact before it takes its provider's shape, in the order of the people."""
        for block in range(self.world.blocks):
            yield from self._block(block)
        yield from self._staff

    def contacts(self, providers: tuple[str, ...] = PROVIDERS) -> Iterator[Contact]:
        for held in self.held():
            if held.provider in providers:
                yield _shaped(held)

    def truth(self) -> Iterator[Truth]:
        for held in self.held():
            yield Truth(held.provider, held.external_id, held.truth)

    def after(self, night: int) -> NightChanges:
        """The news of that night; the first is 1. Nights follow one another: 2 knows what 1 deleted."""
        from dedupe.simulators.population.nights import changes

        return changes(self, night)

    # one block

    def residents(self, block: int) -> list[TruePerson]:
        """The people of a block; the last block of the population may be smaller than the others."""
        people = neighbours(self.world, block)
        newcomer = block >= self.world.blocks
        return people if newcomer else [person for person in people if person.number < self.people]

    def _block(self, block: int) -> list[ProviderRecord]:
        rng = Random(seed_of(self.seed, "held", block))
        people = self.residents(block)
        found: list[ProviderRecord] = []
        for place, person in enumerate(people):
            for provider in self.chosen(rng):
                slot = block * _ROOM + 3 * place
                found.append(self._made(person, provider, slot, rng))
                if rng.random() < self.proportions.twice_in_one_provider:
                    found.append(self._made(person, provider, slot + 1, rng))
        return found

    def chosen(self, rng: Random) -> list[str]:
        """The customer providers that hold a person, one to four of them."""
        pick, count = rng.random() * sum(self.proportions.held_by), 1
        for share in self.proportions.held_by[:-1]:
            if pick < share:
                break
            pick -= share
            count += 1
        return rng.sample(CUSTOMER_PROVIDERS, count)

    def _made(self, person: TruePerson, provider: str, slot: int, rng: Random) -> ProviderRecord:
        number = self._ids[provider](slot)
        when = (number + rng.random()) / self._ids[provider].size
        created = START + int(when * _SPAN)
        updated = created * 1_000_000 + int(rng.random() * (FIRST_NIGHT - created) * 1_000_000)
        if rng.random() < 0.05:  # by a bulk import: many contacts bear its very moment
            updated = max(created, FIRST_NIGHT - (1 + int(rng.random() * 40)) * 30 * DAY) * 1_000_000
        return self.hold(person, provider, number, when, created, updated, rng)

    def hold(
        self,
        person: TruePerson,
        provider: str,
        number: int,
        when: float,
        created: int,
        updated: int,
        rng: Random,
    ) -> ProviderRecord:
        """Draw how the provider holds the person. `number` must be its own within the provider."""
        salt = rng.getrandbits(64)
        if provider == "whippy":
            external_id = uuid_of(rng.getrandbits(128))
        elif provider == "askelephant":
            bits = rng.getrandbits(120)
            external_id = "cnt_" + "".join(_BASE32[bits >> shift & 31] for shift in range(0, 120, 5))
        else:
            external_id = str(1001 + number)
        held = ProviderRecord(provider, external_id, person.truth, salt, created, updated)
        Naming(person, provider, self.proportions, rng, when).write(held)
        Reaching(person, provider, self.proportions, rng).write(held)
        Background(person, provider, self.proportions, rng).write(held)
        return held

    @cached_property
    def _staff(self) -> list[ProviderRecord]:
        from dedupe.simulators.population.staff import staff

        return staff(self)

    def id_room(self) -> int:
        """Ids of page-numbered providers up to here belong to the contacts before the first night."""
        return 1001 + self.world.blocks * _ROOM


def _shaped(held: ProviderRecord) -> Contact:
    return Contact(held.provider, held.external_id, held.truth, SHAPES[held.provider](held))


def population(people: int, seed: int, proportions: Proportions | None = None) -> Population:
    """Messy people with the truth. The same arguments give the same bytes, whatever the machine."""
    return Population(people, seed, proportions or Proportions())
