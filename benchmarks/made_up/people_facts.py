"""Facts of people: who bears whose name, and who lives with whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from rapidfuzz.distance import DamerauLevenshtein

from benchmarks.made_up.drawing import PeopleFact
from dedupe.simulators.population.data.cultures import Culture, Family, Given, hers
from dedupe.simulators.population.people import TruePerson
from dedupe.simulators.population.world import slug

MOST_NAMESAKES = 8
"""Of one name; chosen: a common name of a large city."""
CLOSE = 2
"""Letters between two names that are close, as Tim and Tom, Paul and Paula."""


def namesakes(share: float) -> PeopleFact:
    """So many of the people bear the name of somebody else of their culture and sex, who lives anywhere."""

    def give(people: list[TruePerson], rng: Random) -> None:
        chosen = rng.sample(people, round(share * len(people)))
        kinds: dict[tuple[str, bool], list[TruePerson]] = {}
        for person in chosen:
            kinds.setdefault((person.culture.name, person.female), []).append(person)
        for alike in kinds.values():
            while len(alike) > 1:
                group = [alike.pop() for _ in range(min(rng.randint(2, MOST_NAMESAKES), len(alike)))]
                for other in group[1:]:
                    rename(other, group[0].given, group[0].family)

    return give


def of_culture(culture: Culture) -> PeopleFact:
    """Everybody bears names of one culture, whatever the country."""
    return of_households(lambda _person, _rng: culture)


def of_households(chosen: Callable[[TruePerson, Random], Culture | None]) -> PeopleFact:
    """Each household bears the names of the culture that is `chosen` by its first member, under one family
    name; where none is, names stay."""

    def give(people: list[TruePerson], rng: Random) -> None:
        for home in _homes(people):
            culture = chosen(home[0], rng)
            if culture is None:
                continue
            family = _family(culture, rng)
            for person in home:
                given, person.middle = (rng.choice(_givens(person, culture)) for _ in range(2))
                rename(person, given, hers(culture, family) if person.female else family)
                person.culture = culture

    return give


def _family(culture: Culture, rng: Random) -> Family:
    one, other = (rng.choice(culture.families) for _ in range(2))
    if not culture.two_families:
        return one
    return Family(f"{one.native} {other.native}", (f"{one.latin[0]} {other.latin[0]}",))


def rename(person: TruePerson, given: Given, family: Family) -> None:
    """Gives the person another name, in their addresses too."""
    person.emails = [_readdressed(address, person, given, family) for address in person.emails]
    if person.work_email:
        person.work_email = _readdressed(person.work_email, person, given, family)
    person.given, person.family, person.former_family = given, family, None


def _readdressed(address: str, person: TruePerson, given: Given, family: Family) -> str:
    local, domain = address.split("@")
    old_given, old_family = slug(person.given.latin[0]), slug(person.family.latin[0])
    new_given, new_family = slug(given.latin[0]), slug(family.latin[0])
    before, found, after = local.partition(old_family)
    if found:
        initial = before == old_given[:1]
        before = new_given[:1] if initial else before.replace(old_given, new_given)
        local = f"{before}{new_family}{after.replace(old_given, new_given)}"
    return f"{local}@{domain}"


def households(people: Sequence[TruePerson]) -> list[list[TruePerson]]:
    """People of several who live together."""
    return [home for home in _homes(people) if len(home) > 1]


def _homes(people: Sequence[TruePerson]) -> list[list[TruePerson]]:
    homes: dict[int, list[TruePerson]] = {}
    for person in people:
        homes.setdefault(id(person.home), []).append(person)
    return list(homes.values())


def one_mailbox_and_line(people: list[TruePerson], _rng: Random) -> None:
    """Every household has one mailbox and one mobile."""
    for first, *others in households(people):
        for other in others:
            other.emails, other.mobile, other.other_mobiles = list(first.emails), first.mobile, []


def one_initial(people: list[TruePerson], rng: Random) -> None:
    """The given names of a household begin with one letter: Max and Moritz, Juan and Julia."""
    _name_like_the_first(people, rng, lambda one, other: one[:1] == other[:1])


def close_names(people: list[TruePerson], rng: Random) -> None:
    """The given names of a household are a letter or two apart: Tim and Tom, Paul and Paula."""
    _name_like_the_first(people, rng, lambda one, other: DamerauLevenshtein.distance(one, other) <= CLOSE)


def _name_like_the_first(people: list[TruePerson], rng: Random, alike: Callable[[str, str], bool]) -> None:
    for first, *others in households(people):
        taken = {first.given.latin[0]}
        for other in others:
            names = set(_givens(other, first.culture))
            like = sorted(
                name
                for name in names
                if name.latin[0] not in taken and alike(slug(first.given.latin[0]), slug(name.latin[0]))
            )
            if like:
                rename(other, rng.choice(like), other.family)
                taken.add(other.given.latin[0])


def _givens(person: TruePerson, culture: Culture) -> tuple[Given, ...]:
    return culture.female if person.female else culture.male
