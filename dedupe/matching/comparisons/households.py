"""The comparison `household`: a contact of several people is no contact of one of them."""

from __future__ import annotations

import numpy as np

from dedupe.matching.comparisons.definitions import HOUSEHOLD, SILENT
from dedupe.matching.comparisons.result import ComparisonResult
from dedupe.matching.features.encoding import Positions
from dedupe.matching.features.types import Features


def compare_households(features: Features, left: Positions, right: Positions) -> ComparisonResult:
    """Whether one contact's name tells several people and the other's does not; silent where a name is
    missing or both tell as many."""
    named = features.names.held.counts > 0
    whose = features.household[left] != features.household[right]
    told = named[left] & named[right]
    one = HOUSEHOLD.index("one_of_several")
    return ComparisonResult(np.where(whose & told, np.int8(one), np.int8(SILENT)))
