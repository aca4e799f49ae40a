"""Candidate pairs: contacts that share a key of a blocking rule.

Every rule makes keys (content hashes) from a contact's values; the contacts with one key are a block.
`PAIRS_SQL` joins equal keys; it is plain SQL, the same text for every engine. A block of more contacts than
the rule's cap is oversized: it is split by second keys (names, postcode, town, birth date, company, street),
and parts that are still oversized are skipped, counted and reported.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from dedupe import schemas
from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.numpy_columns import integers, table
from dedupe.matching.blocking.key_parts import KeyParts as KeyParts
from dedupe.matching.blocking.key_parts import Keys as Keys
from dedupe.matching.blocking.key_parts import key_parts as key_parts
from dedupe.matching.blocking.key_parts import together
from dedupe.matching.blocking.rules import RULE_NAMES as RULE_NAMES
from dedupe.matching.blocking.rules import RULES as RULES
from dedupe.matching.blocking.shared_keys import distinct_keys, shared_keys, starts
from dedupe.matching.features.encoding import Positions

BROAD_UP_TO = 150_000
"""Broad rules serve files of up to so many contacts. Chosen by the time they take."""

CAPS = pa.schema(
    [
        ("rule", pa.int16()),
        ("cap", pa.int64()),
        ("split", pa.int64()),
        ("own", pa.int64()),
    ]
)
SECOND = pa.schema([("contact", pa.int64()), ("part", pa.int64()), ("kind", pa.int64())])
Blocks = Sequence[tuple[int, KeyParts]]
"""The parts of keys of all contacts, so many contacts each, in their order, each with the number of its first
contact."""
_NAMES = 0  # the first kind of second keys


def caps_table() -> pa.Table:
    """The cap of each rule, whether an oversized block is split, and `own_kind`, for the SQL below."""
    rows = [
        {
            "rule": number,
            "cap": rule.cap,
            "split": int(rule.split),
            "own": own_kind(number),
        }
        for number, rule in enumerate(RULES)
    ]
    return pa.Table.from_pylist(rows, schema=CAPS)


def own_kind(rule: int) -> int:
    """The kind of second keys that can't split a block of this rule, because its key says the same; −1:
    none."""
    return _NAMES if RULES[rule].named else -1


def keys_table(p: KeyParts) -> pa.Table:
    """KEYS of all rules that serve a file of this size."""
    return pa.concat_tables(rule_keys(p, number) for number in rules_for(p.features.size))


def rules_for(contacts: int) -> list[int]:
    """The rules (places in `RULES`) that serve a file of so many contacts."""
    return [number for number, rule in enumerate(RULES) if not rule.broad or contacts <= BROAD_UP_TO]


def rule_keys(p: KeyParts, number: int, everyone: bool = True) -> pa.Table:
    """KEYS of one rule, of the contacts that are matched; staff and others never share one. Where these are
    all contacts (`everyone`), without keys that nobody shares."""
    found = _matched_keys(p, number)
    return _of_rule(number, *(shared_keys([found], len(found[1])) if everyone else distinct_keys(*found)))


def rule_keys_of_blocks(blocks: Blocks, number: int) -> pa.Table:
    """As `rule_keys`, of the contacts of all blocks."""
    found = ((start + contact, key) for start, p in blocks for contact, key in [_matched_keys(p, number)])
    return _of_rule(number, *shared_keys(found, sum(p.features.size for _, p in blocks)))


def _matched_keys(p: KeyParts, number: int) -> Keys:
    contact, key = RULES[number].keys(p)
    features = p.features
    kept = np.flatnonzero((key != 0) & features.matched[contact])
    contact, key = contact[kept], key[kept]
    staff = np.flatnonzero(features.staff[contact])
    key[staff] = mix(key[staff], 1)
    return contact, key


def _of_rule(number: int, contact: Positions, key: Hashes) -> pa.Table:
    return table(schemas.KEYS, contact, np.full(len(contact), number, dtype=np.int16), key)


def parted_keys(parted: pa.Table) -> pa.Table:
    """KEYS of the parts of oversized blocks (rows of `PARTED_SQL`): a key and a second key made one."""
    key = mix(integers(parted.column("key")), integers(parted.column("part")))
    return parted.select(["contact", "rule"]).append_column("key", pa.array(key)).cast(schemas.KEYS)


def second_keys_of_blocks(blocks: Blocks, contacts: Positions) -> pa.Table:
    """As `second_keys`, of contacts of all blocks."""
    found = []
    for start, p in blocks:
        here = contacts[(contacts >= start) & (contacts < start + p.features.size)]
        second = second_keys(p, here - start)
        found.append(second.set_column(0, "contact", pa.array(integers(second["contact"]) + start)))
    return pa.concat_tables(found)


def second_keys(p: KeyParts, contacts: Positions) -> pa.Table:
    """The second keys (`SECOND`) of these contacts, by which oversized blocks are split."""
    wanted = np.zeros(p.features.size, dtype=bool)
    wanted[contacts] = True
    parts = []
    for kind, (contact, part) in enumerate(_second_parts(p)):
        kept = np.flatnonzero((part != 0) & wanted[contact])
        contact, part = contact[kept], mix(part[kept], kind)
        if kind == _NAMES:  # the only one of which a contact may have several
            order = np.lexsort((part, contact))
            contact, part = contact[order], part[order]
            fresh = starts(contact) | starts(part)
            contact, part = contact[fresh], part[fresh]
        parts.append(table(SECOND, contact, part, np.full(len(part), kind)))
    return pa.concat_tables(parts)


def _second_parts(p: KeyParts) -> Iterator[Keys]:
    everyone = np.arange(p.features.size, dtype=np.int64)
    yield p.owner, together(p.first, p.last_sound)
    for column in (p.postcode, p.city, p.birth, p.company, p.street):
        yield everyone, column


SIZES_SQL = """
SELECT k.rule, k.key, count(*) AS size
FROM keys k
GROUP BY k.rule, k.key
HAVING count(*) > 1
"""

OVERSIZED_SQL = """
SELECT DISTINCT k.contact
FROM keys k
JOIN sizes s ON s.rule = k.rule AND s.key = k.key
JOIN caps c ON c.rule = k.rule
WHERE s.size > c.cap AND c.split = 1
"""

PARTED_SQL = """
SELECT k.contact, k.rule, k.key, p.part
FROM keys k
JOIN sizes s ON s.rule = k.rule AND s.key = k.key
JOIN caps c ON c.rule = k.rule
JOIN second p ON p.contact = k.contact
WHERE s.size > c.cap AND c.split = 1 AND p.kind <> c.own
"""

NARROW_SQL = """
SELECT k.contact, k.rule, k.key
FROM keys k
JOIN sizes s ON s.rule = k.rule AND s.key = k.key
JOIN caps c ON c.rule = k.rule
WHERE s.size <= c.cap
"""

PAIRS_SQL = """
SELECT l.contact AS a, r.contact AS b, l.rule
FROM narrow l
JOIN narrow r ON r.rule = l.rule AND r.key = l.key
WHERE l.contact < r.contact
"""

OVERFULL_SQL = """
SELECT s.rule, s.key, s.size
FROM sizes s
JOIN caps c ON c.rule = s.rule
WHERE s.size > c.cap
"""

SKIPPED_SQL = """
SELECT skipped.rule, count(*) AS blocks, sum(skipped.size) AS contacts, max(skipped.size) AS largest
FROM (
  SELECT s.rule, s.size
  FROM part_sizes s
  JOIN caps c ON c.rule = s.rule
  WHERE s.size > c.cap
  UNION ALL
  SELECT s.rule, s.size
  FROM sizes s
  JOIN caps c ON c.rule = s.rule
  WHERE s.size > c.cap AND c.split = 0
) skipped
GROUP BY skipped.rule
"""

SPLIT_SQL = """
SELECT s.rule, count(*) AS blocks, sum(s.size) AS contacts, max(s.size) AS largest
FROM sizes s
JOIN caps c ON c.rule = s.rule
WHERE s.size > c.cap AND c.split = 1
GROUP BY s.rule
"""
