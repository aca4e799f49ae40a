"""Whether two contacts were a candidate pair of the run, by which blocking rule, or what kept them from it.

Sizes are those of the whole run: a key that two contacts share makes them a pair only where its block is not
oversized, or where they also share a part of it that is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.numpy_columns import integers
from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.blocking.exact_duplicates import first_of_duplicates, without_duplicates
from dedupe.matching.blocking.key_parts import KeyParts
from dedupe.matching.blocking.oversized_blocks import (
    block_hashes,
    block_sizes,
    is_oversized,
    oversized_table,
    pairing_keys,
    split_blocks,
)
from dedupe.matching.features.build import Features, build_features
from dedupe.matching.features.encoding import Positions
from dedupe.matching.term_frequencies import FrequencyTable


class BlockOutcome(StrEnum):
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


PAIRED_OUTCOMES = frozenset({BlockOutcome.PAIRED, BlockOutcome.PAIRED_IN_PART, BlockOutcome.EXACT_DUPLICATES})


@dataclass(frozen=True)
class BlockTrace:
    """A rule by which two contacts share a key; `size`: the contacts in the largest block of such a key."""

    rule: str
    sentence: str
    size: int
    cap: int
    outcome: BlockOutcome


def trace_pair(everyone: pa.Table, left: int, right: int, staff: bool = False) -> list[BlockTrace]:
    """The rules by which two rows of a CONTACTS table share a key, in order, each with what came of it. Exact
    duplicates too many for a block are paired with whom the first of them is paired with."""
    parts = candidate_pairs.key_parts(build_features(everyone.take([left, right]), staff))
    shared = candidate_pairs.keys_table(parts)
    rules = np.unique(integers(shared.column("rule"))).tolist()
    if not rules:
        return []
    run = build_features(everyone, staff)
    first = first_of_duplicates(run)
    sizes, oversized = _blocks_of_the_run(run, first, shared)
    if left != right and first[left] == first[right]:
        outcomes = dict.fromkeys(rules, BlockOutcome.EXACT_DUPLICATES)
    else:
        outcomes = _outcomes(rules, parts, oversized)
    return [_traced(rule, sizes.get(rule, 0), outcomes[rule]) for rule in rules]


def _traced(rule: int, size: int, outcome: BlockOutcome) -> BlockTrace:
    chosen = candidate_pairs.RULES[rule]
    return BlockTrace(chosen.name, chosen.sentence, size, chosen.cap, outcome)


def _blocks_of_the_run(
    run: Features, first: Positions, shared: pa.Table
) -> tuple[dict[int, int], FrequencyTable]:
    """Of the blocks of the keys that two contacts share: the size of the largest by rule, and the oversized
    ones with their parts. Of exact duplicates the first counts."""
    parts = candidate_pairs.key_parts(run)
    keys = candidate_pairs.keys_table(parts)
    keys = keys.filter(pa.array(np.isin(block_hashes(keys), block_hashes(shared))))
    keys = without_duplicates(keys, first)
    sizes = block_sizes(keys)
    full = is_oversized(keys, oversized_table(run.size, sizes))
    part_sizes = block_sizes(split_blocks(keys.filter(pa.array(full)), parts))
    largest: dict[int, int] = {}
    counted = zip(integers(sizes["rule"]).tolist(), integers(sizes["size"]).tolist(), strict=True)
    for rule, size in counted:
        largest[rule] = max(size, largest.get(rule, 0))
    return largest, oversized_table(run.size, sizes, part_sizes)


def _outcomes(rules: list[int], parts: KeyParts, oversized: FrequencyTable) -> dict[int, BlockOutcome]:
    used = set(candidate_pairs.rules_for(oversized.total))
    keys = pairing_keys(parts, oversized)
    whole = set(keys.whole["rule"].to_pylist())
    part_sizes = block_sizes(keys.parts)
    in_part = set(part_sizes.filter(pc.field("size") > 1)["rule"].to_pylist())

    def outcome(rule: int) -> BlockOutcome:
        if rule not in used:
            return BlockOutcome.UNUSED
        if rule in whole:
            return BlockOutcome.PAIRED
        return BlockOutcome.PAIRED_IN_PART if rule in in_part else BlockOutcome.SKIPPED

    return {rule: outcome(rule) for rule in rules}
