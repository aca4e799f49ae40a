"""Phones: given texts and the regions they may be from → E.164, match keys, marks, or the reason why not.

Fields of `schemas.PHONE`:

- `given`: the part of the field that holds this number, as written (`…78/9` is written out as two numbers).
- `value`: E.164 (`+4930123456`) as phonenumbers has it; null where the number is valid in some country, but
  no hint tells in which (an open number: kept as given, and compared by its national digits).
- `extension`; `type` in phonenumbers' words, lower case; `region` ISO 3166 alpha-2 or `001`.
- `region_from`: `number` (it told its country code), else the hint that made it valid: `country` (of the
  contact), `place` (its country by postcode, state and city), `other_number` (of the contact), `email` (the
  national domain of its address), `source` (its default), `language` (or time zone), `usual_in_source` (the
  region of nearly all of its source's numbers with a country code), `usual_in_file`. Only the first is a
  statement; the others are guesses, ever weaker.
- `keys`:
  `keys[0]` the number after plan moves, `+digits`;
  then `sub:` and the last seven digits, to find candidates (a lost or wrong prefix, a mobile's extra digit);
  then, if there is an extension, the number with `x` and the extension;
  then, of digits that may be two numbers (`missing_plus`), `or:` and the less likely one;
  then `nat:` and the national digits (`national`). Of an open number these come first, and there is no other
  key but `sub:`.
  Empty for marks `ours` and `placeholder`: these are never match keys.
- `marks`: `ours`, `placeholder`, `moved` (given in an old numbering plan; the value is the number of today),
  `spreadsheet` (`1.6502530000E+10` and `16502530000.0` read as the digits they stand for; where digits are
  missing it is rejected), and `repaired` with the way it was done: `trunk_zero_dropped` (the `(0)`),
  `extension_read` (a word for it that phonenumbers doesn't know), `label_cut` (words around the number),
  `prefix_read` (`00` or `011` where the region dials otherwise, `+00`), `plus_added`, `zero_restored` (a
  leading zero that a spreadsheet dropped). The last two are guesses; so is `plus_added` where digits may be a
  number of their country as well, and the international one is likelier.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dedupe.arrays.distinct_values import Rows, columns_of, combined, distinct, lists_of, text_where
from dedupe.arrays.untyped import Array, Table, pa, pc
from dedupe.normalizers.phones.batch.parsing import parse_numbers
from dedupe.normalizers.phones.cleaning import repairs
from dedupe.normalizers.phones.missing_plus import (
    NumberReading,
    bare,
    doubtful,
    rather_international,
    rather_of_north_america,
    with_plus,
)
from dedupe.normalizers.phones.parsing import NUMBER_KINDS, REGIONS, Number, moved, moves_pattern

Mask = npt.NDArray[np.bool_]
_MORE = r"[^0-9+ ().\-]"  # than digits and what stands between them
_WORDED = r"^(?:[^0-9\pL]*[0-9]){7}[^\pL]*\pL(?:[^\pL]*\pL){2}"
_OF_THE_PLACE = ("country", "place")
"""Origins that are trusted more than the contact's other numbers; they come first."""
_REPAIRS = (
    "trunk_zero_dropped",
    "extension_read",
    "label_cut",
    "prefix_read",
    "plus_added",
    "zero_restored",
)


@dataclass(frozen=True)
class Hints:
    """The regions that numbers may be from: a column for each origin, the most trusted first."""

    regions: Sequence[tuple[str, Array]]
    channel: Mask  # the number came with a message: digits alone are a WhatsApp id
    international: Mask  # its source writes international numbers without their plus


@dataclass
class _Reading:
    """The state of each number so far: `chosen` is an index into `tables`, −1 while it isn't valid."""

    chosen: Rows
    failed: Rows  # the first attempt, for its reason
    supposed: npt.NDArray[np.object_]  # where the first attempt took the country from
    origin: npt.NDArray[np.object_]
    repair: Rows  # place in _REPAIRS, −1 for none
    moved: Mask
    other: npt.NDArray[np.object_]  # the less likely reading of bare digits, E.164
    tables: list[Table] = field(default_factory=list)
    length: int = 0

    @classmethod
    def of(cls, count: int) -> "_Reading":
        none, nothing = np.full(count, -1), np.full(count, None, object)
        nowhere = np.zeros(count, bool)
        return cls(none.copy(), none.copy(), nothing.copy(), nothing, none.copy(), nowhere, nothing.copy())

    def take_in(self, places: Rows, found: Table, back: Rows, origin: Array, moved: bool = False) -> Rows:
        """`found[back]` are the readings of `places`; the ones that were valid."""
        valid = pc.is_valid(found["value"]).to_numpy()[back]
        hit: Rows = places[valid]
        self.chosen[hit] = back[valid] + self.length
        stated = pc.fill_null(found["stated"], False).to_numpy()[back] & (not moved)
        stated_by = np.where(stated, "number", origin.to_numpy(zero_copy_only=False))
        self.origin[hit] = stated_by[valid]
        missed = np.flatnonzero(~valid & (self.failed[places] < 0))
        self.failed[places[missed]] = back[missed] + self.length
        self.supposed[places[missed]] = stated_by[missed]
        self.tables.append(found)
        self.length += len(found)
        return hit


