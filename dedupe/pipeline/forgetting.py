"""The match keys of people who are erased, out of the index at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dedupe.arrays.numpy_columns import integers, texts
from dedupe.errors import IndexUnusable
from dedupe.matching.blocking.match_keys import are_contents, are_values, settled_keys
from dedupe.storage import changes, forgotten_keys, match_index, match_index_writing, term_frequencies

Connection = Any  # SQLAlchemy's; this floor hands it on and never looks into it


def forget_keys(connection: Connection, seeds: Sequence[str]) -> int:
    """Take the keys of these contacts out of the index, under the publish lock.

    Who used a value with one of them is judged anew by the next run, which couldn't tell who that was any
    more. An index that can't be read is dropped whole, and the next night is a full one.
    """
    if match_index.state(connection) is None or not seeds:
        return 0
    try:
        changes.note_contacts(connection, _used_with(connection, seeds))
        written = forgotten_keys.forget(connection, seeds)
        match_index_writing.sweep(connection)  # what a night that was killed has left
    except IndexUnusable:
        return forgotten_keys.drop(connection)
    return written


def _used_with(connection: Connection, seeds: Sequence[str]) -> list[str]:
    """The others who use a value, or say the very same, with one of these; and of those who hold a value that
    has grown, one, by whom its holders are counted again."""
    keys = np.unique(integers(match_index.keys_of(connection, seeds)["key"]))
    saved = term_frequencies.counted(connection)
    settled = keys[:0] if saved is None else settled_keys(saved)
    used = keys[(are_values(keys) & ~np.isin(keys, settled)) | are_contents(keys)]
    grown = keys[np.isin(keys, integers(term_frequencies.grown(connection)["key"]))]
    others = match_index.holders(connection, np.union1d(used, grown))
    ids, key = np.array(texts(others["source_contact_id"]), dtype=object), integers(others["key"])
    stay = ~np.isin(ids, np.array(seeds, dtype=object))
    ids, key = ids[stay], key[stay]
    of_grown, first = np.unique(key, return_index=True)
    return sorted({*ids[np.isin(key, used)], *ids[first[np.isin(of_grown, grown)]]})
