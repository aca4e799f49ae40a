"""A file's conventions for ambiguous values, learned from all its values; configured ones take precedence.

    with_conventions(given, settings) -> settings with its sources' date order, spelling and usual region of
                                         numbers

For files that are read whole. A night normalizes contacts one by one, so its sources are configured.
"""

from collections import Counter
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
_USUAL = 0.8
"""Chosen: the share of a source's numbers with a country code that are of one region, if that is usual. Where
it is wrong, a number may get a wrong code; its national digits are evidence all the same."""
_SAMPLE = 5_000  # values of a file that are looked at (chosen)


def with_conventions(given: Table, settings: NormalizeSettings) -> NormalizeSettings:
    """The settings with the conventions that the values of a table of schema GIVEN show, where none is
    configured."""
    orders: dict[str, DateOrder | None] = dict(settings.date_order)
    international = set(settings.international_without_plus)
    regions: dict[str, Counter[str]] = {}
    looked_at = given.select(["birth", "phones"])
    for source in pc.unique(given["source"]).to_pylist():
        rows = looked_at.filter(pc.equal(given["source"], source))
        if source not in orders:
            orders[source] = date_order(_texts(combined(rows["birth"])))
        _, phones = explode(rows["phones"])
        texts = pc.unique(pc.utf8_trim_whitespace(pc.struct_field(phones, "given")))
        if writes_international(texts):
            international.add(source)
        regions[source] = regions_told(texts)
    usual = {source: usual_region(told) for source, told in regions.items()}
    return replace(
        settings,
        date_order=orders,
        international_without_plus=frozenset(international),
        usual_in_source={source: region for source, region in usual.items() if region},
        usual_in_file=usual_region(sum(regions.values(), Counter[str]())),
    )


def regions_told(texts: Array) -> Counter[str]:
    """How many numbers that tell their country code are of each region, among distinct ones."""
    plain = pc.drop_null(texts)
    sample = _sampled(plain.filter(pc.match_substring_regex(plain, r"^(?:\+|00)[0-9(]")))
    table, back = parse_numbers(pc.replace_substring_regex(sample, "^00", "+"), pa.repeat("", len(sample)))
    return Counter(pc.drop_null(table["region"].take(pa.array(back))).to_pylist())


def usual_region(told: Counter[str]) -> str | None:
    """The region of nearly all numbers; None where there are few, or of many regions."""
    for region, count in told.most_common(1):
        if told.total() >= _TELLING and count >= _USUAL * told.total():
            return region
    return None


def _sampled(texts: Array) -> Array:
    """Distinct texts, or so many of them, the same whatever their order."""
    ordered = texts.take(pc.sort_indices(texts))
    return ordered.take(pa.array(np.arange(0, len(ordered), len(ordered) // _SAMPLE + 1)))


def _texts(column: Array) -> Iterable[str]:
    return (text for text in pc.unique(column).to_pylist() if text)


def writes_international(texts: Array) -> bool:
    """Whether nearly all numbers without a plus begin with their calling code."""
    plain = pc.drop_null(pc.unique(pc.utf8_trim_whitespace(texts)))
    plain = plain.filter(pc.match_substring_regex(plain, r"^[0-9(][0-9 ().\-/]{6,24}$"))
    sample = _sampled(plain)
    if len(sample) < _TELLING:
        return False
    written = sample.filter(pa.array(bare(sample)))
    found, back = parse_numbers(with_plus(written), pa.repeat("", len(written)))
    valid = int(pc.is_valid(found["value"]).to_numpy()[back].sum())
    return valid >= _NEARLY_ALL * len(sample)
