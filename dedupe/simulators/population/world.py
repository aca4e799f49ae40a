"""What all people of a population share: phone numbers that nobody has twice, and companies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from unicodedata import combining, normalize

from dedupe.simulators.population.data import companies as firms
from dedupe.simulators.population.data.phones import PLANS
from dedupe.simulators.population.data.places import COUNTRIES
from dedupe.simulators.population.proportions import Proportions
from dedupe.simulators.population.seeded_random import Scatter, by_weight, seed_of

BLOCK = 12  # people of one neighbourhood
_LETTERS = str.maketrans(
    {"ß": "ss", "ł": "l", "Ł": "L", "ø": "o", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae", "’": "'"}
)


@dataclass(slots=True, frozen=True)
class PhoneLine:
    """A phone line. `national` is the number without country code and trunk prefix."""

    country: str
    national: str
    fixed: bool = False

    @property
    def e164(self) -> str:
        return f"+{PLANS[self.country].code}{self.national}"


@dataclass(slots=True, frozen=True)
class Company:
    name: str
    domain: str
    country: str
    switchboard: PhoneLine
    large: bool


@lru_cache(maxsize=65536)
def plain(text: str) -> str:
    """Latin letters without their marks: José → Jose, Łukasz → Lukasz. Letters of other scripts stay."""
    if text.isascii():
        return text
    return "".join(map(_bare, text.translate(_LETTERS)))


def _bare(letter: str) -> str:
    latin = letter < "\u0370" or "\u1e00" <= letter < "\u1f00"
    return "".join(part for part in normalize("NFD", letter) if not combining(part)) if latin else letter


@lru_cache(maxsize=65536)
def slug(text: str) -> str:
    """ASCII letters and digits of a name, as they stand in an address."""
    return "".join(letter for letter in plain(text).lower() if letter.isascii() and letter.isalnum())


class World:
    """The shared state of a population: its size, its seed, and the allocation of numbers."""

    def __init__(self, people: int, seed: int, proportions: Proportions) -> None:
        self.people, self.seed, self.proportions = people, seed, proportions
        self.blocks = -(-people // BLOCK)
        room = 4 * BLOCK * (2 * self.blocks + 400)  # four of each for everybody, newcomers included
        self.countries = by_weight(dict(proportions.countries), size=400)
        self.mailboxes = Scatter(max(room, 1000), seed, "mailbox")
        self.customers = Scatter(max(room, 90_000), seed, "customer")
        self.firms = Scatter(len(firms.FRONT) * len(firms.BACK) * len(firms.TRADE), seed, "firm")
        self._mobiles = {
            country: Scatter(len(plan.mobile) * 10**plan.mobile_rest, seed, country, "mobile")
            for country, plan in PLANS.items()
        }
        self.employers = [self._employer(number) for number in range(48)]

    def mobile(self, country: str, number: int) -> PhoneLine:
        plan = PLANS[country]
        prefix, rest = divmod(self._mobiles[country](number), 10**plan.mobile_rest)
        return PhoneLine(country, f"{plan.mobile[prefix]}{rest:0{plan.mobile_rest}d}")

    def company(self, number: int, country: str, area: str, rng: Random, *, large: bool = False) -> Company:
        drawn = self.firms(number % self.firms.size)
        drawn, front = divmod(drawn, len(firms.FRONT))
        trade, back = divmod(drawn, len(firms.BACK))
        words = firms.FRONT[front], firms.BACK[back], firms.TRADE[trade]
        ending = {"GB": ".co.uk", "DE": ".de", "FR": ".fr", "IL": ".co.il", "BR": ".com.br", "IT": ".it"}
        domain = f"{words[0]}{words[1]}-{words[2]}".lower() + ending.get(country, ".com")
        return Company(
            f"{words[0]}{words[1].lower()} {words[2]}", domain, country, fixed_line(country, area, rng), large
        )

    def _employer(self, number: int) -> Company:
        rng = Random(seed_of(self.seed, "employer", number))
        country = self.countries[int(rng.random() * 400)]
        return self.company(number, country, area_of(country, 0), rng, large=True)


def area_of(country: str, city: int) -> str:
    return COUNTRIES[country].cities[city].rpartition("|")[2]


def fixed_line(country: str, area: str, rng: Random) -> PhoneLine:
    plan = PLANS[country]
    first = plan.fixed_first[int(rng.random() * len(plan.fixed_first))]
    rest = plan.fixed_length - len(area) - 1
    return PhoneLine(country, f"{area}{first}{int(rng.random() * 10**rest):0{rest}d}", fixed=True)
