"""Nicknames and spellings as relations: short form → the names it may stand for.

Not classes: Alex is Alexander or Alexandra, who are not each other. From the package nicknames (Apache-2.0)
and, for other languages and spellings, `data/names.toml`.
"""

from functools import cache

from nicknames import NickNamer

from dedupe.normalizers.rules import phrases, rules
from dedupe.normalizers.text import fold


@cache
def _formal_names() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for name, lookup in NickNamer()._canonical_lookup.items():  # pairs are not offered otherwise
        found.setdefault(fold(name), set()).update(map(fold, lookup))
    pairs = rules("names")["diminutives"]["pairs"].replace("\n", "|").split("|")
    for pair in filter(None, map(str.strip, pairs)):
        short, formal = pair.split()
        found.setdefault(fold(short), set()).add(fold(formal))
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
