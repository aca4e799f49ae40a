from random import Random

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedupe.arrays.distinct_values import Ordered
from dedupe.arrays.untyped import pa

CELLS = st.one_of(st.none(), st.text(max_size=3))


@given(st.lists(st.lists(CELLS, max_size=5), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_rows_of_a_table_in_chunks_are_those_of_one_in_one_piece(
    chunks: list[list[str | None]], random: Random
) -> None:
    column = pa.chunked_array([pa.array(chunk, pa.string()) for chunk in chunks])
    order = random.sample(range(len(column)), random.randint(0, len(column)))
    found = Ordered(pa.table({"a": column}), pa.array(np.array(order, np.uint64)))["a"]
    assert found.to_pylist() == [column[row].as_py() for row in order]


def test_rows_are_taken_of_more_text_than_one_array_holds() -> None:
    megabyte = pa.array(["x" * (1 << 20)])
    column = pa.chunked_array([megabyte] * (2 << 10))  # the same buffer again and again
    rows = Ordered(pa.table({"a": column}), pa.array([2047, 0]))
    assert len(rows["a"]) == 2
