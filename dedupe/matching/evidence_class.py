"""The evidence class of a pair: which kind of agreement says most that it is one person. Strata of audits."""

from __future__ import annotations

from collections.abc import Mapping

from dedupe.matching.comparisons.definitions import (
    BIRTH,
    EMAIL,
    FAMILY_NAME,
    GIVEN_NAME,
    IDENTIFIER,
    PHONE,
    Comparison,
)

_FROM_LEVEL: tuple[tuple[str, Comparison, str], ...] = (
    ("identifier", IDENTIFIER, "same"),
    ("email", EMAIL, "local"),
    ("phone", PHONE, "subscriber"),
)
NAMES, NAMES_AND_BIRTH, LITTLE = "names", "names and birth date", "little"

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
    return NAMES_AND_BIRTH if levels.get(BIRTH.name, -1) >= BIRTH.index("two_parts") else NAMES


def band(probability: float) -> str:
    """The band that a probability lies in, as text (`90.0% to 99.0%`)."""
    over = [edge for edge in BANDS if probability >= edge]
    under = [edge for edge in BANDS if probability < edge]
    low, high = (over[-1] if over else 0.0), (under[0] if under else 1.0)
    return f"{low:.1%} to {high:.1%}"
