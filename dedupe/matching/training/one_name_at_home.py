"""Two people of one name who share a line, as father and son do: how many there are in a file.

Names can't tell them from one person, and shares of levels that are learned one by one can't either: among
those who share a line relatives of one name are few, but where a file's sons are named after their fathers,
they are a part of all pairs of one name there. Birth dates years apart show it: who tells one tells it
whatever the name. Where a file shows none, nothing changes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dedupe.matching.comparisons.definitions import (
    BIRTH,
    BY_NAME,
    EMAIL,
    FAMILY_NAME,
    GIVEN_NAME,
    PHONE,
    SUFFIX,
)
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.training.agreement_patterns import AgreementPatterns
from dedupe.matching.training.joint_shares import PERSON_COLUMN, RELATIVES_COLUMN

Counts = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# All of these were chosen, none was fitted.
BY_MISTAKE = 3.0
"""So many pairs whose dates differ show nothing: dates are written wrong, too."""
MOST = 0.5
"""The greatest share of two people among pairs of one name who share a value."""
_USED_BY_ONE = {EMAIL.name: ("same",), PHONE.name: ("national", "same")}
"""Levels at which a value seems to be one person's because the names that use it are one."""


def share_of_two_people(seen: AgreementPatterns) -> float:
    """The share of two people among pairs of one name who share a line; 0 where the file shows none. A
    mailbox doesn't tell: addresses that are made of names are held by namesakes.

    Dates that differ as those of a parent and a child do make a value one of two users (`term_frequencies`).
    Dates that differ otherwise are mistaken more often than not.
    """
    one_name = _of_one_name(seen) & (seen.levels[SUFFIX.name] != SUFFIX.index("different"))
    of_two = seen.levels[PHONE.name] == PHONE.index("shared_by_two")
    differ = one_name & of_two & (seen.levels[BIRTH.name] == BIRTH.index("different"))
    two = float(seen.pairs[differ].sum()) - BY_MISTAKE
    told = float(seen.by_level(BIRTH, seen.pairs * one_name).sum())
    return min(max(two, 0.0) / max(told, 1.0), MOST)


def with_two_people_of_one_name(
    name: str, shares: Counts, seen: AgreementPatterns, model: MatchModel
) -> Counts:
    """`shares` ([level, kind]) of a comparison of values by which pairs of one name are two people as often
    as the file shows; `model` tells what names and rates say of relatives."""
    two = share_of_two_people(seen)
    table = shares.copy()
    if two > 0.0 and name in _USED_BY_ONE:
        odds = two / (1.0 - two) * model.matches_per_contact / model.relatives_per_contact
        for comparison in (GIVEN_NAME, FAMILY_NAME):
            same = model.shares[comparison.name][comparison.index("same")]
            odds *= same[PERSON_COLUMN] / same[RELATIVES_COLUMN]
        for level in _USED_BY_ONE[name]:
            row = table[BY_NAME[name].index(level)]
            row[RELATIVES_COLUMN] = max(row[RELATIVES_COLUMN], row[PERSON_COLUMN] * min(odds, 1.0))
    return table


def _of_one_name(seen: AgreementPatterns) -> Flags:
    given, family = seen.levels[GIVEN_NAME.name], seen.levels[FAMILY_NAME.name]
    shared = seen.levels[PHONE.name] >= PHONE.index("shared_by_many")
    return np.asarray(shared & (given >= GIVEN_NAME.index("slip")) & (family >= FAMILY_NAME.index("alike")))
