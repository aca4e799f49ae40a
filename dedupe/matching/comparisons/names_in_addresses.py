"""Given names in the local parts of email addresses: gary.ruiz@ and mary.ruiz@ are two people's, and
paula.ruiz@ does not hold Paul."""

from __future__ import annotations

import re

from rapidfuzz.distance import Postfix, Prefix

from dedupe.matching.features.given_words import USUAL_UP_TO
from dedupe.matching.features.spelling import spelling
from dedupe.name_lists.lists import given_names

_BETWEEN = re.compile(r"[^a-z]+")
_FEWEST_LETTERS = 3
"""Of a given name that is looked for in an address. Chosen."""


def differ_in_names(one: str, other: str) -> bool:
    """Whether two addresses are the same but for a usual given name in each of them, and not of one name in
    two spellings."""
    mine, others = (_BETWEEN.split(text.partition("@")[0].lower()) for text in (one, other))
    if len(mine) != len(others) or one.partition("@")[2] != other.partition("@")[2]:
        return False
    apart = [pair for pair in zip(mine, others, strict=True) if pair[0] != pair[1]]
    return len(apart) == 1 and _hold_two_names(*apart[0])


def holds_another_name(local: str, given: str, family: str) -> bool:
    """Whether what stands in a local part beside a family name is another given name that holds this one."""
    words = _BETWEEN.split(local.replace(family, " ", 1) if family else local)
    return given not in words and any(
        given in word and _is_usual(word) and spelling(word) != spelling(given) for word in words
    )


def _hold_two_names(one: str, other: str) -> bool:
    """Whether both words are given names, or given names before or behind the same letters."""
    ends, starts = Postfix.similarity(one, other), Prefix.similarity(one, other)
    behind = ((one[: len(one) - cut], other[: len(other) - cut]) for cut in range(ends + 1))
    before = ((one[cut:], other[cut:]) for cut in range(1, starts + 1))
    return any(_are_two_names(*pair) for pair in (*behind, *before))


def _are_two_names(one: str, other: str) -> bool:
    return _is_usual(one) and _is_usual(other) and spelling(one) != spelling(other)


def _is_usual(word: str) -> bool:
    listed = given_names().get(word)
    return len(word) >= _FEWEST_LETTERS and listed is not None and listed.bits <= USUAL_UP_TO
