"""Fingerprints tell contents apart, whatever rows stand around them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedupe.arrays.fingerprints import as_bytes, from_bytes, gathered, of_numbers, of_texts

_texts = st.lists(st.none() | st.text(max_size=20), max_size=12)


@given(_texts)
def test_texts_have_one_fingerprint_exactly_when_they_are_equal(texts: list[str | None]) -> None:
    prints = of_texts(pa.array(texts, pa.string())).tolist()
    assert len(set(prints)) == len(set(texts))
    assert len(set(zip(prints, texts, strict=True))) == len(set(texts))


@given(_texts, st.text(max_size=20))
def test_a_fingerprint_does_not_depend_on_its_neighbours(texts: list[str | None], text: str) -> None:
    among = of_texts(pa.array([*texts, text], pa.string()).slice(len(texts)))
    assert of_texts(pa.array([text], pa.string())).tolist() == among.tolist()


def test_a_fingerprint_is_the_same_on_every_day() -> None:
    assert of_texts(pa.array(["jo@x.org", "", None])).tolist() == [
        13933073215699334541,
        0,
        15111065706836454659,
    ]


def test_a_set_of_rows_has_one_fingerprint_in_any_order() -> None:
    owner, prints = np.array([0, 1, 0]), of_numbers([5, 6, 7])
    assert gathered(owner, prints, 2).tolist() == gathered(owner[::-1], prints[::-1], 2).tolist()


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_fingerprints_are_stored_and_read_back(numbers: list[int]) -> None:
    prints = np.array(numbers, np.uint64)
    assert from_bytes(as_bytes(prints)).tolist() == numbers
