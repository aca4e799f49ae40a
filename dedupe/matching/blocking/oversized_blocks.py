"""Oversized blocks of a run, kept with its term frequencies, so that few contacts are blocked as they were in
it.

Among few contacts no block is oversized and every rule serves, so that blocking them by themselves would find
pairs that were no candidate pairs of the run.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.numpy_columns import integers
from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.features.build import Features
from dedupe.matching.term_frequencies import FrequencyTable, TermFrequencies

OVERSIZED = "crowds"
"""The table of `TermFrequencies` (named as it is stored) of oversized blocks and parts, by hash, with their
size; its total is the number of contacts."""
_CAPS = np.array([rule.cap for rule in candidate_pairs.RULES], dtype=np.int64)


def with_oversized_blocks(
    term_frequencies: TermFrequencies, contacts: int, *sizes: pa.Table
) -> TermFrequencies:
    """Term frequencies with the oversized ones among these blocks and parts (rows of `SIZES_SQL`) of a file
    of so many contacts."""
    found = [_oversized(each) for each in sizes]
    keys, place = np.unique(np.concatenate([key for key, _ in found]), return_index=True)
    counts = np.concatenate([count for _, count in found])[place]
    return replace(
        term_frequencies,
        tables={**term_frequencies.tables, OVERSIZED: FrequencyTable(contacts, keys, counts)},
    )


def _oversized(sizes: pa.Table) -> tuple[Hashes, Hashes]:
    over = integers(sizes.column("size")) > _CAPS[integers(sizes.column("rule"))]
    sizes = sizes.filter(pa.array(over))
    return _block_hashes(sizes), integers(sizes.column("size"))


def _block_hashes(keys: pa.Table) -> Hashes:
    """A hash of key and rule, because keys of different rules may be equal."""
    return mix(integers(keys.column("key")), integers(keys.column("rule")) + 1)


def keys_of_the_run(features: Features, term_frequencies: TermFrequencies) -> pa.Table:
    """KEYS, and keys of parts of oversized blocks, by which these contacts are candidate pairs in the run
    that the term frequencies are of."""
    parts = candidate_pairs.key_parts(features)
    oversized = term_frequencies.tables.get(OVERSIZED)
    if oversized is None:
        return candidate_pairs.keys_table(parts)
    rules = candidate_pairs.rules_for(oversized.total)
    keys = pa.concat_tables(candidate_pairs.rule_keys(parts, number) for number in rules)
    is_oversized = _is_oversized(keys, oversized)
    second = candidate_pairs.second_keys(parts, np.arange(features.size))
    parted = candidate_pairs.parted_keys(_with_second_keys(keys.filter(pa.array(is_oversized)), second))
    return pa.concat_tables(
        [keys.filter(pa.array(~is_oversized)), parted.filter(pa.array(~_is_oversized(parted, oversized)))]
    )


def _is_oversized(keys: pa.Table, oversized: FrequencyTable) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.isin(_block_hashes(keys), oversized.keys)


def _with_second_keys(keys: pa.Table, second: pa.Table) -> pa.Table:
    """KEYS with each second key of their contacts, as `PARTED_SQL` joins them."""
    caps = candidate_pairs.caps_table().select(["rule", "split", "own"])
    found = keys.join(caps, "rule", join_type="inner").join(second, "contact", join_type="inner")
    return found.filter((pc.field("split") == 1) & (pc.field("kind") != pc.field("own")))
