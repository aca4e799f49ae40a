"""The changes at the providers from one night to the next: newcomers, second contacts, edits, deletions.

A night touches a few neighbourhoods, chosen by number without looking at the others, so its cost doesn't
grow with the population. The changes of earlier nights to these are replayed first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

from dedupe.simulators.population.attributes import AttributeWriter
from dedupe.simulators.population.contact_points import ContactPointWriter
from dedupe.simulators.population.names import NameWriter
from dedupe.simulators.population.neighbourhoods import Neighbourhoods
from dedupe.simulators.population.people import TruePerson, neighbours
from dedupe.simulators.population.provider_record import DAY, FIRST_NIGHT, ProviderRecord
from dedupe.simulators.population.records import PROVIDERS, Contact, NightChanges, Truth, contact
from dedupe.simulators.population.seeded_random import Scatter, seed_of
from dedupe.simulators.population.staff import user
from dedupe.simulators.population.world import BLOCK

_IDS_A_BLOCK = 4 * BLOCK  # new contacts of one block in one night, at most, at each provider
_RUNNING = 500_000_000  # ids of contacts made while a simulator runs lie beyond


def changes(population: Neighbourhoods, night: int) -> NightChanges:
    """The news of a night. Raises ValueError for a night before the first."""
    if night < 1:
        raise ValueError(f"nights are counted from 1, not {night}")
    news = NightChanges([], [], [])
    for block in _touched(population, night):
        before = _state(population, block, night - 1)
        after = _next(population, block, night, before)
        for key, record in after.items():
            if key not in before:
                news.inserts.append(contact(record))
            elif before[key] is not record:
                news.edits.append(contact(record))
        gone = (record for key, record in before.items() if key not in after)
        news.deletes.extend(Truth(record.provider, record.external_id, record.truth) for record in gone)
    news.inserts.extend(contact(record) for record in _newcomers(population, night))
    return news


_State = dict[tuple[str, str], ProviderRecord]


def _count(population: Neighbourhoods) -> int:
    return max(1, round(population.world.blocks * population.proportions.touched_neighbourhoods))


def _touched(population: Neighbourhoods, night: int) -> list[int]:
    scatter = Scatter(population.world.blocks, population.seed, "night", night)
    return [scatter(place) for place in range(_count(population))]


def _state(population: Neighbourhoods, block: int, night: int) -> _State:
    """The contacts of a block after that night."""
    state = {(record.provider, record.external_id): record for record in population.block(block)}
    for past in range(1, night + 1):
        scatter = Scatter(population.world.blocks, population.seed, "night", past)
        if scatter.back(block) < _count(population):
            state = _next(population, block, past, state)
    return state


def _next(population: Neighbourhoods, block: int, night: int, before: _State) -> _State:
    shares = population.proportions
    rng = Random(seed_of(population.seed, "change", night, block))
    people = {person.truth: person for person in population.residents(block)}
    after: _State = {}
    for key, record in before.items():
        fate = rng.random()
        if fate < shares.deleted:
            continue
        edited = fate < shares.deleted + shares.edited
        after[key] = _edited(population, people[record.truth], record, night, rng) if edited else record
    for place, person in enumerate(people.values()):
        if rng.random() < shares.newly_held:
            record = _one_more(population, person, night, block, place, rng)
            after[record.provider, record.external_id] = record
    return after


def _moment(night: int, rng: Random) -> int:
    """A random microsecond of the day before that night."""
    return ((FIRST_NIGHT + (night - 1) * DAY) * 1_000_000) + int(rng.random() * DAY * 1_000_000)


def _edited(
    population: Neighbourhoods, person: TruePerson, record: ProviderRecord, night: int, rng: Random
) -> ProviderRecord:
    """The contact with its name, contact points or attributes drawn anew."""
    edited = replace(record, updated=max(record.updated + 1, _moment(night, rng)))
    given = (person, record.provider, population.proportions, rng)
    kind = rng.random()
    if kind < 0.4:
        edited.full = edited.given = edited.family = None
        NameWriter(*given, 1.0).write(edited)
    elif kind < 0.8:
        edited.emails, edited.phones, edited.line = [], [], None
        ContactPointWriter(*given).write(edited)
    else:
        AttributeWriter(*given).write(edited)
    return edited


def _one_more(
    population: Neighbourhoods, person: TruePerson, night: int, block: int, place: int, rng: Random
) -> ProviderRecord:
    provider = population.chosen(rng)[0]
    rank = Scatter(population.world.blocks, population.seed, "night", night).back(block)
    number = _first_id(population, night) + rank * _IDS_A_BLOCK + place
    return _record_as_of(population, person, provider, number, _moment(night, rng), rng)


def _first_id(population: Neighbourhoods, night: int) -> int:
    """Where the ids of a night begin, after those of all earlier ones."""
    a_night = (_count(population) + _newcomer_blocks(population)) * _IDS_A_BLOCK
    return population.id_room() + (night - 1) * a_night


def _newcomer_count(population: Neighbourhoods) -> int:
    return max(1, round(population.people * population.proportions.newcomers))


def _newcomer_blocks(population: Neighbourhoods) -> int:
    return -(-_newcomer_count(population) // BLOCK)


def _newcomers(population: Neighbourhoods, night: int) -> Iterator[ProviderRecord]:
    rng = Random(seed_of(population.seed, "newcomers", night))
    blocks = _newcomer_blocks(population)
    first = population.world.blocks + (night - 1) * blocks
    people = [
        person for block in range(first, first + blocks) for person in neighbours(population.world, block)
    ]
    number = _first_id(population, night) + _count(population) * _IDS_A_BLOCK
    for person in people[: _newcomer_count(population)]:
        for provider in population.chosen(rng):
            yield _record_as_of(population, person, provider, number, _moment(night, rng), rng)
            number += 1


def _record_as_of(
    population: Neighbourhoods, person: TruePerson, provider: str, number: int, moment: int, rng: Random
) -> ProviderRecord:
    return population.draw_record(person, provider, number, 1.0, moment // 1_000_000, moment, rng)


def newcomer(population: Neighbourhoods, provider: str, count: int) -> Contact:
    """A new person's contact, as a running simulator inserts one; `count` is its number, from 1."""
    rng = Random(seed_of(population.seed, "running", provider, count))
    turn = count * len(PROVIDERS) + PROVIDERS.index(provider)
    block, place = divmod(turn, BLOCK)
    person = neighbours(population.world, 8_000_000 + block)[place]
    if provider == "openmrp":
        return contact(user(person, population, rng))
    moment = FIRST_NIGHT * 1_000_000 + count
    return contact(_record_as_of(population, person, provider, _RUNNING + count, moment, rng))
