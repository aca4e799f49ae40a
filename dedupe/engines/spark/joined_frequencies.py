"""Term frequencies too large for a node: each contact comes with those of its own values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from dedupe.matching.asked_terms import FACTS, brought_frequencies
from dedupe.matching.features.build import Features
from dedupe.matching.term_frequencies import TermFrequencies

COUNTS = "counts"
"""The column of a contact's own term frequencies: a list of fact, key and times."""


class JoinedFrequencies:
    """Term frequencies that don't travel; what travels is how many values each table has."""

    def __init__(self, value: TermFrequencies) -> None:
        self._value = value

    @property
    def value(self) -> TermFrequencies:
        return self._value

    def __reduce__(self) -> tuple[object, tuple[int, dict[str, int]]]:
        totals = {name: self._value.tables[name].total for name in FACTS}
        return BroughtFrequencies, (self._value.contacts, totals)


class BroughtFrequencies:
    """The same at a worker: those of the contacts that work is about at this moment."""

    def __init__(self, contacts: int, totals: Mapping[str, int]) -> None:
        self._contacts, self._totals = contacts, totals

    @property
    def value(self) -> TermFrequencies:
        features, brought = _at_work[-1]
        return brought_frequencies(features, brought, self._contacts, self._totals)


_at_work: list[tuple[Features, pa.Table]] = []


@contextmanager
def brought(features: Features, contacts: pa.Table) -> Iterator[None]:
    """Work in this block is about `contacts`, which come with their term frequencies where they have the
    column `COUNTS`."""
    if COUNTS not in contacts.column_names:
        yield
        return
    lists: Any = contacts.column(COUNTS).combine_chunks()
    rows = pa.Table.from_arrays(lists.flatten().flatten(), names=["fact", "key", "times"])
    _at_work.append((features, rows))
    try:
        yield
    finally:
        _at_work.pop()
