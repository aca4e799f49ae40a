"""Two contacts never become one by their ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.fetchers.ids import id_of

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner, max_size=2),
    max_leaves=4,
)


@pytest.mark.parametrize("value", [7, 7.0, "7"])
def test_a_number_and_its_text_are_one_id(value):
    assert id_of(value) == "7"


@pytest.mark.parametrize(
    "value", [None, True, False, "", " ", [7], [], {"id": 7}, 7.5, float("inf"), float("nan"), 2.0**60]
)
def test_what_is_no_id_is_none(value):
    assert id_of(value) is None


@given(JSON, JSON)
def test_what_becomes_one_id_was_written_alike(one, two):
    if (key := id_of(one)) is not None and key == id_of(two):
        assert {str(value).removesuffix(".0") for value in (one, two)} <= {key, "-0"} or one == two


@given(JSON)
def test_whatever_it_is_it_is_judged(value):
    assert id_of(value) is None or str(id_of(value)).strip()