def read_numbers(rows: Rows, texts: Array, hints: Hints) -> Table:
    """Numbers with their contact's row → NUMBER_KINDS with `region_from`, `marks` and `other`, row by row."""
    count = len(texts)
    reading = _Reading.of(count)
    nowhere, number = pa.repeat("", count), pa.repeat("number", count)
    _attempt(reading, pc.match_substring(texts, "+").to_numpy(False), texts, nowhere, number)
    written = _whatsapp_ids(texts, hints.channel) | (bare(texts) & hints.international)
    _attempt(reading, written, with_plus(texts), nowhere, number)
    known = _known_regions(hints.regions, _region_of_others(reading, rows))
    for origin, regions in known:
        wanted = pc.not_equal(regions, "").to_numpy(False)
        _attempt(reading, wanted, texts, regions, pa.repeat(origin, count))
    _attempt(reading, reading.failed < 0, texts, nowhere, number)
    _refuse_words(reading, texts)
    _move(reading, np.flatnonzero(reading.chosen < 0), reading.failed, reading.supposed)
    _repair(reading, texts, *_first_known(known, count))
    others = _supported(_region_of_others(reading, rows))  # of which some were read by a repair
    wanted = pc.not_equal(others, "").to_numpy(False)
    _attempt(reading, wanted, texts, others, pa.repeat("other_number", count))
    _weigh_bare(reading, texts)
    return _outcome(reading)


def _known_regions(regions: Sequence[tuple[str, Array]], other: Array) -> list[tuple[str, Array]]:
    own = [pair for pair in regions if pair[0] in _OF_THE_PLACE]
    columns = [*own, ("other_number", other), *regions[len(own) :]]
    return [(name, _supported(column)) for name, column in columns]


def _supported(regions: Array) -> Array:
    return pc.if_else(pc.is_in(regions, pa.array(sorted(REGIONS))), regions, "")


def _first_known(known: Sequence[tuple[str, Array]], count: int) -> tuple[Array, Array]:
    """The most trusted region of each number ("" if none), and its origin."""
    regions = [pc.if_else(pc.equal(column, ""), None, column) for _, column in known]
    origins = [
        pc.if_else(pc.is_valid(column), name, None) for (name, _), column in zip(known, regions, strict=True)
    ]
    return pc.coalesce(*regions, pa.repeat("", count)), pc.coalesce(*origins, pa.repeat("number", count))


def _whatsapp_ids(texts: Array, channel: Mask) -> Mask:
    plain: Mask = pc.match_substring_regex(texts, r"^[1-9]\d{7,14}$").to_numpy(False)
    return plain & channel


def _region_of_others(reading: _Reading, rows: Rows) -> Array:
    """For each number the region of the first of its contact's numbers that has a calling code."""
    read = np.flatnonzero(reading.chosen >= 0)
    found = pa.concat_tables(reading.tables)["region"].take(pa.array(reading.chosen[read]))
    owners, first = np.unique(rows[read], return_index=True)
    owned = pc.index_in(pa.array(rows), pa.array(owners))
    return pc.fill_null(combined(found.take(pa.array(first))).take(owned), "")


def _attempt(reading: _Reading, wanted: Mask, texts: Array, regions: Array, origin: Array) -> None:
    """Parse the numbers still unresolved among the wanted ones, each distinct (text, region) once."""
    _try(reading, np.flatnonzero(wanted & (reading.chosen < 0)), texts, regions, origin)


def _try(reading: _Reading, places: Rows, texts: Array, regions: Array, origin: Array) -> Rows:
    """`texts`, `regions` and `origin` of all numbers; the places that were valid."""
    if not len(places) and reading.tables:
        return places
    at = pa.array(places)
    found, back = parse_numbers(texts.take(at), regions.take(at))
    return reading.take_in(places, found, back, origin.take(at))


def _refuse_words(reading: _Reading, texts: Array) -> None:
    """Reject numbers with words after them, which phonenumbers would dial (`030 901820 ab 18 Uhr`)."""
    if not pc.any(pc.match_substring_regex(texts, _MORE)).as_py():
        return  # no letter; to compile what is one takes as long as many rows
    worded = pc.match_substring_regex(texts, _WORDED).to_numpy(False) & (reading.chosen >= 0)
    if not worded.any():
        return
    places = np.flatnonzero(worded)
    found = pa.concat_tables(reading.tables).take(pa.array(reading.chosen[places]))
    parsed = zip(found["value"].to_pylist(), found["extension"].to_pylist(), strict=True)
    written = [re.sub(r"\D", "", text) for text in texts.take(pa.array(places)).to_pylist()]
    spelled = [
        not extension and value[-7:] not in text
        for (value, extension), text in zip(parsed, written, strict=True)
    ]
    places = places[np.array(spelled, bool)]
    reading.chosen[places], reading.failed[places] = -1, reading.length
    reading.supposed[places] = reading.origin[places]
    reading.tables.append(columns_of(NUMBER_KINDS, [Number(reason="not a number")]))
    reading.length += 1


