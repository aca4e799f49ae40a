"""Candidate pairs of the rows that joins give, one for each rule: each pair once, with all of its rules.

A row becomes one number, which sorts quickly. The numbers are the largest column of a run: of many rows they
wait on disk by ranges of left contacts, and one range at a time is sorted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from tempfile import TemporaryFile

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedupe import schemas
from dedupe.arrays.mapped import mapped, room_for
from dedupe.arrays.numpy_columns import table
from dedupe.matching.blocking.shared_keys import starts
from dedupe.matching.features.encoding import Positions

ROWS_AT_ONCE = 1 << 25
"""Rows that are sorted at once: 256 MB of numbers, and twice that beside them (chosen)."""
_CONTACT_BITS, _RULE_BITS = 29, 6
Codes = npt.NDArray[np.uint64]


def pairs_table(joined: pa.Table, at_once: int = ROWS_AT_ONCE) -> pa.Table:
    """PAIRS of the rows of `candidate_pairs.PAIRS_SQL`, sorted: each pair once, with all of its rules; those
    of more than `at_once` rows on disk. Raises ConfigurationError where that is full."""
    if (pc.max(joined.column("b")).as_py() or 0) >= 1 << _CONTACT_BITS:
        a, b, rule = (joined.column(name).to_numpy() for name in ("a", "b", "rule"))
        return _pairs_of_many(a.astype(np.int64), b.astype(np.int64), rule)
    if len(joined) > at_once:
        return pa.concat_tables(mapped(_pairs(code)) for code in _in_ranges(joined, at_once))
    return _pairs(_codes(joined))


def _pairs(code: Codes) -> pa.Table:
    """The pairs of codes, which are sorted and taken apart in place."""
    code.sort()
    bit = np.int64(1) << (code & np.uint64((1 << _RULE_BITS) - 1)).view(np.int64)
    code >>= np.uint64(_RULE_BITS)
    fresh = np.flatnonzero(starts(code))
    rules = np.bitwise_or.reduceat(bit, fresh) if len(fresh) else bit
    del bit
    pair = code[fresh].view(np.int64)
    left, right = pair >> _CONTACT_BITS, pair & ((1 << _CONTACT_BITS) - 1)
    return table(schemas.PAIRS, left, right, rules)


def _codes(joined: pa.Table) -> Codes:
    """Both contacts and the rule of each row as one number, made batch by batch."""
    code, start = np.empty(len(joined), dtype=np.uint64), 0
    for batch in joined.select(["a", "b", "rule"]).to_batches():
        code[start : start + len(batch)] = _codes_of(batch)
        start += len(batch)
    return code


def _codes_of(batch: pa.RecordBatch) -> Codes:
    a, b, rule = (column.to_numpy().astype(np.uint64) for column in batch.columns)
    a <<= np.uint64(_CONTACT_BITS)
    a |= b
    a <<= np.uint64(_RULE_BITS)
    a |= rule
    return a


def _in_ranges(joined: pa.Table, at_once: int) -> Iterator[Codes]:
    """The codes of all rows, those of a range of left contacts together, in the order of the ranges."""
    bounds = _bounds(joined, at_once)
    with ExitStack() as stack, room_for(8 * len(joined)):
        files = [stack.enter_context(TemporaryFile(prefix="contact-dedupe-")) for _ in range(len(bounds) + 1)]
        for batch in joined.select(["a", "b", "rule"]).to_batches():
            code = _codes_of(batch)
            part = np.searchsorted(bounds, code, side="right")
            for number in np.unique(part):
                code[part == number].tofile(files[number])
        for file in files:
            file.seek(0)
            yield np.fromfile(file, np.uint64)
            file.truncate(0)


def _bounds(joined: pa.Table, at_once: int) -> Codes:
    """Codes at which ranges of about so many rows begin but the first, by a sample of the rows' contacts."""
    every = max(1, len(joined) // _SAMPLED)
    sample = np.sort(
        np.concatenate([column.to_numpy()[::every] for column in joined.column("a").chunks])
    ).astype(np.uint64)
    ranges = -(-2 * len(joined) // at_once)
    at = sample[np.arange(1, ranges) * len(sample) // ranges]
    return np.unique(at) << np.uint64(_CONTACT_BITS + _RULE_BITS)


_SAMPLED = 1 << 20


def _pairs_of_many(a: Positions, b: Positions, rule: npt.NDArray[np.int16]) -> pa.Table:
    """As `pairs_table`, whatever the numbers of the contacts."""
    order = np.lexsort((b, a))
    a, b, bit = a[order], b[order], np.int64(1) << rule[order].astype(np.int64)
    fresh = np.flatnonzero(starts(a) | starts(b))
    return table(schemas.PAIRS, a[fresh], b[fresh], np.bitwise_or.reduceat(bit, fresh))
