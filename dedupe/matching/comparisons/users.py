"""Levels of mailboxes and lines by who uses them, and by the names beside them."""

from __future__ import annotations

import numpy as np

from dedupe.arrays.hashing import Hashes
from dedupe.matching.comparisons.definitions import (
    FAMILY_NAME,
    GIVEN_NAME,
    GIVEN_NAMES_KNOWN,
    SILENT,
    SUFFIX,
    Comparison,
)
from dedupe.matching.comparisons.result import ComparisonResults, Levels
from dedupe.matching.features.build import Flags
from dedupe.matching.features.encoding import Positions
from dedupe.matching.term_frequencies import PERSONAL_UP_TO, FrequencyTable

FEW_UP_TO = 8
"""A value used under so many different names is shared by few; under more, by many. Chosen."""


def levels_by_users(comparison: Comparison, shared: FrequencyTable, key: Hashes, known: Flags) -> Levels:
    """Levels of a value that both have, by the number of names that use it (`shared`).

    `known`: values that several people share by nature (a role mailbox, a toll-free number).
    """
    names = shared.of(key)
    few = ((names > PERSONAL_UP_TO) & (names <= FEW_UP_TO)) | ((names <= PERSONAL_UP_TO) & known)
    level = np.full(len(names), comparison.index("same"), dtype=np.int8)
    level[names > 1] = comparison.index("shared_by_two")
    level[few] = comparison.index("shared_by_few")
    level[names > FEW_UP_TO] = comparison.index("shared_by_many")
    return level


def by_names_of_users(
    comparison: Comparison,
    level: Levels,
    names: ComparisonResults,
    pair: Positions,
    of_generations: Flags,
    of_ages: Flags,
    half_named: Flags,
) -> Levels:
    """Levels of EMAIL or PHONE with the names of pairs beside them; `names` and `half_named` have a row for
    each pair, the rest for each two values. `of_generations`: values that two generations use under one name,
    which settles nothing there unless both tell the generation; `of_ages`: those that people born years apart
    use under one name, unless both contacts tell one birth date; `half_named`: one contact alone bears a
    whole name. Two users of one given name and two family names may be one person who has changed it."""
    place = {one.name: np.int8(number) for number, one in enumerate(comparison.levels)}
    given, family = names["given_name"].level, names["family_name"].level
    level = np.where(of_ages & (level == place["same"]), place["shared_by_two"], level)
    one_generation = ((names["suffix"].level == SUFFIX.index("same"))[pair] | ~of_generations) & ~of_ages
    named = one_generation & _names_agree(given, family)[pair]
    in_full = named & (family != SILENT)[pair]
    of_few = level == place["shared_by_few"]
    level = np.where(named & (level == place["shared_by_two"]), place["same"], level)
    level[in_full & of_few] = place["named_of_few"]
    nameless = (given == SILENT) & ((family == SILENT) | half_named)
    unsettled = (level == place["same"]) & nameless[pair]
    slip = names["given_names_known"].level >= GIVEN_NAMES_KNOWN.index("both_near")
    renamed = (given >= GIVEN_NAME.index("slip")) & (family == FAMILY_NAME.index("different"))
    by_middle_name = (given == GIVEN_NAME.index("middle"))[pair]
    unsettled |= (level == place["same"]) & by_middle_name
    unsettled |= (level == place["shared_by_two"]) & (slip[pair] | (renamed[pair] & one_generation))
    return np.where(unsettled, place["unsettled"], level)


def _names_agree(given: Levels, family: Levels) -> Flags:
    """Where the given names agree by more than an initial and the family names don't differ. Of two or three
    who share a value mostly one alone bears the name that both contacts have, so that the value is as good as
    a personal one."""
    return np.asarray((given >= GIVEN_NAME.index("alike")) & (family != FAMILY_NAME.index("different")))
