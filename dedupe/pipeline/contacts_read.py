"""The contacts that an incremental run looks at, as they are matched; those that it asks for again are read
once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import pyarrow as pa

from dedupe.arrays.numpy_columns import texts
from dedupe.golden.judged_values import JudgedValue, judged
from dedupe.matching.features.build import Features, build_features
from dedupe.storage import contacts as contact_store
from dedupe.storage import match_index
from dedupe.storage.contacts import LiveContacts
from dedupe.storage.database import Connection


@dataclass(frozen=True)
class LoadedContacts:
    """Live contacts as they are matched."""

    live: LiveContacts
    features: Features

    @property
    def seeds(self) -> list[str]:
        return texts(self.live.keys["id"])

    def named(self, keys: pa.Table) -> pa.Table:
        """HELD of keys by contact number."""
        ids = self.live.keys["id"].take(keys["contact"])
        return pa.table([keys["key"], ids], schema=match_index.HELD)


class ContactsRead:
    """Reads live contacts of one snapshot, with values as people judged them."""

    def __init__(self, connection: Connection, judgements: Sequence[JudgedValue], staff: bool) -> None:
        self._connection, self._judgements, self._staff = connection, judgements, staff
        self._asked, self._kept = set[str](), list[LiveContacts]()

    def load(self, ids: Collection[str], *, keep: bool = False) -> LoadedContacts:
        """Those of these that are live, in the order of all; `keep`: they will be asked for again."""
        found = self._read(ids, keep)
        seeds = found.keys["id"].combine_chunks()
        contacts = judged(found.table, self._judgements, seeds)
        return LoadedContacts(found, build_features(contacts, self._staff))

    def _read(self, ids: Collection[str], keep: bool) -> LiveContacts:
        missing = set(ids) - self._asked
        parts = [*self._kept]
        if missing or not parts:
            parts.append(contact_store.live(self._connection, sorted(missing)))
        alone = missing and len(missing) == len(ids)
        found = parts[-1] if alone else contact_store.chosen(parts, list(ids))
        if keep and missing:
            self._asked |= missing
            self._kept = parts
        return found
