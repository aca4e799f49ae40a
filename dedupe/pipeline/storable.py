"""Rows of a file that Postgres can hold, and those that it can't."""

from __future__ import annotations

from collections.abc import Sequence

from dedupe.fetchers.limits import fault_of, fault_of_id
from dedupe.storage.source_contacts import RawContact
from dedupe.storage.sync_runs import QuarantineEntry


def storable(rows: Sequence[RawContact]) -> tuple[list[RawContact], list[QuarantineEntry]]:
    """Those within our limits, and the others with the reason. `row`: which of the file's good rows it is."""
    fit: list[RawContact] = []
    aside: list[QuarantineEntry] = []
    for at, row in enumerate(rows, start=1):
        fault = fault_of_id(row.external_id) or fault_of(None, row.payload)
        if fault is None:
            fit.append(row)
        else:
            aside.append(QuarantineEntry(f"row {at}", fault, row.payload.encode()))
    return fit, aside
