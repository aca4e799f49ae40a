"""What the letters rule out, comparing must rule out too."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA, JaroWinkler

from dedupe.matching.features.encoding import Ids, Pool, encode
from dedupe.matching.features.prefilter import may_hold

TEXTS = st.text(st.sampled_from("abcdé ß漢0.@"), min_size=1, max_size=12)


def coded(one: str, other: str) -> tuple[Pool, Ids, Ids]:
    pool, (a, b) = encode([pa.array([one], pa.string()), pa.array([other], pa.string())])
    return pool, a, b


@given(TEXTS, TEXTS, st.integers(1, 3))
def test_texts_a_few_edits_apart_are_compared(one: str, other: str, edits: int) -> None:
    pool, a, b = coded(one, other)
    assert pool.may_be_edits_apart(a, b, edits)[0] or OSA.distance(one, other) > edits


@given(TEXTS, TEXTS, st.floats(0.7, 1.0))
def test_texts_that_are_alike_are_compared(one: str, other: str, likeness: float) -> None:
    pool, a, b = coded(one, other)
    assert pool.may_be_alike(a, b, likeness)[0] or JaroWinkler.similarity(one, other) < likeness


@given(TEXTS, TEXTS, TEXTS)
def test_a_text_may_hold_what_it_holds(before: str, part: str, after: str) -> None:
    pool, a, b = coded(before + part + after, part)
    assert may_hold(pool.letters[a], pool.letters[b])[0]


def test_most_unlike_names_are_not_compared() -> None:
    names = ["james", "mary", "robert", "linda", "michael", "susan", "william", "karen", "david", "nancy"]
    pool, (ids,) = encode([pa.array(names, pa.string())])
    one, other = (side.astype(np.int32) for side in np.triu_indices(len(names), 1))
    assert pool.may_be_alike(ids[one], ids[other], 0.7).mean() < 0.4
    assert pool.may_be_edits_apart(ids[one], ids[other], 2).mean() < 0.2
