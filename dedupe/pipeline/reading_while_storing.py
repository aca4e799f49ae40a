"""Contacts of a file read and normalized by a thread of their own, while more of the file is stored.

A file's rows are read already when they are stored; so each is normalized once, and goes into storage in the
transaction that stores its payload. What can't be normalized is left to `reading.read_changed`, which tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from dedupe.fetchers.given import Cleaned
from dedupe.normalizers.contacts import NormalizeSettings, normalize, version
from dedupe.pipeline.bisection import halving
from dedupe.pipeline.reading import count_read, file_reader_version
from dedupe.pipeline.source_report import SourceReport
from dedupe.storage import contacts
from dedupe.storage.raw_tables import Taken

Connection = Any  # SQLAlchemy's; this floor hands it on and never looks into it
Rows = tuple[pa.Table, pa.Table]  # normalized contacts, and the rows that are stored of them


@dataclass
class ReadingWhileStoring:
    """Reads what one transaction stores of a file's source."""

    connection: Connection
    settings: NormalizeSettings
    mapping: Mapping[str, str]
    report: SourceReport
    all_new: bool  # as for `raw_tables.store`
    _thread: ThreadPoolExecutor
    _waiting: list[tuple[Future[list[Rows]], bool, Sequence[Cleaned]]] = field(default_factory=list)

    def add(self, given: pa.Table, taken: Taken, cleaned: Sequence[Cleaned]) -> None:
        """Normalize what was just stored, and store what was normalized meanwhile. `given`: row for row what
        was taken."""
        if not len(taken.current):
            return
        chosen = given.take(taken.current["row"])
        ids = set(taken.current["external_id"].to_pylist()) if cleaned else set()
        own = [one for one in cleaned if one.external_id in ids]
        self._waiting.append((self._thread.submit(self._rows, chosen, taken.current), taken.first, own))
        self._store_all_but(1)

    def finish(self) -> None:
        """Store what was handed over."""
        self._store_all_but(0)

    def _store_all_but(self, waiting: int) -> None:
        while len(self._waiting) > waiting:
            work, first, cleaned = self._waiting.pop(0)
            for normalized, rows in work.result():
                if first:
                    contacts.add(self.connection, rows, first=self.all_new)
                else:
                    contacts.replace(self.connection, rows)
                count_read(self.report, cleaned, normalized)
                cleaned = ()

    def _rows(self, given: pa.Table, keys: pa.Table) -> list[Rows]:
        versions = file_reader_version(self.mapping), version(self.settings)

        def work(places: Sequence[int]) -> Rows:
            some = given.slice(places[0], len(places))
            normalized = normalize(some, self.settings)
            return normalized, contacts.rows_of(normalized, keys, *versions)

        return list(halving(range(len(given)), work, _left_for_later))


def _left_for_later(_row: int, _error: Exception) -> None:
    """It stays as it was read the last time, and `read_changed` meets it again and tells."""


@contextmanager
def reading_while_storing(
    connection: Connection,
    settings: NormalizeSettings,
    mapping: Mapping[str, str],
    report: SourceReport,
    *,
    all_new: bool = False,
) -> Iterator[ReadingWhileStoring]:
    """Within the transaction that stores; at the end of the block all is stored."""
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as thread:
        reading = ReadingWhileStoring(connection, settings, mapping, report, all_new, thread)
        yield reading
        reading.finish()
