"""Names that the simulator doesn't have, so that what is measured isn't the names it was written with."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import TypeVar

from benchmarks.made_up.drawing import PeopleFact
from benchmarks.made_up.people_facts import of_households
from benchmarks.rivals import peers_python
from dedupe.simulators.population.data.cultures import Culture, Family, Given
from dedupe.simulators.population.people import TruePerson
from dedupe.simulators.population.seeded_random import by_frequency

FAKER = ("faker==40.*",)
_AT_HOME = {
    "US": "en_US",
    "GB": "en_GB",
    "DE": "de_DE",
    "FR": "fr_FR",
    "ES": "es_ES",
    "MX": "es_MX",
    "BR": "pt_BR",
    "IT": "it_IT",
    "TR": "tr_TR",
    "IN": "en_IN",
}
_TWO_FAMILIES = ("es_ES", "es_MX")
_FROM_ELSEWHERE = 0.2
"""The share of households whose names are of any of the locales; chosen."""
T = TypeVar("T")


def other_cultures(folder: Path) -> dict[str, Culture]:
    """Cultures by Faker's locales; `folder` holds its environment, made if it isn't there."""
    python = peers_python(folder / "faker", FAKER)
    script = Path(__file__).with_name("faker_names.py")
    told = subprocess.run([str(python), str(script)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {locale: _culture(locale, names) for locale, names in json.loads(told).items()}


def _culture(locale: str, names: Mapping[str, list[str]]) -> Culture:
    """Names are about as frequent as the simulator's are, in an order that is the same at every run."""
    female, male = (
        by_frequency([Given(name, (name,), ()) for name in _shuffled(locale, names[sex])])
        for sex in ("female", "male")
    )
    families = [Family(name, (name,)) for name in _shuffled(locale, names["families"])]
    two = locale in _TWO_FAMILIES
    return Culture(locale, female, male, by_frequency(families, exponent=0.8), (), (), False, two, ())


def _shuffled(locale: str, names: list[T]) -> list[T]:
    return Random(locale).sample(names, len(names))


def in_other_names(cultures: Mapping[str, Culture]) -> PeopleFact:
    """Households bear names of the locale of their country, or of any locale; who lives where none is known
    keeps the simulator's."""

    def chosen(person: TruePerson, rng: Random) -> Culture | None:
        if rng.random() < _FROM_ELSEWHERE:
            return rng.choice(list(cultures.values()))
        return cultures.get(_AT_HOME.get(person.country, ""))

    return of_households(chosen)
