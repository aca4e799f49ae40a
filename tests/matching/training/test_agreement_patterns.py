"""Patterns of pairs are counted by one number each."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedupe.matching.comparisons.definitions import COMPARISONS
from dedupe.matching.comparisons.result import ComparisonResult
from dedupe.matching.model.default import default_model
from dedupe.matching.training.agreement_patterns import agreement_patterns, pattern_codes

ANY_LEVELS = st.fixed_dictionaries({one.name: st.integers(-1, len(one.levels) - 1) for one in COMPARISONS})


@given(ANY_LEVELS)
def test_a_pattern_is_read_back_as_it_was_written(levels: dict[str, int]) -> None:
    results: Any = {name: ComparisonResult(np.array([level], np.int8)) for name, level in levels.items()}
    found = agreement_patterns(pattern_codes(results, default_model()))
    assert {name: int(found.levels[name][0]) for name in levels} == levels


def test_the_highest_levels_of_all_comparisons_fit_into_one_number() -> None:
    highest = {one.name: len(one.levels) - 1 for one in COMPARISONS}
    results: Any = {name: ComparisonResult(np.array([level], np.int8)) for name, level in highest.items()}
    (code,) = pattern_codes(results, default_model())
    assert code > 0
