"""The actors of the manufacturing system: its users, and keys, agents and groups, which are nobody."""

from __future__ import annotations

from random import Random

from dedupe.simulators.population.names import NameWriter
from dedupe.simulators.population.neighbourhoods import Neighbourhoods
from dedupe.simulators.population.people import TruePerson
from dedupe.simulators.population.provider_record import FIRST_NIGHT, START, ProviderRecord
from dedupe.simulators.population.seeded_random import seed_of
from dedupe.simulators.population.world import BLOCK, slug

_STAFF_BLOCK = 9_000_000  # far beyond any neighbourhood of customers
_GROUPS = ("Customer Service", "Purchasing", "Shipping")
_AGENTS = ("Order Assistant", "Quote Agent")


def staff(population: Neighbourhoods) -> list[ProviderRecord]:
    shares = population.proportions
    rng = Random(seed_of(population.seed, "staff"))
    count = min(60, max(3, round(population.people * shares.staff)))
    users = [user(person, population, rng) for person in _people(population, count, rng)]
    keys = [_actor("api_key", f"API key {n + 1}", rng) for n in range(2)]
    others = [("agent", name) for name in _AGENTS] + [("group", name) for name in _GROUPS]
    return users + keys + [_actor(kind, name, rng) for kind, name in others]


def _people(population: Neighbourhoods, count: int, rng: Random) -> list[TruePerson]:
    found: list[TruePerson] = []
    block = _STAFF_BLOCK
    while len(found) < count:
        found += population.residents(block)
        block += 1
    chosen = found[:count]
    customers = population.residents(0)
    for place in range(min(len(chosen), len(customers))):
        if rng.random() < population.proportions.staff_also_customer:
            chosen[place] = customers[place]
    return chosen


def user(person: TruePerson, population: Neighbourhoods, rng: Random) -> ProviderRecord:
    employer = population.world.employers[0]
    record = _actor("user", "", rng)
    record.truth = person.truth
    NameWriter(person, "openmrp", population.proportions, rng, 1.0).write(record)
    record.full = record.full or person.given.latin[0]
    local = f"{slug(person.given.latin[0])}.{slug(person.family.latin[0])}"
    record.emails = [f"{local}{person.number % BLOCK}@{employer.domain}"]
    return record


def _actor(kind: str, name: str, rng: Random) -> ProviderRecord:
    letters = {"user": "usr", "api_key": "key", "agent": "agt", "group": "grp"}[kind]
    number = f"{letters}_{rng.getrandbits(60):015x}"
    created = START + int(rng.random() * (FIRST_NIGHT - START))
    record = ProviderRecord(
        "openmrp", number, f"openmrp:{number}", rng.getrandbits(64), created, created * 1_000_000
    )
    record.kind, record.full = kind, name
    if kind == "api_key":
        record.identifier = f"sk_live_••••{rng.getrandbits(16):04x}"
    return record
