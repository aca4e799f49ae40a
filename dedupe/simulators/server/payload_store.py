"""The storage of a simulator's contacts: JSON in a temporary file, orders and ids in memory."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from array import array
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from typing import Any

from dedupe.simulators.json_bytes import encoded

Payload = dict[str, Any]
Key = tuple[Any, ...]
KeyOf = Callable[[Payload], Key]


class PayloadStore:
    """Contacts by row number. Rows are append-only; an edited contact gets a new row.

    An order is a sorted list of (key, row), built at first use and maintained from then on. Callers take
    `lock` while they read more than one thing.
    """

    def __init__(
        self,
        id_of: Callable[[Payload], str],
        orders: dict[str, KeyOf],
        eager: Sequence[str],
        listed: Callable[[Payload], bool],
    ) -> None:
        """`listed` says which contacts are in the orders; others can be read by id only."""
        self.lock = threading.RLock()
        self._id_of, self._keys, self._listed = id_of, dict(orders), listed
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the store
        self._end = 0
        self._starts, self._sizes = array("q"), array("l")
        self._rows: dict[str, int] = {}
        self._orders: dict[str, list[tuple[Key, int]]] = {name: [] for name in eager}
        self.changes = 0

    def add(self, payload: Payload) -> None:
        """Add a contact while the store is filled; call `settle()` at the end."""
        row = self._write(payload)
        if self._listed(payload):
            for name, entries in self._orders.items():
                entries.append((self._keys[name](payload), row))

    def settle(self) -> None:
        self._file.flush()
        for entries in self._orders.values():
            entries.sort()

    def _write(self, payload: Payload) -> int:
        data = encoded(payload)
        row = len(self._starts)
        self._file.seek(self._end)
        self._file.write(data)
        self._starts.append(self._end)
        self._sizes.append(len(data))
        self._end += len(data)
        self._rows[self._id_of(payload)] = row
        return row

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, external_id: str) -> bool:
        return external_id in self._rows

    def ids(self) -> list[str]:
        with self.lock:
            return list(self._rows)

    def raw(self, row: int) -> bytes:
        return os.pread(self._file.fileno(), self._sizes[row], self._starts[row])

    def payload(self, row: int) -> Payload:
        payload: Payload = json.loads(self.raw(row))
        return payload

    def get(self, external_id: str) -> Payload | None:
        with self.lock:
            row = self._rows.get(external_id)
            return None if row is None else self.payload(row)

    def order(self, name: str, key_of: KeyOf | None = None) -> list[tuple[Key, int]]:
        """The listed contacts as (key, row), sorted. An order that isn't declared needs its `key_of`."""
        if name not in self._orders:
            key_of = self._keys.setdefault(name, key_of) if key_of else self._keys[name]
            payloads = ((self.payload(row), row) for row in self._rows.values())
            self._orders[name] = sorted(
                (key_of(payload), row) for payload, row in payloads if self._listed(payload)
            )
        return self._orders[name]

    def put(self, payload: Payload) -> None:
        """Insert a contact, or replace the one with its id. One that can't be sorted raises and changes
        nothing."""
        with self.lock:
            keys = {name: self._keys[name](payload) for name in self._orders} if self._listed(payload) else {}
            self.remove(self._id_of(payload))
            row = self._write(payload)
            self._file.flush()
            for name, key in keys.items():
                insort(self._orders[name], (key, row))
            self.changes += 1

    def remove(self, external_id: str) -> Payload | None:
        """Remove a contact and give it; None when there is none with that id."""
        with self.lock:
            row = self._rows.pop(external_id, None)
            if row is None:
                return None
            payload = self.payload(row)
            if self._listed(payload):
                for name, entries in self._orders.items():
                    del entries[bisect_left(entries, (self._keys[name](payload), row))]
            self.changes += 1
            return payload

    def close(self) -> None:
        self._file.close()
