"""The country of a contact that names none, by the rest of what it says.

    place_regions(place, wanted)       -> by postcode, state and city of schemas.PLACE, where one country
                                          alone fits them
    email_regions(rows, emails, count) -> by the national domain of its email addresses

Postcodes are told by their form (`K1A 0B1` is Canada's) or with their state (`TX 75201`); names of states by
ISO 3166-2, where one country alone has a state of that name; cities by size: nine in ten of those who live in
a city of that name live in that country. Facts that contradict each other tell nothing.
"""

import re
from functools import cache, lru_cache

import numpy as np
import pycountry

from dedupe.arrays.distinct_values import Rows, combined, distinct, distinct_rows
from dedupe.arrays.untyped import Array, pa, pc
from dedupe.normalizers.rules import phrases, rules, words
from dedupe.normalizers.text import clean, fold

_LONGEST = 60  # characters of a postcode or a state worth looking at (chosen)
_SHORTEST_NAME = 4
"""Letters of a state's name that isn't a code (chosen)."""
_SAYS_NOTHING = frozenset({"ours", "placeholder", "noreply", "anothers", "relay", "disposable"})

Countries = frozenset[str]


def place_regions(place: Array, wanted: Array) -> Array:
    """Alpha-2 by row; null where a country is given, nothing tells it, or nobody asks (`wanted`)."""
    asked = pc.and_(wanted, pc.is_null(pc.struct_field(place, "country")))
    rows = np.flatnonzero(asked.to_numpy(zero_copy_only=False))
    fields = [_texts(pc.struct_field(place, name), rows) for name in ("postcode", "region", "city")]
    encoded = [distinct(column) for column in fields]
    first, back = distinct_rows(*(codes for _, codes in encoded))
    told = zip(*(values.take(pa.array(codes[first])).to_pylist() for values, codes in encoded), strict=True)
    found = pa.array([_country(*texts) for texts in told], pa.string())
    at = np.full(len(place), -1)
    at[rows] = back
    return combined(found.take(pa.array(at, mask=at < 0)))


def email_regions(rows: Rows, emails: Array, count: int) -> Array:
    """Alpha-2 of the first address with a national domain, by contact; `rows` are those of the emails."""
    domains, codes = distinct(pc.struct_field(emails, "domain"))
    found = pa.array([domain_region(domain) for domain in domains.to_pylist()], pa.string())
    regions = combined(found.take(pa.array(codes)))
    told = pc.is_valid(regions).to_numpy(zero_copy_only=False) & ~_impersonal(emails)
    owners, first = np.unique(rows[told], return_index=True)
    at = np.full(count, -1)
    at[owners] = np.flatnonzero(told)[first]
    return combined(regions.take(pa.array(at, mask=at < 0)))


@lru_cache(maxsize=65536)
def domain_region(domain: str) -> str | None:
    """The country of a national domain; None for those that are sold to all."""
    *before, end = domain.rsplit(".", 2)
    hints = rules("region_hints")["domains"]
    if end in words(hints["sold_to_all"]) and not (
        len(before) == 2 and before[1] in words(hints["second_levels"])
    ):
        return None
    return _other_domains().get(end) or (end.upper() if end.upper() in _codes() else None)


def _impersonal(emails: Array) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    marks = pc.struct_field(emails, "marks")
    hit = pc.is_in(pc.list_flatten(marks), pa.array(sorted(_SAYS_NOTHING))).to_numpy(zero_copy_only=False)
    found = np.zeros(len(emails), bool)
    found[pc.list_parent_indices(marks).to_numpy(zero_copy_only=False)[hit]] = True
    return found


def _texts(column: Array, rows: Rows) -> Array:
    return pc.utf8_slice_codeunits(pc.fill_null(column.take(pa.array(rows)), ""), 0, _LONGEST)


def _country(postcode: str, state: str, city: str) -> str | None:
    """The only country that fits all that is told; a state's code alone tells nothing."""
    postcode, state = clean(postcode).upper(), clean(state)
    by_state = _of_state(state, postcode)
    told = [one for one in (_of_postcode(postcode), by_state, _cities().get(fold(city))) if one]
    if not told or (told == [by_state] and not postcode and len(state) < _SHORTEST_NAME):
        return None
    fitting = frozenset.intersection(*told)
    return next(iter(fitting)) if len(fitting) == 1 else None


@lru_cache(maxsize=65536)
def _of_postcode(postcode: str) -> Countries:
    found = (countries for pattern, countries in _postcodes() if pattern.fullmatch(postcode))
    return next(found, frozenset())


@lru_cache(maxsize=65536)
def _of_state(state: str, postcode: str) -> Countries:
    """Countries with a state of that name, or of that code where the postcode, if any, is of that state."""
    return _state_names().get(fold(state)) or frozenset(
        country
        for country, states in _states().items()
        if (ranges := states.get(state.upper())) and (not postcode or ranges.fullmatch(postcode))
    )


@cache
def _codes() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


@cache
def _other_domains() -> dict[str, str]:
    listed = rules("region_hints")["domains"]["others"]
    return dict(phrase.split() for phrase in phrases(listed))


@cache
def _postcodes() -> tuple[tuple[re.Pattern[str], Countries], ...]:
    listed = rules("region_hints")["postcodes"].items()
    return tuple((re.compile(pattern), frozenset(countries.split())) for countries, pattern in listed)


@cache
def _states() -> dict[str, dict[str, re.Pattern[str]]]:
    """By country and code of state: the postcodes that it has."""
    found = {}
    for country, listed in rules("region_hints")["states"].items():
        states = (phrase.split() for phrase in phrases(listed["ranges"]))
        form = listed["postcode"]
        found[country] = {code: re.compile(f"(?={'|'.join(starts)}){form}") for code, *starts in states}
    return found


@cache
def _state_names() -> dict[str, Countries]:
    found: dict[str, set[str]] = {}
    for one in pycountry.subdivisions:
        name = fold(one.name)
        if len(name) >= _SHORTEST_NAME:
            found.setdefault(name, set()).add(one.country_code)
    return {name: frozenset(countries) for name, countries in found.items()}


@cache
def _cities() -> dict[str, Countries]:
    listed = rules("cities")["cities"].items()
    return {name: frozenset({country}) for country, text in listed for name in phrases(text)}
