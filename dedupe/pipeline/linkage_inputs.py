"""What matching starts from and no model is needed for: features, term frequencies and candidate pairs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeAlias

import pyarrow as pa

from dedupe.engines.engine import BatchEngine, Each, Evidence, Numbers, Rows
from dedupe.matching.blocking import candidate_pairs, exact_duplicates
from dedupe.matching.blocking.oversized_blocks import OVERSIZED, with_oversized_blocks
from dedupe.matching.features.build import Features
from dedupe.matching.present_users import SavedContext, with_present_users
from dedupe.matching.term_frequencies import (
    TermFrequencies,
    count_term_frequencies,
    count_value_users,
)
from dedupe.matching.term_growth import GROWN, grown, held_terms, holders_sql, with_growth, with_held
from dedupe.pipeline.added_counts import added_term_frequencies
from dedupe.pipeline.blocking_keys import BlockingKeys
from dedupe.pipeline.blocking_keys import duplicates_of as duplicates_of
from dedupe.pipeline.saved_blocks import pairs_as_saved


@dataclass(frozen=True)
class Prepared(Generic[Evidence, Rows]):
    """What needs no model, as the engine holds it: features, term frequencies, candidate PAIRS, and the
    report on blocking."""

    features: Evidence
    term_frequencies: TermFrequencies
    pairs: Rows
    report: dict[str, Any]
    grown: pa.Table = field(default_factory=GROWN.empty_table)  # what of them has grown since they were saved


LinkageInputs: TypeAlias = Prepared[Features, pa.Table]
"""Those of the local engine."""


def prepare_features(
    features: Evidence, engine: BatchEngine[Evidence, Rows], saved: SavedContext | None = None
) -> Prepared[Evidence, Rows]:
    """Term frequencies and candidate pairs of contacts that the engine has taken over.

    With those `saved` by an earlier run, blocks and frequencies are that run's, with what values have gained
    since; who uses a value is told from these contacts all the same.
    """
    if saved is not None:
        return _as_saved(features, engine, saved)
    blocked = _blocked(features, engine)
    counted = engine.whole(features, count_term_frequencies, lambda: added_term_frequencies(features, engine))
    term_frequencies = with_oversized_blocks(counted, engine.size(features), *blocked.oversized)
    return Prepared(features, term_frequencies, blocked.pairs, blocked.report)


def with_holders(
    prepared: Prepared[Evidence, Rows], engine: BatchEngine[Evidence, Rows]
) -> Prepared[Evidence, Rows]:
    """The same with how many hold each value, from which its growth is told once they are saved."""
    counted = with_held(prepared.term_frequencies, _holders(prepared.features, engine))
    return replace(prepared, term_frequencies=counted)


def _holders(features: Evidence, engine: BatchEngine[Evidence, Rows]) -> pa.Table:
    """How many contacts hold each value that many hold."""

    def held(some: Features, _contacts: Numbers, _each: Each) -> pa.Table:
        return held_terms(some)

    return engine.collect(engine.query(holders_sql(), held=engine.over(features, held)))


def _as_saved(
    features: Evidence, engine: BatchEngine[Evidence, Rows], saved: SavedContext
) -> Prepared[Evidence, Rows]:
    known = saved.term_frequencies
    pairs = pairs_as_saved(features, engine, known.tables[OVERSIZED])
    if saved.of_today:
        return Prepared(features, known, pairs, {})
    now = engine.whole(
        features,
        lambda whole: count_value_users(whole, known.tables["birth"]),
        lambda: added_term_frequencies(features, engine).tables,
    )
    gained = grown(known, _holders(features, engine))
    return Prepared(features, with_growth(with_present_users(known, now), gained), pairs, {}, gained)


def block(features: Evidence, engine: BatchEngine[Evidence, Rows]) -> tuple[Rows, dict[str, Any]]:
    """PAIRS that share a match key, and what was split or skipped on the way, by rule."""
    blocked = _blocked(features, engine)
    return blocked.pairs, blocked.report


@dataclass(frozen=True)
class _Blocked(Generic[Rows]):
    """`oversized`: blocks and parts of blocks, as `SIZES_SQL` counts them."""

    pairs: Rows
    report: dict[str, Any]
    oversized: tuple[pa.Table, pa.Table]


def _blocked(features: Evidence, engine: BatchEngine[Evidence, Rows]) -> _Blocked[Rows]:
    blocking, caps = BlockingKeys(engine.size(features)), engine.rows(candidate_pairs.caps_table())
    keys = engine.keep(engine.over(features, blocking.first), "keys")
    duplicates = duplicates_of(features, engine)
    of_duplicates = engine.query(exact_duplicates.WITH_FIRST_SQL, keys=keys, duplicates=duplicates)
    if engine.count(duplicates):
        alone = engine.query(exact_duplicates.ALONE_SQL, keys=keys, duplicates=duplicates)
        keys = engine.keep(alone, "keys of single contacts")
        del alone
    blocks = _Blocks(keys, engine.keep(_sizes(keys, engine), "blocks"), caps)
    overfull = blocks.asked(candidate_pairs.OVERSIZED_SQL, engine)
    second = engine.over(features, blocking.second, overfull)
    del blocking
    parted = engine.map(
        candidate_pairs.parted_keys, blocks.asked(candidate_pairs.PARTED_SQL, engine, second=second)
    )
    parted = engine.keep(parted, "keys of parts")
    part_sizes = engine.keep(_sizes(parted, engine), "parts of blocks")
    parts = _Blocks(parted, part_sizes, caps)
    narrow = engine.both(*(each.narrow(engine) for each in (blocks, parts)))
    del keys, parted  # the largest rows of a run, which nothing asks for from here on
    blocks, parts = blocks.without_keys(), parts.without_keys()
    joined = engine.query_by("rule", candidate_pairs.PAIRS_SQL, narrow=narrow)
    del narrow
    pairs = engine.pairs(engine.both(joined, of_duplicates))
    return _Blocked(
        pairs,
        _report(blocks, parts, engine.size(features), engine),
        (
            engine.collect(blocks.asked(candidate_pairs.OVERFULL_SQL, engine)),
            engine.collect(parts.asked(candidate_pairs.OVERFULL_SQL, engine)),
        ),
    )


def _sizes(keys: Rows, engine: BatchEngine[Evidence, Rows]) -> Rows:
    return engine.query_by("rule", candidate_pairs.SIZES_SQL, keys=keys)


@dataclass(frozen=True)
class _Blocks(Generic[Rows]):
    """KEYS of blocks (None: gone), their sizes, and the caps of all rules."""

    keys: Rows | None
    sizes: Rows
    caps: Rows

    def without_keys(self) -> _Blocks[Rows]:
        return replace(self, keys=None)

    def narrow(self, engine: BatchEngine[Evidence, Rows]) -> Rows:
        """KEYS of blocks that are not oversized."""
        known = {"keys": self.keys, "sizes": self.sizes, "caps": self.caps}
        named = {name: rows for name, rows in known.items() if rows is not None}
        return engine.query_by("rule", candidate_pairs.NARROW_SQL, **named)

    def asked(self, sql: str, engine: BatchEngine[Evidence, Rows], **more: Rows) -> Rows:
        known = {"keys": self.keys, "sizes": self.sizes, "caps": self.caps, **more}
        return engine.query(
            sql, **{name: rows for name, rows in known.items() if rows is not None and f" {name} " in sql}
        )


def _report(
    blocks: _Blocks[Rows], parts: _Blocks[Rows], contacts: int, engine: BatchEngine[Evidence, Rows]
) -> dict[str, Any]:
    split = blocks.asked(candidate_pairs.SPLIT_SQL, engine)
    skipped = blocks.asked(candidate_pairs.SKIPPED_SQL, engine, part_sizes=parts.sizes)
    return {
        "rules": [candidate_pairs.RULE_NAMES[number] for number in candidate_pairs.rules_for(contacts)],
        "split_blocks": _by_rule(engine.collect(split)),
        "skipped_blocks": _by_rule(engine.collect(skipped)),
    }


def _by_rule(table: pa.Table) -> dict[str, dict[str, int]]:
    return {
        candidate_pairs.RULE_NAMES[row["rule"]]: {
            name: int(row[name]) for name in ("blocks", "contacts", "largest")
        }
        for row in sorted(table.to_pylist(), key=lambda row: int(row["rule"]))
    }
