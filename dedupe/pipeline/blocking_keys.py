"""Keys of contacts, as an engine asks for them, and contacts that say the very same."""

from __future__ import annotations

import pyarrow as pa

from dedupe.engines.engine import BatchEngine, Each, Evidence, Numbers, Rows
from dedupe.matching.blocking import candidate_pairs, exact_duplicates
from dedupe.matching.features.build import Features


def duplicates_of(features: Evidence, engine: BatchEngine[Evidence, Rows]) -> Rows:
    """The first of exact duplicates too many for a block (`left`), and each of the others (`right`)."""
    return engine.query(exact_duplicates.duplicates_sql(), contents=engine.contents(features))


class BlockingKeys:
    """Keys of contacts, and their second keys; the parts of keys are made once where both are asked of the
    same features."""

    def __init__(self, contacts: int, rules_of: int | None = None) -> None:
        """Of so many contacts in all; by the rules of a run of `rules_of` (None: of as many)."""
        self.rules = candidate_pairs.rules_for(contacts if rules_of is None else rules_of)
        self._contacts = contacts
        self._parts: candidate_pairs.KeyParts | None = None

    def first(self, features: Features, _contacts: Numbers, each: Each) -> pa.Table:
        """KEYS of all rules."""
        parts, everyone = self._parts_of(features), features.size == self._contacts
        by_rule = each(lambda rule: candidate_pairs.rule_keys(parts, rule, everyone), self.rules)
        return pa.concat_tables(by_rule)

    def second(self, features: Features, contacts: Numbers, _each: Each) -> pa.Table:
        """Second keys (`candidate_pairs.SECOND`) of contacts in oversized blocks."""
        return candidate_pairs.second_keys(self._parts_of(features), contacts)

    def _parts_of(self, features: Features) -> candidate_pairs.KeyParts:
        if self._parts is None or self._parts.features is not features:
            self._parts = candidate_pairs.key_parts(features)
        return self._parts
