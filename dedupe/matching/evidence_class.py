"""On what a pair rests, in a word: by its levels, for strata of audits."""

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

_LEAST: tuple[tuple[str, Comparison, str], ...] = (
    ("identifier", IDENTIFIER, "same"),
    ("email", EMAIL, "local"),
    ("phone", PHONE, "subscriber"),
)
NAMES, NAMES_AND_BIRTH, LITTLE = "names", "names and birth date", "little"

BANDS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
"""Of the probability that two contacts, or all of a golden contact's, are one person."""


def evidence_class(levels: Mapping[str, int]) -> str:
    """What says most who they are: values that only one person has, else names, else little."""
    values = [name for name, fact, level in _LEAST if levels.get(fact.name, -1) >= fact.index(level)]
    if values:
        return " and ".join(values)
    same = [levels.get(fact.name, -1) >= fact.index("alike") for fact in (GIVEN_NAME, FAMILY_NAME)]
    if not all(same):
        return LITTLE
    return NAMES_AND_BIRTH if levels.get(BIRTH.name, -1) >= BIRTH.index("two_parts") else NAMES


def band(probability: float) -> str:
    """The band of a probability, as people read it."""
    over = [edge for edge in BANDS if probability >= edge]
    under = [edge for edge in BANDS if probability < edge]
    low, high = (over[-1] if over else 0.0), (under[0] if under else 1.0)
    return f"{low:.1%} to {high:.1%}"
