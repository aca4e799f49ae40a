"""Rows of a file that Postgres can hold, and those that it can't."""

from __future__ import annotations

import pyarrow

from dedupe.arrays.untyped import Array, pc
from dedupe.fetchers.limits import LARGEST, LONGEST_ID, fault_of, fault_of_id
from dedupe.storage.sync_runs import QuarantineEntry


def storable(raw: pyarrow.Table, before: int = 0) -> tuple[Array, list[QuarantineEntry]]:
    """Which rows are within our limits, and the others with the reason.

    `before`: how many of the file's good rows stand before these; `row` in a place counts them too.
    """
    ids, payloads = raw["external_id"].combine_chunks(), raw["payload"].combine_chunks()
    # Only what these two can't settle is looked at row by row.
    doubtful = pc.or_(
        pc.or_(pc.greater(pc.binary_length(ids), LONGEST_ID), pc.match_substring(ids, "\0")),
        pc.greater(pc.utf8_length(payloads), LARGEST),
    )
    aside = []
    for at in pc.indices_nonzero(doubtful).to_pylist():
        payload = payloads[at].as_py()
        fault = fault_of_id(ids[at].as_py()) or fault_of(None, payload)
        assert fault is not None
        aside.append(QuarantineEntry(f"row {before + at + 1}", fault, payload.encode()))
    return pc.invert(doubtful), aside
