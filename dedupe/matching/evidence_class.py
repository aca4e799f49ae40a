"""The evidence class of a pair: which kind of agreement says most that it is one person. Strata of audits,
and of what a night expects of its golden contacts."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from dedupe.matching.comparisons.definitions import (
    BIRTH,
    EMAIL,
    FAMILY_NAME,
    GIVEN_NAME,
    IDENTIFIER,
    PHONE,
    STREET,
    TOWN,
    Comparison,
)

_FROM_LEVEL: tuple[tuple[str, Comparison, str], ...] = (
    ("identifier", IDENTIFIER, "same"),
    ("email", EMAIL, "local"),
    ("phone", PHONE, "subscriber"),
)
NAMES, NAMES_AND_BIRTH, NAMES_AND_PLACE = "names", "names and birth date", "names and place"
LITTLE = "little"
_BITS = 6  # hold a level of a comparison
_USED = tuple(
    comparison.name for comparison in (IDENTIFIER, EMAIL, PHONE, GIVEN_NAME, FAMILY_NAME, BIRTH, STREET, TOWN)
)

BANDS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
"""Edges of bands of a probability: that two contacts, or all of a golden contact's, are one person.
Chosen."""


def evidence_class(levels: Mapping[str, int]) -> str:
    """The class of a pair by its levels (by comparison): values that only one person has, else names, else
    little."""
    values = [
        name
        for name, comparison, level in _FROM_LEVEL
        if levels.get(comparison.name, -1) >= comparison.index(level)
    ]
    if values:
        return " and ".join(values)
    same = [
        levels.get(comparison.name, -1) >= comparison.index("alike")
        for comparison in (GIVEN_NAME, FAMILY_NAME)
    ]
    if not all(same):
        return LITTLE
    if levels.get(BIRTH.name, -1) >= BIRTH.index("two_parts"):
        return NAMES_AND_BIRTH
    near = ((STREET, "near"), (TOWN, "postcode_only"))
    in_one_place = any(levels.get(place.name, -1) >= place.index(level) for place, level in near)
    return NAMES_AND_PLACE if in_one_place else NAMES


def evidence_classes(levels: Mapping[str, npt.NDArray[np.int8]]) -> npt.NDArray[np.str_]:
    """The class of each pair, as `evidence_class` gives it; `levels` are columns of pairs by comparison."""
    pattern = np.zeros(len(levels[_USED[0]]), dtype=np.int64)
    for name in _USED:
        pattern = pattern << _BITS | (levels[name].astype(np.int64) + 1)
    _, first, at = np.unique(pattern, return_index=True, return_inverse=True)
    named = [evidence_class({name: int(levels[name][row]) for name in _USED}) for row in first.tolist()]
    return np.asarray(named, dtype=np.str_)[at]


def band(probability: float) -> str:
    """The band that a probability lies in, as text (`90.0% to 99.0%`)."""
    over = [edge for edge in BANDS if probability >= edge]
    under = [edge for edge in BANDS if probability < edge]
    low, high = (over[-1] if over else 0.0), (under[0] if under else 1.0)
    return f"{low:.1%} to {high:.1%}"
