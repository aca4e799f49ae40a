"""Whether two contacts were a candidate pair of the run, by which blocking rule, or what kept them from it.

Sizes are those of the whole run: a key that two contacts share makes them a pair only where its block is not
oversized, or where they also share a part of it that is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers
from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.blocking.exact_duplicates import first_of_duplicates, without_duplicates
from dedupe.matching.features.build import Features, build_features


class Outcome(StrEnum):
    """What came of a key that two contacts share. The values are shown."""

    PAIRED = "met"
    EXACT_DUPLICATES = "copies"
    """Both say the very same, as too many others do for a block: each is paired with the first of them."""
    PAIRED_IN_PART = "met in a part"
    """The block is oversized and was split by a second key that they share."""
    SKIPPED = "skipped"
    """The block is oversized."""
    UNUSED = "unused"
    """The rule serves smaller files than this."""


PAIRED_OUTCOMES = frozenset({Outcome.PAIRED, Outcome.PAIRED_IN_PART, Outcome.EXACT_DUPLICATES})


@dataclass(frozen=True)
class BlockTrace:
    """A rule by which two contacts share a key; `size`: the contacts in the largest block of such a key."""

    rule: str
    sentence: str
    size: int
    cap: int
    outcome: Outcome


def trace_pair(everyone: pa.Table, left: int, right: int, staff: bool = False) -> list[BlockTrace]:
    """The rules by which two rows of a CONTACTS table share a key, in order, each with what came of it. Exact
    duplicates too many for a block are paired with whom the first of them is paired with."""
    two = build_features(everyone.take([left, right]), staff)
    shared = candidate_pairs.keys_table(candidate_pairs.key_parts(two))
    rules, keys = integers(shared.column("rule")), integers(shared.column("key"))
    numbers = np.unique(rules).tolist()
    if not numbers:
        return []
    blocks = _RunBlocks(build_features(everyone, staff))
    if blocks.are_exact_duplicates(left, right):
        return [
            _traced(rule, blocks.held(rule, keys[rules == rule]), Outcome.EXACT_DUPLICATES)
            for rule in numbers
        ]
    return [_traced(rule, *blocks.traced(two, rule, np.unique(keys[rules == rule]))) for rule in numbers]


def _traced(rule: int, size: int, outcome: Outcome) -> BlockTrace:
    chosen = candidate_pairs.RULES[rule]
    return BlockTrace(chosen.name, chosen.sentence, size, chosen.cap, outcome)


class _RunBlocks:
    """The blocks of the whole run."""

    def __init__(self, everyone: Features) -> None:
        self._parts = candidate_pairs.key_parts(everyone)
        self._used = set(candidate_pairs.rules_for(everyone.size))
        self._first = first_of_duplicates(everyone)
        keys = without_duplicates(candidate_pairs.keys_table(self._parts), self._first)
        self._rule, self._key = integers(keys.column("rule")), integers(keys.column("key"))
        self._contact = integers(keys.column("contact"))

    def are_exact_duplicates(self, left: int, right: int) -> bool:
        """Whether both are among exact duplicates too many for a block."""
        return left != right and bool(self._first[left] == self._first[right])

    def held(self, rule: int, keys: npt.NDArray[np.int64]) -> int:
        """The size of the largest of the blocks of these keys; of exact duplicates the first counts."""
        return max(int(((self._rule == rule) & (self._key == key)).sum()) for key in keys)

    def traced(self, pair: Features, rule: int, keys: npt.NDArray[np.int64]) -> tuple[int, Outcome]:
        """The size of the largest of the blocks of these keys, and the best outcome among them."""
        if rule not in self._used:
            return 0, Outcome.UNUSED
        cap = candidate_pairs.RULES[rule].cap
        held = [self._contact[(self._rule == rule) & (self._key == key)] for key in keys]
        fullest = self.held(rule, keys)
        if any(len(holders) <= cap for holders in held):
            return fullest, Outcome.PAIRED
        parted = candidate_pairs.RULES[rule].split and any(
            self._share_a_part(pair, rule, holders) for holders in held
        )
        return fullest, Outcome.PAIRED_IN_PART if parted else Outcome.SKIPPED

    def _share_a_part(self, pair: Features, rule: int, holders: npt.NDArray[np.int64]) -> bool:
        own = candidate_pairs.own_kind(rule)
        mine = candidate_pairs.second_keys(candidate_pairs.key_parts(pair), np.arange(2)).to_pylist()
        sides = [
            {row["part"] for row in mine if row["contact"] == at and row["kind"] != own} for at in (0, 1)
        ]
        both = sides[0] & sides[1]
        part = integers(candidate_pairs.second_keys(self._parts, holders).column("part"))
        cap = candidate_pairs.RULES[rule].cap
        return any(1 < int((part == one).sum()) <= cap for one in both)
