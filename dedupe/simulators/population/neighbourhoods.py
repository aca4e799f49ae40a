"""Neighbourhoods of twelve people and their records at each provider, drawn anew whenever asked for."""

from __future__ import annotations

from random import Random

from dedupe.simulators.population.attributes import AttributeWriter
from dedupe.simulators.population.contact_points import ContactPointWriter
from dedupe.simulators.population.names import NameWriter
from dedupe.simulators.population.payloads import uuid_of
from dedupe.simulators.population.people import TruePerson, neighbours
from dedupe.simulators.population.proportions import Proportions
from dedupe.simulators.population.provider_record import DAY, FIRST_NIGHT, START, ProviderRecord
from dedupe.simulators.population.records import CUSTOMER_PROVIDERS
from dedupe.simulators.population.seeded_random import Scatter, seed_of
from dedupe.simulators.population.world import BLOCK, World

_ROOM = 3 * BLOCK  # contacts of one block at one provider, at most
_SPAN = FIRST_NIGHT - START
_BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Neighbourhoods:
    """A population by blocks, without staff and before any night."""

    def __init__(self, people: int, seed: int, proportions: Proportions) -> None:
        if people < 1:
            raise ValueError(f"a population has at least one person, not {people}")
        self.people, self.seed, self.proportions = people, seed, proportions
        self.world = World(people, seed, proportions)
        self._ids = {p: Scatter(self.world.blocks * _ROOM, seed, p, "id") for p in CUSTOMER_PROVIDERS}

    def residents(self, block: int) -> list[TruePerson]:
        """The people of a block; the last block may be smaller than the others."""
        people = neighbours(self.world, block)
        newcomer = block >= self.world.blocks
        return people if newcomer else [person for person in people if person.number < self.people]

    def block(self, block: int) -> list[ProviderRecord]:
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
        """The one to four customer providers that have a record of the person."""
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
        return self.draw_record(person, provider, number, when, created, updated, rng)

    def draw_record(
        self,
        person: TruePerson,
        provider: str,
        number: int,
        when: float,
        created: int,
        updated: int,
        rng: Random,
    ) -> ProviderRecord:
        """Draw the provider's record of the person. `number` must be unique within the provider."""
        salt = rng.getrandbits(64)
        if provider == "whippy":
            external_id = uuid_of(rng.getrandbits(128))
        elif provider == "askelephant":
            bits = rng.getrandbits(120)
            external_id = "cnt_" + "".join(_BASE32[bits >> shift & 31] for shift in range(0, 120, 5))
        else:
            external_id = str(1001 + number)
        record = ProviderRecord(provider, external_id, person.truth, salt, created, updated)
        NameWriter(person, provider, self.proportions, rng, when).write(record)
        ContactPointWriter(person, provider, self.proportions, rng).write(record)
        AttributeWriter(person, provider, self.proportions, rng).write(record)
        return record

    def id_room(self) -> int:
        """The highest numeric id of contacts from before the first night."""
        return 1001 + self.world.blocks * _ROOM
