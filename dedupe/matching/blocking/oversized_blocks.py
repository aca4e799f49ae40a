"""Oversized blocks of a run, kept with its term frequencies, so that few contacts are blocked as they were in
it.

Among few contacts no block is oversized and every rule serves, so that blocking them by themselves would find
pairs that were no candidate pairs of the run. The engine counts and splits the blocks of all contacts by SQL
(`candidate_pairs`); this is the same for few contacts, and a test holds the two equal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.numpy_columns import integers
from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.blocking.key_parts import KeyParts
from dedupe.matching.features.build import Features
from dedupe.matching.term_frequencies import FrequencyTable, TermFrequencies

OVERSIZED = "crowds"
"""The table of `TermFrequencies` (named as it is stored) of oversized blocks and parts, by hash, with their
size; its total is the number of contacts."""


@dataclass(frozen=True)
class PairingKeys:
    """KEYS by which contacts are candidate pairs: of whole blocks, and of parts of oversized blocks."""

    whole: pa.Table
    parts: pa.Table


def with_oversized_blocks(
    term_frequencies: TermFrequencies, contacts: int, *sizes: pa.Table
) -> TermFrequencies:
    """Term frequencies with the oversized ones among these blocks and parts (rows of `SIZES_SQL`) of a file
    of so many contacts."""
    table = oversized_table(contacts, *sizes)
    return replace(term_frequencies, tables={**term_frequencies.tables, OVERSIZED: table})


def oversized_table(contacts: int, *sizes: pa.Table) -> FrequencyTable:
    """The oversized ones among these blocks and parts: rows of `SIZES_SQL`, or of `block_sizes`."""
    found = [_oversized(each) for each in sizes]
    keys, place = np.unique(np.concatenate([key for key, _ in found]), return_index=True)
    counts = np.concatenate([count for _, count in found])[place]
    return FrequencyTable(contacts, keys, counts)


def _oversized(sizes: pa.Table) -> tuple[Hashes, Hashes]:
    caps = np.array([rule.cap for rule in candidate_pairs.RULES], dtype=np.int64)
    over = integers(sizes.column("size")) > caps[integers(sizes.column("rule"))]
    sizes = sizes.filter(pa.array(over))
    return block_hashes(sizes), integers(sizes.column("size"))


def block_hashes(keys: pa.Table) -> Hashes:
    """A hash of key and rule, because keys of different rules may be equal."""
    return mix(integers(keys.column("key")), integers(keys.column("rule")) + 1)


def block_sizes(keys: pa.Table) -> pa.Table:
    """Rule, key and size of each block of KEYS, as `SIZES_SQL` counts them; blocks of one contact too."""
    counted = keys.group_by(["rule", "key"]).aggregate([([], "count_all")])
    return counted.rename_columns(["rule", "key", "size"])


def keys_of_the_run(features: Features, term_frequencies: TermFrequencies) -> pa.Table:
    """KEYS, and keys of parts of oversized blocks, by which these contacts are candidate pairs in the run
    that the term frequencies are of."""
    parts = candidate_pairs.key_parts(features)
    oversized = term_frequencies.tables.get(OVERSIZED)
    if oversized is None:
        return candidate_pairs.keys_table(parts)
    found = pairing_keys(parts, oversized)
    return pa.concat_tables([found.whole, found.parts])


def pairing_keys(parts: KeyParts, oversized: FrequencyTable) -> PairingKeys:
    """The keys by which these contacts are candidate pairs in a run that had these oversized blocks."""
    rules = candidate_pairs.rules_for(oversized.total)
    keys = pa.concat_tables(candidate_pairs.rule_keys(parts, number) for number in rules)
    whole = ~is_oversized(keys, oversized)
    split = split_blocks(keys.filter(pa.array(~whole)), parts)
    return PairingKeys(keys.filter(pa.array(whole)), split.filter(pa.array(~is_oversized(split, oversized))))


def is_oversized(keys: pa.Table, oversized: FrequencyTable) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which KEYS, or keys of parts, are of an oversized block."""
    return np.asarray(oversized.of(block_hashes(keys)) > 1)


def split_blocks(keys: pa.Table, parts: KeyParts) -> pa.Table:
    """KEYS of the parts of oversized blocks, of the rules that are split: as `PARTED_SQL` joins them."""
    if not len(keys):
        return keys
    second = candidate_pairs.second_keys(parts, np.unique(integers(keys.column("contact"))))
    caps = candidate_pairs.caps_table().select(["rule", "split", "own"])
    found = keys.join(caps, "rule", join_type="inner").join(second, "contact", join_type="inner")
    split = found.filter((pc.field("split") == 1) & (pc.field("kind") != pc.field("own")))
    return candidate_pairs.parted_keys(split)
