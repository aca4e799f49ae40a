"""Nicknames and spellings as relations: short form → the names it may stand for.

Not classes: Alex is Alexander or Alexandra, who are not each other. From the package nicknames (Apache-2.0)
and, for other languages and spellings, `data/names.toml`.
"""

from functools import cache

from nicknames import NickNamer

from dedupe.name_lists.lists import family_names, given_names
from dedupe.normalizers.rules import phrases, rules
from dedupe.normalizers.text import fold

USUAL_UP_TO = 15
"""A listed given name of so many bits is usual enough to be one beside another person's. Chosen."""

_FAR_RARER = 2
"""In bits: Marco is a family name in Spain and a given name all the same. Chosen."""


@cache
def _formal_names() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, lookup in NickNamer()._canonical_lookup.items():  # pairs are not offered otherwise
        found.setdefault(fold(name), set()).update(map(fold, lookup))
    pairs = rules("names")["diminutives"]["pairs"].replace("\n", "|").split("|")
    for pair in filter(None, map(str.strip, pairs)):
        short, formal = pair.split()
        found.setdefault(fold(short), set()).add(fold(formal))
    for pair in filter(
        None, map(str.strip, rules("names")["not_short"]["pairs"].replace("\n", "|").split("|"))
    ):
        short, formal = pair.split()
        found.get(fold(short), set()).discard(fold(formal))
    for group in phrases(rules("names")["spellings"]["groups"]):
        first, *others = map(fold, group.split())
        for other in others:
            found.setdefault(other, set()).add(first)
    return {short: frozenset(names - {short}) for short, names in found.items()}


@cache
def _known() -> frozenset[str]:
    return frozenset(name for names in _formal_names().values() for name in names) | frozenset(
        _formal_names()
    )


def formal_names(name: str) -> frozenset[str]:
    """The names that a folded given name may be short for; empty if none is known."""
    return _formal_names().get(name, frozenset())


def has_relations(name: str) -> bool:
    """Whether the folded name is short for another, or another for it."""
    return name in _known()


def is_given(name: str) -> bool:
    """Whether the folded word is a usual given name, of the lists of nicknames or of the world, and not far
    more usual as a family name."""
    listed, family = given_names().get(name), family_names().get(name)
    if listed is None or listed.bits > USUAL_UP_TO:
        return has_relations(name)
    return has_relations(name) or family is None or family.bits + _FAR_RARER >= listed.bits


def are_of_two_sexes(one: str, other: str) -> bool:
    """Whether of two folded words one is a woman's given name and the other a man's."""
    listed = given_names()
    return {listed[name].sex for name in (one, other) if name in listed} == {"f", "m"}
