"""Keys of contacts, as an engine asks for them, and contacts that say the very same."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from dedupe.arrays.mapped import mapped, with_mapped_arrays
from dedupe.arrays.memory import give_memory_back
from dedupe.engines.engine import BatchEngine, Each, Evidence, Numbers, Rows
from dedupe.matching.blocking import candidate_pairs, exact_duplicates
from dedupe.matching.features.build import Features, build_features
from dedupe.matching.features.in_blocks import MANY
from dedupe.schemas import CONTACTS


def duplicates_of(features: Evidence, engine: BatchEngine[Evidence, Rows]) -> Rows:
    """The first of exact duplicates too many for a block (`left`), and each of the others (`right`)."""
    return engine.query(exact_duplicates.duplicates_sql(), contents=engine.contents(features))


class BlockingKeys:
    """Keys of contacts, and their second keys; the parts of keys are made once where both are asked of the
    same features. Of more than `many` contacts at once the parts, and the keys of each rule, wait on disk."""

    def __init__(self, contacts: int, rules_of: int | None = None, many: int = MANY) -> None:
        """Of so many contacts in all; by the rules of a run of `rules_of` (None: of as many)."""
        self._many = many
        self.rules = candidate_pairs.rules_for(contacts if rules_of is None else rules_of)
        self._contacts = contacts
        self._parts: candidate_pairs.KeyParts | None = None

    def first(self, features: Features, _contacts: Numbers, each: Each) -> pa.Table:
        """KEYS of all rules."""
        parts, everyone = self._parts_of(features), features.size == self._contacts

        def keys(rule: int) -> pa.Table:
            found = candidate_pairs.rule_keys(parts, rule, everyone)
            return mapped(found) if features.size > self._many else found

        return pa.concat_tables(each(keys, self.rules))

    def second(self, features: Features, contacts: Numbers, _each: Each) -> pa.Table:
        """Second keys (`candidate_pairs.SECOND`) of contacts in oversized blocks."""
        return candidate_pairs.second_keys(self._parts_of(features), contacts)

    def _parts_of(self, features: Features) -> candidate_pairs.KeyParts:
        if self._parts is None or self._parts.features is not features:
            self._parts = candidate_pairs.key_parts(features)
            if features.size > self._many:
                alone = replace(self._parts, features=_NOBODY)  # features are on disk already
                self._parts = replace(with_mapped_arrays(alone), features=features)
                del alone
                give_memory_back()
        return self._parts


_NOBODY = build_features(CONTACTS.empty_table())
