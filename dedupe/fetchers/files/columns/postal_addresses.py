"""One postal address per row where the columns hold several: work beside home, mailing beside other.

Parts of two addresses are never mixed: the street of one with the city of another is nobody's address.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import pyarrow as pa

from dedupe.arrays.untyped import Array, pc
from dedupe.fetchers.fields import PLACE

_FIRST, _LATER, _LAST = (
    {"mailing", "primary"},
    {"other"},
    {"shipping", "ship", "delivery", "recipient", "sa"},
)
_TELLING = ("street", "city", "postcode")


class PostalAddress(NamedTuple):
    """One address as columns. `kind`: the words that distinguish it, none where it is the only one;
    `parts`: PLACE field → cells."""

    kind: tuple[str, ...]
    parts: dict[str, Array]


def addresses(found: Sequence[PostalAddress], rows: int) -> dict[str, Array]:
    """Give a column for each field of PLACE, per row from the first address that has a street, a city or a
    postcode, else from the first that has anything. A country or region without a kind goes with an
    address without one."""
    ordered = _completed(sorted(found, key=lambda address: _rank(address.kind)))
    chosen = {field: pa.nulls(rows, pa.string()) for field in PLACE}
    free = _mask(rows, True)
    for fields in (_TELLING, PLACE):
        for address in ordered:
            filled = [pc.is_valid(address.parts[field]) for field in fields if field in address.parts]
            takes = pc.and_(free, reduce(pc.or_, filled, _mask(rows, False)))
            free = pc.and_(free, pc.invert(takes))
            for field, cells in address.parts.items():
                chosen[field] = pc.if_else(takes, cells, chosen[field])
    for address in ordered:
        for field in ("region", "country"):
            if not address.kind and field in address.parts:
                chosen[field] = pc.coalesce(chosen[field], address.parts[field])
    return chosen


def _completed(ordered: Sequence[PostalAddress]) -> list[PostalAddress]:
    """`Home Street, Home City, Zip`: columns without a kind that another address lacks are a part of it."""
    plain = next((address for address in ordered if not address.kind), None)
    kinds = [address for address in ordered if address.kind]
    if plain is None or not kinds or plain.parts.keys() & kinds[0].parts.keys() & set(_TELLING):
        return list(ordered)
    whole = PostalAddress(kinds[0].kind, {**plain.parts, **kinds[0].parts})
    shared = {field: cells for field, cells in plain.parts.items() if field not in _TELLING}
    return [whole, *kinds[1:], PostalAddress((), shared)]


def _rank(kind: tuple[str, ...]) -> int:
    words = set(kind)
    if words & _LAST:
        return 4
    if words & _LATER:
        return 3
    numbers = [int(word) for word in words if word.isdigit()]
    if numbers and numbers[0] > 1:
        return 2
    return 0 if not words or words & _FIRST else 1


def _mask(rows: int, value: bool) -> Array:
    return pa.repeat(pa.scalar(value), rows)