def _move(reading: _Reading, places: Rows, tried: Rows, origins: npt.NDArray[np.object_]) -> None:
    """Convert old numbers of plans that have changed; `tried` is the reading of each number that wasn't
    valid."""
    places = places[tried[places] >= 0]
    dialled = combined(pa.concat_tables(reading.tables)["dialled"].take(pa.array(tried[places])))
    old = pc.fill_null(pc.match_substring_regex(dialled, moves_pattern(valid=False)), False).to_numpy(False)
    values, codes = distinct(dialled.filter(pa.array(old)))
    today = pa.array([moved(value) for value in values.to_pylist()], pa.string()).take(pa.array(codes))
    known = pc.is_valid(today).to_numpy(zero_copy_only=False)
    places = places[old][known]
    found, back = parse_numbers(today.filter(pa.array(known)), pa.repeat("", len(places)))
    origin = pa.array(origins[places], pa.string())
    reading.moved[reading.take_in(places, found, back, origin, moved=True)] = True


def _repair(reading: _Reading, texts: Array, regions: Array, origin: Array) -> None:
    """Parse repaired texts of invalid numbers, in the order of _REPAIRS."""
    places = np.flatnonzero(reading.chosen < 0)
    if not len(places):
        return
    values, codes = distinct(texts.take(pa.array(places)))
    others = [repairs(text) for text in values.to_pylist()]
    origins = origin.to_numpy(zero_copy_only=False)
    nowhere = pc.equal(regions.take(pa.array(places)), "").to_numpy(zero_copy_only=False)
    for index, name in enumerate(_REPAIRS):
        other = pa.array([found.get(name) for found in others], pa.string()).take(pa.array(codes))
        wanted = (reading.chosen[places] < 0) & pc.is_valid(other).to_numpy(zero_copy_only=False)
        if name == "plus_added":
            wanted &= ~(nowhere & rather_of_north_america(texts.take(pa.array(places))))
        chosen = places[wanted]
        if not len(chosen):
            continue
        found, back = parse_numbers(other.filter(pa.array(wanted)), regions.take(pa.array(chosen)))
        tried = np.full(len(texts), -1)
        tried[chosen] = back + reading.length
        reading.take_in(chosen, found, back, origin.take(pa.array(chosen)))
        _move(reading, chosen[reading.chosen[chosen] < 0], tried, origins)
        reading.repair[chosen[reading.chosen[chosen] >= 0]] = index


def _weigh_bare(reading: _Reading, texts: Array) -> None:
    """Choose between the national and the international reading of bare digits."""
    places = np.flatnonzero((reading.chosen >= 0) & (reading.origin != "number") & bare(texts))
    if not len(places):
        return
    tables = pa.concat_tables(reading.tables).select(list(NumberReading._fields))
    national = tables.take(pa.array(reading.chosen[places])).combine_chunks()
    open_ = doubtful(texts.take(pa.array(places)), national)
    places, national = places[open_], national.filter(pa.array(open_))
    found, back = parse_numbers(with_plus(texts.take(pa.array(places))), pa.repeat("", len(places)))
    international = found.take(pa.array(back)).combine_chunks()
    two = pc.not_equal(national["value"], international["value"])
    two = pc.fill_null(two, False).to_numpy(zero_copy_only=False)
    places, back = places[two], back[two]
    here, there = (table.filter(pa.array(two)) for table in (national, international))
    wins = rather_international(_readings(here), _readings(there))
    reading.other[places] = np.where(wins, here["value"].to_pylist(), there["value"].to_pylist())
    won = places[wins]
    reading.chosen[won], reading.origin[won] = back[wins] + reading.length, "number"
    reading.repair[won] = _REPAIRS.index("plus_added")
    reading.moved[won] = False
    reading.tables.append(found)
    reading.length += len(found)


def _readings(numbers: Table) -> list[NumberReading]:
    columns = (numbers[name].to_pylist() for name in NumberReading._fields)
    return [NumberReading(*row) for row in zip(*columns, strict=True)]


def _outcome(reading: _Reading) -> Table:
    best = np.where(reading.chosen >= 0, reading.chosen, reading.failed)
    table = pa.concat_tables(reading.tables).take(pa.array(best)).combine_chunks()
    table = table.append_column("region_from", pa.array(reading.origin, pa.string()))
    repaired = reading.repair >= 0
    way = pa.array(_REPAIRS).take(pa.array(reading.repair, mask=~repaired))
    marks = [text_where(reading.moved, "moved"), text_where(repaired, "repaired"), way]
    table = table.append_column("marks", lists_of(marks))
    return table.append_column("other", pa.array(reading.other, pa.string()))
