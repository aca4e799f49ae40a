"""The shares of a joint comparison: what given and family name say together beyond the sum of both."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from dedupe.matching.comparisons.definitions import FAMILY_NAME, FULL_NAME, GIVEN_NAME
from dedupe.matching.comparisons.types import COLLEAGUES, RATIO_SCALE, RELATIVES, RIVALS, STRANGERS
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.training.agreement_patterns import AgreementPatterns
from dedupe.matching.training.name_collisions import NameCollisions

# All of these were chosen, none was fitted.
TRUST = 50.0
"""The start counts as so many pairs of one person, in each comparison."""
TRUST_EVENTS = 5.0
"""Among strangers the start counts as so many pairs at each level."""
TRUST_JOINT = 3.0
"""A joint comparison is held near its start, which counts as so many times the pairs expected."""

SWAPPED_SHARE = 0.04
"""The share of full names that agree but for their order, before any is seen."""

PERSON_COLUMN = 0
STRANGERS_COLUMN, RELATIVES_COLUMN, COLLEAGUES_COLUMN = (
    1 + RIVALS.index(rival) for rival in (STRANGERS, RELATIVES, COLLEAGUES)
)
Counts = npt.NDArray[np.float64]


def joint_shares(
    start: MatchModel,
    seen: AgreementPatterns,
    counts: Counts,
    chance: AgreementPatterns,
    by_chance: Counts,
    name_collisions: NameCollisions,
) -> Counts:
    """[level, kind]: how much more often given and family name are at two levels together than the product of
    their shares lets expect (divided by `RATIO_SCALE`).

    They differ or are swapped together in one person's contacts, and agree together among strangers.
    Strangers of one full name are counted in the whole file, because oversized blocks leave most of them out;
    their names are in the other order as often as one person's. `seen` and `chance` are patterns of candidate
    and of random pairs, `counts` and `by_chance` [pattern, kind] the expected pairs of each in the whole
    file.
    """
    table = start.shares[FULL_NAME.name].copy()
    swapped, agree = map(FULL_NAME.index, ("both_swapped", "both_agree"))
    written = (seen.levels["given_name"] >= 0) & (seen.levels["family_name"] >= 0)  # not told by an address
    own = seen.by_level(FULL_NAME, counts[:, PERSON_COLUMN] * written)
    for level in range(len(FULL_NAME.levels)):
        if level != agree:
            expected = _expected(seen, counts[:, PERSON_COLUMN], *_joint_levels(level))
            table[level, PERSON_COLUMN] = _ratio(own[level], expected, table[level, PERSON_COLUMN])
    strangers = max(name_collisions.pairs - own[agree] - own[swapped], 0.0)
    turned = (own[swapped] + TRUST * SWAPPED_SHARE) / (own[swapped] + own[agree] + TRUST)
    for rival in (STRANGERS_COLUMN, COLLEAGUES_COLUMN):
        table[agree, rival] = _ratio(
            strangers,
            _expected(chance, by_chance[:, STRANGERS_COLUMN], *_joint_levels(agree))
            * name_collisions.kinship,
            table[agree, rival],
        )
        table[swapped, rival] = table[agree, rival] * turned
    return np.asarray(np.minimum(table, 1.0))


def within_most(shares: Mapping[str, Counts]) -> Counts:
    """The shares of FULL_NAME in which no level is more usual among one person's pairs than it may be
    (`ComparisonLevel.at_most`)."""
    table = shares[FULL_NAME.name].copy()
    for level, about in enumerate(FULL_NAME.levels):
        told = _share_at(shares, level)
        if told > about.at_most:
            table[level, PERSON_COLUMN] *= about.at_most / told
    return table


def _share_at(shares: Mapping[str, Counts], level: int) -> float:
    """The share of one person's pairs, of those that tell both names, at a level of FULL_NAME: by its ratio
    and the shares of given and family name."""
    given, family = _joint_levels(level)
    product = shares[GIVEN_NAME.name][given, PERSON_COLUMN] * shares[FAMILY_NAME.name][family, PERSON_COLUMN]
    return float(shares[FULL_NAME.name][level, PERSON_COLUMN] * RATIO_SCALE * product)


def _joint_levels(level: int) -> tuple[int, int]:
    """The levels of given and family name that stand together at a level of the full name."""
    joint = FULL_NAME.levels[level].joint
    assert joint is not None
    return GIVEN_NAME.index(joint[0]), FAMILY_NAME.index(joint[1])


def _expected(seen: AgreementPatterns, counts: Counts, given: int, family: int) -> float:
    """How many pairs would be at both levels if given and family name were independent."""
    told = (seen.levels["given_name"] >= 0) & (seen.levels["family_name"] >= 0)
    at_given = counts[told & (seen.levels["given_name"] == given)].sum()
    at_family = counts[told & (seen.levels["family_name"] == family)].sum()
    return float(at_given * at_family / max(counts[told].sum(), 1.0))


def _ratio(found: float, expected: float, start: float) -> float:
    """The ratio of pairs found and expected, divided by `RATIO_SCALE`. The start counts as `TRUST_EVENTS` and
    several times the pairs expected: of pairs of one full name too few are told to be one person, so that too
    many are left for strangers."""
    scale = RATIO_SCALE
    trust = TRUST_EVENTS + TRUST_JOINT * expected * start * scale
    return (found + trust) / (expected + trust / (start * scale)) / scale
