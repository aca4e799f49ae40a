"""Normalized contacts as they are stored: their JSON, and the hash of what identifies each, by columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow
from numpy.typing import NDArray

from dedupe.arrays.distinct_values import combined, explode, regroup
from dedupe.arrays.hashing import sha256
from dedupe.arrays.json_texts import PLAIN, json_objects, json_texts, quoted
from dedupe.arrays.untyped import Array, pa, pc
from dedupe.schemas import CONTACTS

_BIRTH = ("ambiguous", "day", "month", "year")
"""Of a birth date what identifies: marks that came later would make every contact another."""
_IDENTITY = {
    "emails": ("value",),
    "identifiers": ("value",),
    "names": ("value", "given_name", "middle_name", "family_name", "suffix"),
    "phones": ("value", "extension"),
}
_HASH_SIZE = 16


def content_texts(contacts: pyarrow.Table) -> Array:
    """The JSON of each row of schema CONTACTS, without `contact` and what the schema brings back: nulls and
    empty lists."""
    columns = {name: combined(contacts[name]) for name in CONTACTS.names if name != "contact"}
    return json_objects({name: _there(column) for name, column in columns.items()})


def _there(column: Array) -> Array:
    """Its values as JSON; null where the row has none."""
    there = pc.is_valid(column)
    if pa.types.is_list(column.type):
        there = pc.fill_null(pc.greater(pc.list_value_length(column), 0), False)
    return pc.if_else(there, json_texts(column), pa.scalar(None, pa.string()))


def identity_hashes(contacts: pyarrow.Table) -> Array:
    """A hash of what identifies each contact: its names, emails, phones, identifiers and birth date.

    Decisions keep it for years, so what is hashed is fixed: JSON with sorted keys, a field's values in order.
    """
    birth = combined(contacts["birth"])
    parts = {"birth": _chosen(birth, _BIRTH)}
    for field, names in _IDENTITY.items():
        parts[field] = _values(combined(contacts[field]), names)
    return sha256(json_objects(parts, PLAIN), _HASH_SIZE)


def _chosen(structs: Array, names: Sequence[str]) -> Array:
    fields = [pc.struct_field(structs, name) for name in names]
    chosen = pa.StructArray.from_arrays(fields, names=list(names), mask=pc.is_null(structs))
    return json_texts(chosen, PLAIN)


def _values(lists: Array, names: Sequence[str]) -> Array:
    """Of each contact the values that identify it, each as the text of a list, in order."""
    owners, items = explode(lists)
    texts = _in_order(owners, _identities(items, names))
    joined = pc.binary_join(regroup(owners, quoted(texts, PLAIN), len(lists)), PLAIN.comma)
    return pc.binary_join_element_wise("[", joined, "]", "")


def _identities(items: Array, names: Sequence[str]) -> Array:
    """A value's parts; of a phone whose country nobody tells, its strongest match key behind them."""
    pieces: list[Array] = []
    for name in names:
        pieces += [PLAIN.comma] if pieces else []
        pieces += [json_texts(pc.struct_field(items, name), PLAIN)]
    key = quoted(_strongest(pc.struct_field(items, "keys")), PLAIN)
    lacks = pc.and_(pc.is_null(pc.struct_field(items, "value")), pc.is_valid(key))
    more = pc.if_else(lacks, pc.binary_join_element_wise(PLAIN.comma, key, ""), "")
    return pc.binary_join_element_wise("[", *pieces, pc.fill_null(more, ""), "]", "")


def _strongest(keys: Array) -> Array:
    """The first of each list, null where there is none."""
    lengths = pc.fill_null(pc.list_value_length(keys), 0).to_numpy(zero_copy_only=False)
    firsts = np.cumsum(lengths) - lengths
    return keys.flatten().take(pa.array(firsts, mask=lengths == 0))


def _in_order(owners: NDArray[np.int64], texts: Array) -> Array:
    """The texts of each owner in byte order; owners ascend."""
    several = np.flatnonzero(np.bincount(owners)[owners] > 1) if len(owners) else owners
    if not len(several):
        return texts
    table = pa.table({"owner": owners[several], "text": texts.take(pa.array(several))})
    order = pc.sort_indices(table, sort_keys=[("owner", "ascending"), ("text", "ascending")])
    places = np.arange(len(owners))
    places[several] = several[order.to_numpy()]
    return texts.take(pa.array(places))
