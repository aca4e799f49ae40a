"""Father and son of one name at one address, where nobody writes Sr. or Jr.: birth dates tell them apart."""

from __future__ import annotations

import numpy as np

from dedupe.matching.comparisons.definitions import FAMILY_NAME, GIVEN_NAME, SILENT, STREET, SUFFIX
from dedupe.matching.comparisons.result import ComparisonResult, ComparisonResults
from dedupe.matching.features.build import Features, Flags
from dedupe.matching.features.encoding import Positions, hashes_at
from dedupe.matching.term_frequencies import MARKED, TermFrequencies


def compare_generations(
    features: Features,
    term_frequencies: TermFrequencies,
    left: Positions,
    right: Positions,
    results: ComparisonResults,
) -> ComparisonResult:
    """SUFFIX, with what names told by themselves (`results`) and with the address that both have: where
    people born years apart go by the name there, a contact without a birth date may be either."""
    street, born = features.places.street, features.births.whole
    home = hashes_at(street.hashes, features.places.street_of[left])
    of_ages = term_frequencies.tables["home_ages"].of(home) == MARKED
    level = results["suffix"].level
    untold = (level == SILENT) & of_ages & ((born[left] == 0) | (born[right] == 0))
    at_one_home = (results["street"].level == STREET.index("same")) & _of_one_name(results)
    return ComparisonResult(np.where(untold & at_one_home, np.int8(SUFFIX.index("one_told")), level))


def _of_one_name(results: ComparisonResults) -> Flags:
    """Where given and family name agree, by more than an initial."""
    given, family = results["given_name"].level, results["family_name"].level
    return np.asarray((given >= GIVEN_NAME.index("alike")) & (family >= FAMILY_NAME.index("alike")))
