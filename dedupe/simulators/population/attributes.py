"""A person's home, work, birth date and identifier in one provider's record."""

from __future__ import annotations

from random import Random

from dedupe.simulators.population.data import companies as firms
from dedupe.simulators.population.data.places import COUNTRIES
from dedupe.simulators.population.people import Home, TruePerson
from dedupe.simulators.population.proportions import Proportions
from dedupe.simulators.population.provider_record import HABITS, ProviderRecord


class AttributeWriter:
    """Draws place, birth, company and identifier of one person with one provider."""

    def __init__(self, person: TruePerson, provider: str, shares: Proportions, rng: Random) -> None:
        self.person, self.shares = person, shares
        self.habits = HABITS[provider]
        self.draw = rng.random

    def write(self, record: ProviderRecord) -> None:
        draw, habits, person = self.draw, self.habits, self.person
        land = COUNTRIES[person.country]
        if draw() < habits.place:
            self._place(record, person.former_home if draw() < self.shares.old_address else person.home)
        if draw() < self.shares.country_given * habits.place * 2:
            record.country = land.names[int(draw() ** 2 * len(land.names))]
            record.country_code = person.country
        if draw() < habits.birth:
            year, month, day = person.birth
            swap = day <= 12 and draw() < self.shares.birth_swapped
            record.birth = (year, day, month) if swap else person.birth
        if person.company and draw() < habits.company:
            record.company = self._company_name(person)
            record.title = person.title
        if draw() < habits.identifier:
            record.identifier = person.customer_number or None
        record.language, record.zone = land.language, land.zone
        record.blocked = draw() < self.shares.blocked

    def _place(self, record: ProviderRecord, home: Home) -> None:
        draw = self.draw
        other = len(home.city) > 1 and draw() < self.shares.other_city_spelling
        record.city = home.city[1 + int(draw() * (len(home.city) - 1))] if other else home.city[0]
        record.region, record.postcode = home.region or None, home.postcode or None
        if draw() < self.habits.street:
            record.street = home.street if draw() < 0.8 else _shortened(home.street)

    def _company_name(self, person: TruePerson) -> str | None:
        if not person.company:
            return None
        forms = firms.FORMS[person.company.country]
        kind, name = self.draw(), person.company.name
        if kind < 0.5:
            return name
        return f"{name} {forms[int(self.draw() * len(forms))]}" if kind < 0.9 else name.upper()


_SHORT = {
    "Street": "St",
    "Avenue": "Ave",
    "Road": "Rd",
    "Drive": "Dr.",
    "Boulevard": "Blvd",
    "Lane": "Ln",
    "straße": "str.",
    "Calle": "C/",
    "Avenida": "Av.",
    "avenue": "av.",
    "Rua": "R.",
}


def _shortened(street: str) -> str:
    for long, short in _SHORT.items():
        if long in street:
            return street.replace(long, short)
    return street.upper()
