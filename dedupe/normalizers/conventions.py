"""A file's conventions for ambiguous values, learned from all its values; configured ones take precedence.

    with_conventions(given, settings) -> settings with its sources' date order and spelling of numbers

For files that are read whole. A night normalizes contacts one by one, so its sources are configured.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from dedupe.arrays.distinct_values import combined, explode
from dedupe.arrays.untyped import Array, Table, pa, pc
from dedupe.normalizers.birth_dates import date_order
from dedupe.normalizers.phones.batch.parsing import parse_numbers
from dedupe.normalizers.phones.missing_plus import bare, with_plus
from dedupe.normalizers.settings import DateOrder, NormalizeSettings

_TELLING, _NEARLY_ALL = 20, 0.9
"""Chosen: so many numbers without a plus, such a share of them international, tell how a source writes."""
_SAMPLE = 5_000  # values of a file that are looked at (chosen)


def with_conventions(given: Table, settings: NormalizeSettings) -> NormalizeSettings:
    """The settings with the conventions that the values of a table of schema GIVEN show, where none is
    configured."""
    orders: dict[str, DateOrder | None] = dict(settings.date_order)
    international = set(settings.international_without_plus)
    for source in pc.unique(combined(given["source"])).to_pylist():
        rows = given.filter(pc.equal(given["source"], source))
        if source not in orders:
            orders[source] = date_order(_texts(combined(rows["birth"])))
        _, phones = explode(rows["phones"])
        if writes_international(combined(pc.struct_field(phones, "given"))):
            international.add(source)
    return replace(settings, date_order=orders, international_without_plus=frozenset(international))


def _texts(column: Array) -> Iterable[str]:
    return (text for text in pc.unique(column).to_pylist() if text)


def writes_international(texts: Array) -> bool:
    """Whether nearly all numbers without a plus begin with their calling code."""
    plain = pc.drop_null(pc.unique(pc.utf8_trim_whitespace(texts)))
    plain = plain.filter(pc.match_substring_regex(plain, r"^[0-9(][0-9 ().\-/]{6,24}$"))
    plain = plain.take(pc.sort_indices(plain))
    sample = plain.take(pa.array(np.arange(0, len(plain), len(plain) // _SAMPLE + 1)))
    if len(sample) < _TELLING:
        return False
    written = sample.filter(pa.array(bare(sample)))
    found, back = parse_numbers(with_plus(written), pa.repeat("", len(written)))
    valid = int(pc.is_valid(found["value"]).to_numpy()[back].sum())
    return valid >= _NEARLY_ALL * len(sample)
