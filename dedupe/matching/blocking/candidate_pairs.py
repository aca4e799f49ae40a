"""Candidate pairs: contacts that share a key of a blocking rule.

Every rule makes keys (content hashes) from a contact's values; the contacts with one key are a block.
`PAIRS_SQL` joins equal keys; it is plain SQL, the same text for every engine. A block of more contacts than
the rule's cap is oversized: it is split by second keys (names, postcode, town, birth date, company, street),
and parts that are still oversized are skipped, counted and reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedupe import schemas
from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.numpy_columns import integers, table
from dedupe.matching.blocking.key_parts import KeyParts as KeyParts
from dedupe.matching.blocking.key_parts import Keys as Keys
from dedupe.matching.blocking.key_parts import key_parts as key_parts
from dedupe.matching.blocking.key_parts import together
from dedupe.matching.blocking.rules import RULE_NAMES as RULE_NAMES
from dedupe.matching.blocking.rules import RULES as RULES
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
_CONTACT_BITS, _RULE_BITS = 29, 6
KEYS_AT_ONCE = 1 << 21
"""Keys among which shared ones are looked for: their slots take at most 64 bytes each (chosen)."""
_PARTS_AT_MOST = 1 << 6
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
    contact, key = RULES[number].keys(p)
    features = p.features
    kept = np.flatnonzero((key != 0) & features.matched[contact])
    contact, key = contact[kept], key[kept]
    staff = np.flatnonzero(features.staff[contact])
    key[staff] = mix(key[staff], 1)
    contact, key = _shared_keys(contact, key) if everyone else _distinct_keys(contact, key)
    rule = np.full(len(contact), number, dtype=np.int16)
    return table(schemas.KEYS, contact, rule, key)


def _shared_keys(contact: Positions, key: Hashes) -> Keys:
    """The keys that several contacts hold, each once a contact."""
    rows = _perhaps_shared(key)
    rows = rows[np.argsort(key[rows])]
    contact, key = contact[rows], key[rows]
    block = np.cumsum(_starts(key)) - 1
    # Sorting one number is quicker than sorting by two columns.
    code = np.sort((block << 32) | contact)
    code = code[_starts(code)]
    block, contact = code >> 32, code & 0xFFFFFFFF
    shared = np.bincount(block, minlength=1)[block] > 1
    return contact[shared], key[_starts(key)][block[shared]]


def _distinct_keys(contact: Positions, key: Hashes) -> Keys:
    """All keys, each once a contact."""
    order = np.lexsort((key, contact))
    contact, key = contact[order], key[order]
    fresh = _starts(contact) | _starts(key)
    return contact[fresh], key[fresh]


def _perhaps_shared(key: Hashes) -> Positions:
    """Rows whose key shares its first and last bits with another row's: a quick first pass, which drops most
    other keys. Of many keys those with the same first bits are looked at together, so that their slots take
    little memory."""
    parts = min(1 << (len(key) // KEYS_AT_ONCE).bit_length(), _PARTS_AT_MOST)
    if parts == 1:
        return _in_shared_slots(key)
    part = (key.view(np.uint64) >> np.uint64(64 - _PARTS_AT_MOST.bit_length() + 1)).astype(np.uint8) % parts
    found = [
        rows[_in_shared_slots(key[rows])] for rows in (np.flatnonzero(part == at) for at in range(parts))
    ]
    return np.concatenate(found)


def _in_shared_slots(key: Hashes) -> Positions:
    bits = max(10, (4 * len(key)).bit_length())
    slot = key & ((1 << bits) - 1)
    return np.flatnonzero(np.bincount(slot, minlength=1)[slot] > 1)


def _starts(ordered: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which rows of a sorted column differ from the row before."""
    return np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)]


def parted_keys(parted: pa.Table) -> pa.Table:
    """KEYS of the parts of oversized blocks (rows of `PARTED_SQL`): a key and a second key made one."""
    key = mix(integers(parted.column("key")), integers(parted.column("part")))
    return parted.select(["contact", "rule"]).append_column("key", pa.array(key)).cast(schemas.KEYS)


def pairs_table(joined: pa.Table) -> pa.Table:
    """PAIRS of the rows of `PAIRS_SQL`: each pair once, with all of its rules."""
    if (pc.max(joined.column("b")).as_py() or 0) >= 1 << _CONTACT_BITS:
        a, b, rule = (joined.column(name).to_numpy() for name in ("a", "b", "rule"))
        return _pairs_of_many(a.astype(np.int64), b.astype(np.int64), rule)
    # One number a row, which sorts quickly. The numbers are the largest columns of a run, so they are made,
    # sorted and taken apart in place.
    code = _codes(joined)
    code.sort()
    bit = np.int64(1) << (code & np.uint64((1 << _RULE_BITS) - 1)).view(np.int64)
    code >>= np.uint64(_RULE_BITS)
    starts = np.flatnonzero(_starts(code))
    rules = np.bitwise_or.reduceat(bit, starts) if len(starts) else bit
    del bit
    pair = code[starts].view(np.int64)
    del code
    left, right = pair >> _CONTACT_BITS, pair & ((1 << _CONTACT_BITS) - 1)
    return table(schemas.PAIRS, left, right, rules)


def _codes(joined: pa.Table) -> npt.NDArray[np.uint64]:
    """Both contacts and the rule of each row as one number, made batch by batch."""
    code, start = np.empty(len(joined), dtype=np.uint64), 0
    for batch in joined.select(["a", "b", "rule"]).to_batches():
        a, b, rule = (column.to_numpy().astype(np.uint64) for column in batch.columns)
        a <<= np.uint64(_CONTACT_BITS)
        a |= b
        a <<= np.uint64(_RULE_BITS)
        a |= rule
        code[start : start + len(batch)] = a
        start += len(batch)
    return code


def _pairs_of_many(a: Positions, b: Positions, rule: npt.NDArray[np.int16]) -> pa.Table:
    """As `pairs_table`, whatever the numbers of the contacts."""
    order = np.lexsort((b, a))
    a, b, bit = a[order], b[order], np.int64(1) << rule[order].astype(np.int64)
    starts = np.flatnonzero(_starts(a) | _starts(b))
    return table(schemas.PAIRS, a[starts], b[starts], np.bitwise_or.reduceat(bit, starts))


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
            fresh = _starts(contact) | _starts(part)
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
