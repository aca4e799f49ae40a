"""What the index of match keys holds of each contact: the keys by which those are found whom it may concern.

*Pairing keys* (even numbers) are shared by candidate pairs of a run that had these oversized blocks. *Value
keys* (odd, their second bit clear) are shared by all who use one mailbox, line or identifier, however many
they are and whatever kind of contact, *content keys* (odd, it is set, the third clear) by all who say the
very same: how a pair is judged depends on who else holds those. *Term keys* (odd, all three are set) are
shared by all who hold one word of a name, company or place: how much it says depends on how many do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.numpy_columns import integers, table
from dedupe.matching.asked_terms import asked_terms
from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.blocking.exact_duplicates import contents
from dedupe.matching.blocking.oversized_blocks import block_hashes, is_oversized, split_blocks
from dedupe.matching.features.build import Features, Flags
from dedupe.matching.present_users import SETTLED_FROM
from dedupe.matching.term_frequencies import FrequencyTable, TermFrequencies

MATCH_KEYS = pa.schema([("contact", pa.int64()), ("key", pa.int64())])
VALUE_KEYS = pa.schema(
    [("contact", pa.int64()), ("key", pa.int64()), ("fact", pa.int8()), ("value", pa.int64())]
)
"""MATCH_KEYS of values: `fact` is the place in `USED` of the table of term frequencies that counts who uses
it, `value` the hash by which that table names it."""
TERM_KEYS = pa.schema(
    [("contact", pa.int64()), ("key", pa.int64()), ("kind", pa.int64()), ("value", pa.int64())]
)
"""MATCH_KEYS of values that are counted: `kind` is a place in `asked_terms.KINDS`, `value` the hash by which
tables name it."""
USED = ("email", "phone", "identifier")
GROWING = ("word", "company", "job_title", "city", "postcode", "street", "domain")
"""The kinds of values whose counts grow between full runs (`term_growth`)."""
_VALUE, _CONTENT, _TERM = 1, 3, 7  # the last three bits; of values the third is anything


_FEW = 1000  # contacts, whose keys are dealt with together (chosen)
_AT_ONCE = 200_000  # contacts whose keys are sorted at once, which bounds memory (chosen)


def match_keys(features: Features, oversized: FrequencyTable) -> pa.Table:
    """MATCH_KEYS of all contacts in a run with these oversized blocks, each once a contact.

    Its total is the number of contacts by which the rules are chosen: few contacts have the keys that they
    had among all.
    """
    found = [*_pairing(features, oversized), *_facts(features)]
    starts = range(0, max(features.size, 1), _AT_ONCE)
    return pa.concat_tables(_each_once(found, start, start + _AT_ONCE) for start in starts)


def index_keys(features: Features, oversized: FrequencyTable) -> pa.Table:
    """MATCH_KEYS by which the index finds contacts: those of `match_keys`, and the terms that they hold."""
    return pa.concat_tables([match_keys(features, oversized), term_keys(features).select(MATCH_KEYS.names)])


def term_keys(features: Features) -> pa.Table:
    """TERM_KEYS of all contacts that are matched, each once a contact."""
    asked = asked_terms(features, GROWING)
    contact, kind, value = (integers(asked[name]) for name in ("contact", "kind", "key"))
    matched = features.matched[contact]
    contact, kind, value = contact[matched], kind[matched], value[matched]
    key = _with_mark(value, kind, _TERM)
    once = np.sort(np.unique(mix(contact, key), return_index=True)[1])
    return table(TERM_KEYS, contact[once], key[once], kind[once], value[once])


def value_keys(features: Features) -> pa.Table:
    """VALUE_KEYS of all contacts, matched or not."""
    emails, phones, identifiers = features.emails, features.phones, features.identifiers
    lists = (
        (emails.held, emails.untagged),
        (phones.held, phones.line),
        (identifiers.held, identifiers.key),
    )
    found = []
    for fact, (held, values) in enumerate(lists):
        contact, value = held.owners(), values[held.ids]
        key, number = _with_mark(value, fact, _VALUE), np.full(len(value), fact, dtype=np.int8)
        kept = pa.array(value != 0)
        found.append(table(VALUE_KEYS, contact, key, number, value).filter(kept))
    return pa.concat_tables(found)


def content_keys(features: Features) -> pa.Table:
    """MATCH_KEYS that those share who say the very same, of contacts that are matched."""
    said = contents(features)
    kind = integers(said["kind"])
    key = _with_mark(integers(said["content"]), kind, _CONTENT)
    matched = pa.array(kind > 0)
    return table(MATCH_KEYS, integers(said["contact"]), key).filter(matched)


def are_pairing(keys: Hashes) -> Flags:
    return np.asarray(keys & 1 == 0)


def are_values(keys: Hashes) -> Flags:
    return np.asarray(keys & 3 == _VALUE)


def are_contents(keys: Hashes) -> Flags:
    return np.asarray(keys & 7 == _CONTENT)


def are_terms(keys: Hashes) -> Flags:
    return np.asarray(keys & 7 == _TERM)


def settled_keys(saved: TermFrequencies) -> Hashes:
    """The value keys of values that so many people used that who else holds them doesn't matter."""
    found = []
    for fact, name in enumerate(USED):
        used = saved.tables[name]
        found.append(_with_mark(used.keys[used.counts >= SETTLED_FROM], fact, _VALUE))
    return np.concatenate(found)


def _pairing(features: Features, oversized: FrequencyTable) -> list[pa.Table]:
    """Of many contacts one rule after the other, because keys of a rule that all share are a large table."""
    parts = candidate_pairs.key_parts(features)
    found, split = [], []
    rules = candidate_pairs.rules_for(oversized.total)
    for some in [rules] if features.size <= _FEW else [[rule] for rule in rules]:
        keys = pa.concat_tables(candidate_pairs.rule_keys(parts, rule, everyone=False) for rule in some)
        full = is_oversized(keys, oversized)
        split.append(keys.filter(pa.array(full)))
        found.append(_even(keys.filter(pa.array(~full))))
    in_parts = split_blocks(pa.concat_tables(split), parts)
    found.append(_even(in_parts.filter(pa.array(~is_oversized(in_parts, oversized)))))
    return found


def _facts(features: Features) -> list[pa.Table]:
    return [value_keys(features).select(MATCH_KEYS.names), content_keys(features)]


def _even(keys: pa.Table) -> pa.Table:
    return table(MATCH_KEYS, integers(keys["contact"]), block_hashes(keys) & ~1)


def _with_mark(value: Hashes, of: Hashes | int, mark: int) -> Hashes:
    return mix(value, -1 - of) & ~(3 if mark == _VALUE else 7) | mark


def _each_once(found: Sequence[pa.Table], begin: int, end: int) -> pa.Table:
    """The keys of the contacts from `begin` to `end`, each once a contact: all at once they would lie in
    memory several times."""
    contact, key = (np.concatenate(column) for column in zip(*_between(found, begin, end), strict=True))
    order = np.lexsort((key, contact))
    contact, key = contact[order], key[order]
    fresh = np.ones(len(contact), np.bool_)
    fresh[1:] = (contact[1:] != contact[:-1]) | (key[1:] != key[:-1])
    return table(MATCH_KEYS, contact[fresh], key[fresh])


def _between(found: Sequence[pa.Table], begin: int, end: int) -> Iterator[tuple[Hashes, Hashes]]:
    for keys in found:
        contact, key = integers(keys["contact"]), integers(keys["key"])
        here = (contact >= begin) & (contact < end)
        yield contact[here], key[here]
