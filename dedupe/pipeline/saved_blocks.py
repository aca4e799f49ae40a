"""Candidate pairs by the blocks of an earlier run: its rules, and its oversized blocks and parts.

What a pair is depends on its two contacts and on these; no block is counted, so that some of the contacts
give those pairs among them that all give. Of exact duplicates the first is the first of those at hand.
"""

from __future__ import annotations

from functools import partial

import pyarrow as pa

from dedupe.engines.engine import BatchEngine, Evidence, Rows
from dedupe.matching.blocking import candidate_pairs, exact_duplicates
from dedupe.matching.blocking.oversized_blocks import is_oversized
from dedupe.matching.term_frequencies import FrequencyTable
from dedupe.pipeline.blocking_keys import BlockingKeys, duplicates_of

_PARTED_SQL = """
SELECT k.contact, k.rule, k.key, p.part
FROM crowded k
JOIN caps c ON c.rule = k.rule
JOIN second p ON p.contact = k.contact
WHERE c.split = 1 AND p.kind <> c.own
"""
_CROWDED_SQL = "SELECT DISTINCT k.contact FROM crowded k"


def pairs_as_saved(
    features: Evidence, engine: BatchEngine[Evidence, Rows], oversized: FrequencyTable
) -> Rows:
    """PAIRS of contacts that share a match key in a run that had these oversized blocks."""
    blocking = BlockingKeys(engine.size(features), oversized.total)
    keys = engine.keep(engine.over(features, blocking.first), "keys")
    duplicates = engine.keep(duplicates_of(features, engine), "duplicates")
    with_first = engine.query(exact_duplicates.WITH_FIRST_SQL, keys=keys, duplicates=duplicates)
    if engine.count(duplicates):
        keys = engine.query(exact_duplicates.ALONE_SQL, keys=keys, duplicates=duplicates)
    crowded = engine.keep(engine.map(partial(_among, oversized), keys), "oversized blocks")
    second = engine.over(features, blocking.second, engine.query(_CROWDED_SQL, crowded=crowded))
    caps = engine.rows(candidate_pairs.caps_table())
    parted = engine.map(
        candidate_pairs.parted_keys, engine.query(_PARTED_SQL, crowded=crowded, caps=caps, second=second)
    )
    narrow = engine.both(*(engine.map(partial(_not_among, oversized), some) for some in (keys, parted)))
    joined = engine.query(candidate_pairs.PAIRS_SQL, narrow=narrow)
    return engine.pairs(engine.both(joined, with_first))


def _among(oversized: FrequencyTable, keys: pa.Table) -> pa.Table:
    return keys.filter(pa.array(is_oversized(keys, oversized)))


def _not_among(oversized: FrequencyTable, keys: pa.Table) -> pa.Table:
    return keys.filter(pa.array(~is_oversized(keys, oversized)))
