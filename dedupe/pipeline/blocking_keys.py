"""Keys of contacts, as an engine asks for them, and contacts that say the very same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa

from dedupe.arrays.mapped import mapped, with_mapped_arrays
from dedupe.arrays.memory import give_memory_back
from dedupe.engines.engine import BatchEngine, Each, Evidence, Numbers, Rows
from dedupe.matching.blocking import candidate_pairs, exact_duplicates
from dedupe.matching.features.build import Features, build_features, features_between
from dedupe.matching.features.in_blocks import MANY
from dedupe.schemas import CONTACTS

BLOCK = 1 << 20
"""Contacts whose parts of keys are made at once (chosen)."""


def duplicates_of(features: Evidence, engine: BatchEngine[Evidence, Rows]) -> Rows:
    """The first of exact duplicates too many for a block (`left`), and each of the others (`right`)."""
    return engine.query(exact_duplicates.duplicates_sql(), contents=engine.contents(features))


class BlockingKeys:
    """Keys of contacts, and their second keys; the parts of keys are made once where both are asked of the
    same features. Of more than `many` contacts at once the parts are made of `block` contacts at a time, and
    wait on disk, as the keys of each rule do."""

    def __init__(
        self, contacts: int, rules_of: int | None = None, many: int = MANY, block: int = BLOCK
    ) -> None:
        """Of so many contacts in all; by the rules of a run of `rules_of` (None: of as many)."""
        self._many, self._block = many, block
        self.rules = candidate_pairs.rules_for(contacts if rules_of is None else rules_of)
        self._contacts = contacts
        self._features: Features | None = None
        self._blocks: candidate_pairs.Blocks = []

    def first(self, features: Features, _contacts: Numbers, each: Each) -> pa.Table:
        """KEYS of all rules."""
        blocks, everyone = self._blocks_of(features), features.size == self._contacts

        def keys(rule: int) -> pa.Table:
            if not everyone:
                return candidate_pairs.rule_keys(blocks[0][1], rule, everyone=False)
            found = candidate_pairs.rule_keys_of_blocks(blocks, rule)
            return _aside(found) if features.size > self._many else found

        return pa.concat_tables(each(keys, self.rules))

    def second(self, features: Features, contacts: Numbers, _each: Each) -> pa.Table:
        """Second keys (`candidate_pairs.SECOND`) of contacts in oversized blocks."""
        found = candidate_pairs.second_keys_of_blocks(self._blocks_of(features), contacts)
        return _aside(found) if features.size > self._many else found

    def _blocks_of(self, features: Features) -> candidate_pairs.Blocks:
        if self._features is not features:
            self._features = features
            self._blocks = list(self._made(features))
        return self._blocks

    def _made(self, features: Features) -> Iterator[tuple[int, candidate_pairs.KeyParts]]:
        if features.size <= self._many or features.size != self._contacts:
            yield 0, candidate_pairs.key_parts(features)
            return
        for start in range(0, features.size, self._block):
            some = features_between(features, start, start + self._block)
            parts = candidate_pairs.key_parts(some)
            on_disk = with_mapped_arrays(replace(parts, features=_NOBODY))  # features are on disk already
            yield start, replace(on_disk, features=some)
        give_memory_back()


def _aside(keys: pa.Table) -> pa.Table:
    on_disk = mapped(keys)
    del keys
    give_memory_back()  # else a thread's free memory is not another's
    return on_disk


_NOBODY = build_features(CONTACTS.empty_table())
