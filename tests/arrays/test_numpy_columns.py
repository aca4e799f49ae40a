"""Helpers on NumPy columns."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedupe.arrays.numpy_columns import rising


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_distinct_numbers_rise(numbers: list[int]) -> None:
    assert rising(np.array(numbers, dtype=np.int64)).tolist() == sorted(set(numbers))


@given(st.lists(st.binary(min_size=16, max_size=16)))
def test_distinct_ids_rise_those_that_end_in_zeros_too(ids: list[bytes]) -> None:
    found = rising(np.frombuffer(b"".join(ids), "S16"))
    assert found.tobytes() == b"".join(sorted(set(ids)))
