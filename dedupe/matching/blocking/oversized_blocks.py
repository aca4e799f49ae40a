"""Over-full blocks of a run, kept with its value counts: by them a decision's few contacts meet as in it.

Among few contacts no key is over-full and every rule serves, so that blocking them alone would find pairs
that the night never saw.
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
"""The fact of `Context` that names over-full keys and parts by hash; its total is the number of contacts."""
_CAPS = np.array([rule.cap for rule in candidate_pairs.RULES], dtype=np.int64)


def with_oversized_blocks(context: TermFrequencies, contacts: int, *sizes: pa.Table) -> TermFrequencies:
    """`sizes` are those of keys and of parts (`SIZES_SQL`) of a file of so many contacts."""
    found = [_crowds(each) for each in sizes]
    keys, place = np.unique(np.concatenate([key for key, _ in found]), return_index=True)
    counts = np.concatenate([count for _, count in found])[place]
    return replace(context, facts={**context.facts, OVERSIZED: FrequencyTable(contacts, keys, counts)})


def _crowds(sizes: pa.Table) -> tuple[Hashes, Hashes]:
    over = integers(sizes.column("size")) > _CAPS[integers(sizes.column("rule"))]
    sizes = sizes.filter(pa.array(over))
    return _named(sizes), integers(sizes.column("size"))


def _named(keys: pa.Table) -> Hashes:
    """Keys of different rules may be equal."""
    return mix(integers(keys.column("key")), integers(keys.column("rule")) + 1)


def keys_as_that_night(facts: Features, context: TermFrequencies) -> pa.Table:
    """KEYS and parts of keys by which contacts of the run of `context` met."""
    parts = candidate_pairs.parts(facts)
    crowds = context.facts.get(OVERSIZED)
    if crowds is None:
        return candidate_pairs.keys_table(parts)
    rules = candidate_pairs.rules_for(crowds.total)
    keys = pa.concat_tables(candidate_pairs.rule_keys(parts, number) for number in rules)
    crowded = _is_among(keys, crowds)
    second = candidate_pairs.second_keys(parts, np.arange(facts.size))
    parted = candidate_pairs.parted_keys(_parted(keys.filter(pa.array(crowded)), second))
    return pa.concat_tables(
        [keys.filter(pa.array(~crowded)), parted.filter(pa.array(~_is_among(parted, crowds)))]
    )


def _is_among(keys: pa.Table, crowds: FrequencyTable) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.isin(_named(keys), crowds.keys)


def _parted(keys: pa.Table, second: pa.Table) -> pa.Table:
    """Over-full keys with each second key of their contacts, as `PARTED_SQL` joins them."""
    caps = candidate_pairs.caps_table().select(["rule", "split", "own"])
    found = keys.join(caps, "rule", join_type="inner").join(second, "contact", join_type="inner")
    return found.filter((pc.field("split") == 1) & (pc.field("kind") != pc.field("own")))
