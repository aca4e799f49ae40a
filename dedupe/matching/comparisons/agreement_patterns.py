"""Agreement patterns of pairs as people speak of them: in which fields two contacts agree, are similar or
differ, whatever the level. Many questions of one pattern are one question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

SAME, SIMILAR, DIFFERENT = "same", "similar", "different"
NO_PATTERN = ""

_SEVERAL_USE_IT = ("shared_by_many", "shared_by_few", "shared_by_two", "unsettled", "named_of_few")
_FIELDS: dict[str, tuple[tuple[str, ...], frozenset[str], frozenset[str]]] = {
    "given name": (("given_name",), frozenset({"same", "swapped"}), frozenset({"different"})),
    "family name": (("family_name",), frozenset({"same", "swapped"}), frozenset({"different"})),
    "mailbox": (
        ("email",),
        frozenset({"same", "tagged", *_SEVERAL_USE_IT}),
        frozenset({"different", "domain"}),
    ),
    "phone": (("phone",), frozenset({"same", "national", *_SEVERAL_USE_IT}), frozenset({"different"})),
    "identifier": (
        ("identifier",),
        frozenset({"same", "shared_by_many", "shared_by_few"}),
        frozenset({"different"}),
    ),
    "birth date": (("birth",), frozenset({"same", "known_parts"}), frozenset({"different"})),
    "company": (("company",), frozenset({"same"}), frozenset({"different"})),
    "place": (
        ("town", "street"),
        frozenset({"same", "both", "town", "town_only", "postcode", "postcode_only"}),
        frozenset({"different"}),
    ),
}
"""Field → the comparisons about it, the first that speaks being told; levels that are the same; levels that
differ. The others are similar."""


def pattern_of(levels: Mapping[str, str]) -> str:
    """`given name:different,mailbox:same`, of the comparisons that speak; "" of none. `levels`: comparison →
    name of its level, as links and review candidates store them."""
    told = []
    for field, (comparisons, same, different) in _FIELDS.items():
        level = next((levels[each] for each in comparisons if each in levels), None)
        if level is not None:
            verdict = SAME if level in same else DIFFERENT if level in different else SIMILAR
            told.append(f"{field}:{verdict}")
    return ",".join(told)


def in_words(pattern: str) -> str:
    """`agree in mailbox and family name, differ in given name`."""
    fields: dict[str, list[str]] = {SAME: [], SIMILAR: [], DIFFERENT: []}
    for each in filter(None, pattern.split(",")):
        field, _, verdict = each.partition(":")
        fields.setdefault(verdict, []).append(field)
    said = {SAME: "agree in", SIMILAR: "are similar in", DIFFERENT: "differ in"}
    parts = [f"{words} {_listed(fields[verdict])}" for verdict, words in said.items() if fields[verdict]]
    return ", ".join(parts) or "no pair between them was compared"


def _listed(fields: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(fields[:-1]), fields[-1])))
