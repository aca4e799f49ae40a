"""Term frequencies at the workers: one file a node, which every Python process maps into its memory.

Where they are too large for that each contact comes with its own (`joined_frequencies`).
"""

from __future__ import annotations

import json
import secrets
from functools import cache
from pathlib import Path

import numpy as np
from pyspark import SparkFiles
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f

from dedupe.engines.spark.joined_frequencies import COUNTS
from dedupe.matching.term_frequencies import FrequencyTable, TermFrequencies


class SharedFrequencies:
    """Term frequencies that travel as the name of a file."""

    def __init__(self, value: TermFrequencies, name: str) -> None:
        self._value, self._name = value, name

    @property
    def value(self) -> TermFrequencies:
        return self._value

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return _at_a_worker, (self._name,)


class MappedFrequencies:
    """The same at a worker, read when first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def value(self) -> TermFrequencies:
        return _mapped(self._name)


def size_of(term_frequencies: TermFrequencies) -> int:
    """The bytes of their keys and counts."""
    return sum(table.keys.nbytes + table.counts.nbytes for table in term_frequencies.tables.values())


def shared(spark: SparkSession, term_frequencies: TermFrequencies, folder: Path) -> SharedFrequencies:
    """Bring term frequencies to every node. `folder`: where the driver may write the file."""
    name = f"term-frequencies-{secrets.token_hex(8)}.npy"
    _write(term_frequencies, folder / name)
    spark.addArtifacts(str(folder / name), file=True)
    return SharedFrequencies(term_frequencies, name)


def _at_a_worker(name: str) -> MappedFrequencies:
    return MappedFrequencies(name)


def _write(term_frequencies: TermFrequencies, path: Path) -> None:
    """Keys and counts of all tables one after the other; the header is in the first numbers, as text."""
    tables = sorted(term_frequencies.tables.items())
    listed = [(name, table.total, len(table.keys)) for name, table in tables]
    header = json.dumps([term_frequencies.contacts, listed]).encode()
    header += b" " * (-len(header) % 8)
    numbers = [np.array([len(header) // 8]), np.frombuffer(header, dtype=np.int64)]
    numbers += [column for _, table in tables for column in (table.keys, table.counts)]
    np.save(path, np.concatenate([part.astype(np.int64) for part in numbers]))


@cache
def _mapped(name: str) -> TermFrequencies:
    numbers = np.load(SparkFiles.get(name), mmap_mode="r")
    start = 1 + int(numbers[0])
    contacts, listed = json.loads(numbers[1:start].tobytes())
    tables = {}
    for table, total, size in listed:
        keys, counts = numbers[start : start + size], numbers[start + size : start + 2 * size]
        tables[table] = FrequencyTable(total, keys, counts)
        start += 2 * size
    return TermFrequencies(contacts, tables)


def by_contact(counted: DataFrame) -> DataFrame:
    """contact and `COUNTS`, from rows (contact, fact, key, times)."""
    return counted.groupBy("contact").agg(f.collect_list(f.struct("fact", "key", "times")).alias(COUNTS))
