from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dedupe.matching.blocking import candidate_pairs, shared_keys
from dedupe.matching.blocking.candidate_pairs import key_parts
from dedupe.matching.blocking.coded_pairs import pairs_table
from dedupe.matching.features.build import build_features
from dedupe.pipeline.record_linkage import MatchSettings, prepare
from tests.matching.normalized_contacts import contact, contacts, unrelated_people


@pytest.mark.parametrize("start", [0, 1 << 29, 1 << 40])
def test_a_pair_is_told_once_with_all_its_rules_whatever_its_contacts_numbers(start: int) -> None:
    a = np.array([7, 3, 7, 3, 3], np.int64) + start
    b = np.array([9, 8, 9, 4, 8], np.int64) + start
    rules = np.array([2, 0, 5, 1, 3], np.int16)
    found = pairs_table(pa.table({"a": pa.array(a), "b": pa.array(b), "rule": pa.array(rules)}))
    told = [(row["left"] - start, row["right"] - start, row["rules"]) for row in found.to_pylist()]
    assert told == [(3, 4, 0b10), (3, 8, 0b1001), (7, 9, 0b100100)]


def test_contacts_that_say_nothing_are_paired_with_nobody(engine: Any) -> None:
    blank = [contact() for _ in range(100)]
    assert engine.count(prepare(contacts(*blank), MatchSettings(), engine).pairs) == 0
    same = [contact("ann lee") for _ in range(100)]
    assert engine.count(prepare(contacts(*same), MatchSettings(), engine).pairs) == 99


def test_the_keys_that_several_hold_are_the_same_however_many_are_looked_at_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = [*unrelated_people(300), *unrelated_people(200)]
    parts = key_parts(build_features(contacts(*people)))
    together = candidate_pairs.keys_table(parts)
    monkeypatch.setattr(shared_keys, "KEYS_AT_ONCE", 8)
    assert ordered(candidate_pairs.keys_table(parts)).equals(ordered(together))
    assert len(together)


def ordered(keys: pa.Table) -> pa.Table:
    return keys.sort_by([(name, "ascending") for name in keys.column_names])


@pytest.mark.parametrize("most", [1, 5_000])
def test_pairs_of_many_rows_are_those_of_all_rows_at_once(most: int) -> None:
    drawn = np.random.default_rng(7)
    a = drawn.integers(0, most, 20_000)
    b, rule = a + drawn.integers(1, 9, len(a)), drawn.integers(0, 40, len(a)).astype(np.int16)
    batches = pa.table({"a": pa.array(a), "b": pa.array(b), "rule": pa.array(rule)}).to_batches(
        max_chunksize=3_000
    )
    joined = pa.Table.from_batches(batches)
    in_parts = pairs_table(joined, at_once=1_000)
    assert in_parts.equals(pairs_table(joined))
    assert in_parts.column(0).num_chunks > 1 or most == 1
