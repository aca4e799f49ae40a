from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.blocking.candidate_pairs import key_parts, pairs_table
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
    monkeypatch.setattr(candidate_pairs, "KEYS_AT_ONCE", 8)
    assert candidate_pairs.keys_table(parts).equals(together)
    assert len(together)
