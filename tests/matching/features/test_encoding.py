import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedupe.arrays.hashing import hash_prefixes, hash_texts
from dedupe.matching.features.encoding import lists_of


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=8))))
def test_the_hash_of_a_prefix_is_that_of_the_text_it_is(parts: list[tuple[str, str]]) -> None:
    wholes: list[str] = [one + other for one, other in parts]
    sizes = np.array([len(one.encode()) for one, _ in parts], dtype=np.int64)
    bare = hash_texts(pa.array([one for one, _ in parts], pa.string()))
    assert hash_prefixes(pa.array(wholes, pa.string()), sizes).tolist() == bare.tolist()


@given(st.lists(st.lists(st.integers(0, 4), max_size=6), max_size=6))
def test_a_contact_holds_each_value_once_in_the_order_given(held: list[list[int]]) -> None:
    owners = np.array([owner for owner, ids in enumerate(held) for _ in ids], dtype=np.int64)
    ids = np.array([one for ids in held for one in ids], dtype=np.int32)
    lists = lists_of(owners, ids, len(held))
    found = [lists.ids[a:b].tolist() for a, b in zip(lists.offsets, lists.offsets[1:], strict=False)]
    assert found == [list(dict.fromkeys(ids)) for ids in held]
