"""Values move in steps of a quarter of a bit, few of them, and none that few hold."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedupe.matching.asked_terms import KINDS
from dedupe.matching.features.build import build_features
from dedupe.matching.term_frequencies import FrequencyTable, TermFrequencies, count_term_frequencies
from dedupe.matching.term_growth import GROWN, GROWN_FROM, held_terms, steps, with_growth
from dedupe.schemas import CONTACTS

COUNTS = st.integers(GROWN_FROM, 10_000_000)


@given(COUNTS, st.integers(0, 20_000_000))
def test_a_step_is_taken_for_each_factor_of_a_quarter_bit(base: int, holders: int) -> None:
    [gained] = steps(np.array([holders]), np.array([base])).tolist()
    assert gained >= 0
    assert gained == 0 or base**4 * 2**gained <= holders**4  # whole numbers, without rounding
    assert holders**4 < base**4 * 2 ** (gained + 1)


@given(COUNTS)
def test_what_many_hold_moves_when_a_fifth_more_do(base: int) -> None:
    more = np.arange(base, base + max(base // 6, 1))
    assert not steps(more, np.full(len(more), base)).any()
    assert steps(np.array([base + base // 5 + 1]), np.array([base])).tolist() == [1]


def test_a_value_weighs_as_if_so_many_more_held_it() -> None:
    nothing = count_term_frequencies(build_features(CONTACTS.empty_table()))
    common = FrequencyTable(5000, np.array([11, 33]), np.array([1000, 40]))
    saved = TermFrequencies(9000, {**nothing.tables, "company": common})
    kind = KINDS.index("company")
    rows = [
        {"key": 1, "kind": kind, "value": 22, "steps": 4},  # few held it
        {"key": 2, "kind": kind, "value": 33, "steps": 2},
    ]
    now = with_growth(saved, GROWN.empty_table().from_pylist(rows, schema=GROWN)).tables["company"]
    assert now.total == common.total
    assert now.of(np.array([11, 22, 33, 44])).tolist() == [1000, 2 * GROWN_FROM, 57, 1]


def test_nobody_holds_anything_where_there_is_nobody() -> None:
    assert not len(held_terms(build_features(CONTACTS.empty_table())))
