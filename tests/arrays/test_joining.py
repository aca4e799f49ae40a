import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedupe.arrays.joining import joined

cell = st.none() | st.text(max_size=3)


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[cell] * width), min_size=1, max_size=6)))
def test_every_row_stays_one_whatever_is_null(rows):
    columns = [pa.array(list(column), pa.string()) for column in zip(*rows, strict=True)]
    expected = ["|".join(text for text in row if text is not None) for row in rows]
    assert joined(columns, "|").to_pylist() == expected


def test_columns_in_pieces_are_joined_alike():
    pieces = pa.chunked_array([["a"], [None]], pa.string())
    assert joined([pieces, pieces], " ").to_pylist() == ["a a", ""]
