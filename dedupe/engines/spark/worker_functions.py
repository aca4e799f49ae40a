"""What runs at the workers: work of the pipeline on batches of Arrow rows, its contacts renumbered.

A function here is sent to a Python process of a worker with the work that it closes over. Rows come with the
contact numbers of the run; work sees the places of the contacts among those whose features it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import numpy as np
import pyarrow as pa

from dedupe import __version__
from dedupe.arrays.numpy_columns import integers, pairs_of
from dedupe.engines.engine import (
    BatchFunction,
    ComponentWork,
    ContactWork,
    Numbers,
    PairWork,
    PartWork,
    ValueWork,
    in_turn,
)
from dedupe.engines.spark.joined_frequencies import brought
from dedupe.errors import ConfigurationError
from dedupe.matching.features.build import build_features

Batches = Iterator[pa.RecordBatch]
CONTACTS_AT_ONCE = 20_000
"""Contacts whose features are in the memory of a Python process, about a kilobyte each (chosen)."""
ROWS_AT_ONCE = 100_000
"""Pairs in the memory of a Python process where no features are asked for (chosen)."""
NUMBERS = ("contact", "left", "right", "cluster")
"""The columns that hold contact numbers."""
_ORDER: list[tuple[str, Literal["ascending", "descending"]]] = [("left", "ascending"), ("right", "ascending")]
BUCKET, TABLE, LEFT_VALUE, RIGHT_VALUE = "bucket", "table_name", "left_value", "right_value"


def of_batches(function: BatchFunction) -> Callable[[Batches], Batches]:
    driver = __version__

    def mapped(batches: Batches) -> Batches:
        refuse_another_release(driver)
        for rows in gathered(batches, ROWS_AT_ONCE):
            yield from function(rows).to_batches()

    return mapped


def of_parts(part: Callable[[int], pa.Table], columns: Sequence[str]) -> Callable[[Batches], Batches]:
    driver = __version__

    def read(batches: Batches) -> Batches:
        refuse_another_release(driver)
        for batch in batches:
            for number in integers(batch.column(0)).tolist():
                yield from part(number).select(columns).to_batches()

    return read


def of_contacts(work: ContactWork, staff: bool) -> Callable[[Batches], Batches]:
    driver = __version__

    def mapped(batches: Batches) -> Batches:
        refuse_another_release(driver)
        for contacts in gathered(batches, CONTACTS_AT_ONCE):
            contacts = contacts.sort_by("contact")
            numbers = integers(contacts.column("contact"))
            here = np.arange(len(numbers), dtype=np.int64)
            yield from numbered_back(
                work(build_features(contacts, staff), here, in_turn), numbers
            ).to_batches()

    return mapped


def of_pairs(work: PairWork, staff: bool) -> Callable[[pa.Table, pa.Table], pa.Table]:
    driver = __version__

    def judged(rows: pa.Table, contacts: pa.Table) -> pa.Table:
        refuse_another_release(driver)
        contacts = contacts.sort_by("contact")
        numbers = integers(contacts.column("contact"))
        here, features = (
            numbered_from_0(rows.drop_columns([BUCKET]), numbers),
            build_features(contacts, staff),
        )
        with brought(features, contacts):
            return numbered_back(work(features, here), numbers)

    return judged


def of_values(work: ValueWork) -> Callable[[Batches], Batches]:
    driver = __version__

    def mapped(batches: Batches) -> Batches:
        refuse_another_release(driver)
        for rows in gathered(batches, ROWS_AT_ONCE):
            left, right = (integers(rows.column(name)) for name in (LEFT_VALUE, RIGHT_VALUE))
            yield from work(rows.drop_columns([LEFT_VALUE, RIGHT_VALUE]), left, right).to_batches()

    return mapped


def of_components(
    work: ComponentWork, staff: bool, names: tuple[str, ...]
) -> Callable[[pa.Table, pa.Table], pa.Table]:
    driver = __version__

    def resolved(rows: pa.Table, contacts: pa.Table) -> pa.Table:
        refuse_another_release(driver)
        contacts = contacts.sort_by("contact")
        numbers = integers(contacts.column("contact"))
        tables, features = tables_of(numbered_from_0(rows, numbers), names), build_features(contacts, staff)
        with brought(features, contacts):
            return numbered_back(work(features, tables, in_turn), numbers)

    return resolved


def of_large_components(parts: PartWork, names: tuple[str, ...]) -> Callable[[pa.Table], pa.Table]:
    driver = __version__

    def parted(rows: pa.Table) -> pa.Table:
        refuse_another_release(driver)
        numbers = np.unique(np.concatenate(pairs_of(rows)))
        part = parts(len(numbers), tables_of(numbered_from_0(rows, numbers), names))
        return pa.table({"contact": pa.array(numbers), "label": pa.array(numbers[part])})

    return parted


def refuse_another_release(driver: str) -> None:
    """Raise ConfigurationError where this worker has another release of the distribution than the driver,
    which could give another answer."""
    if driver != __version__:
        raise ConfigurationError(
            f"Spark's workers have contact-dedupe {__version__}, and here is {driver}: install the same one "
            "into their Python"
        )


def tables_of(rows: pa.Table, names: tuple[str, ...]) -> dict[str, pa.Table]:
    """The tables that were sent in one, each sorted, so that nothing depends on the way that they took."""
    place = integers(rows.column(TABLE))
    pairs = rows.select(["left", "right", "weight"])
    return {name: pairs.filter(pa.array(place == at)).sort_by(_ORDER) for at, name in enumerate(names)}


def numbered_from_0(rows: pa.Table, numbers: Numbers) -> pa.Table:
    """Contact numbers of the run made places among rising `numbers`."""
    return _renumbered(rows, lambda column: np.searchsorted(numbers, column))


def numbered_back(rows: pa.Table, numbers: Numbers) -> pa.Table:
    return _renumbered(rows, lambda column: numbers[column])


def _renumbered(rows: pa.Table, number: Callable[[Numbers], Numbers]) -> pa.Table:
    for name in NUMBERS:
        if name in rows.column_names:
            at = rows.schema.get_field_index(name)
            column = pa.array(number(integers(rows.column(name))).astype(np.int64))
            rows = rows.set_column(at, name, column)
    return rows


def gathered(batches: Batches, most: int) -> Iterator[pa.Table]:
    """Batches put together to tables of about so many rows at most."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        if waiting and sum(map(len, waiting)) + len(batch) > most:
            yield pa.Table.from_batches(waiting)
            waiting = []
        waiting.append(batch)
    if waiting:
        yield pa.Table.from_batches(waiting)
