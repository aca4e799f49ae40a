"""Phones: given texts and the regions they may be from → E.164, match keys, marks, or the reason why not.

Fields of `schemas.PHONE`:

- `given`: the part of the field that holds this number, as written.
- `value`: E.164 (`+4930123456`) as phonenumbers has it; `extension`; `type` in phonenumbers' words, lower
  case; `region` ISO 3166 alpha-2 or `001`.
- `region_from`: `number` (it told its country code), else the hint that made it valid: `country` (of the
  contact), `other_number` (of the contact), `source` (its default), `language` (or time zone). Only the first
  is a statement; the others are guesses, ever weaker.
- `keys`, the strongest first:
  `keys[0]` the number after plan moves, `+digits`, with `x` and the extension if there is one;
  then, if there is an extension, the number without it;
  then `sub:` and the last seven digits, to find candidates (a lost or wrong prefix, a mobile's extra digit).
  Empty for marks `ours` and `placeholder`: these are never match keys.
- `marks`: `ours`, `placeholder`, `moved` (given in an old numbering plan; the value is the number of today),
  and `repaired` with the way it was done: `trunk_zero_dropped`, `label_cut`, `prefix_read`, `plus_added`,
  `zero_restored`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dedupe.normalizers.arrow import Array, DataType, Table, pa, pc
from dedupe.normalizers.columns import Rows, columns_of, combined, distinct, distinct_rows
from dedupe.normalizers.numbers import REGIONS, Number, moved, national_part, parse_number
from dedupe.normalizers.phone_texts import repairs

NUMBER_KINDS: dict[str, DataType] = {
    "value": pa.string(),
    "extension": pa.string(),
    "type": pa.string(),
    "region": pa.string(),
    "stated": pa.bool_(),
    "reason": pa.string(),
    "dialled": pa.string(),
}
_ALIKE = re.compile(r"(\d)\1{6}$")
_STAIRS = frozenset({"1234567890", "123456789", "12345678", "0123456789", "9876543210", "987654321"})


@dataclass(frozen=True)
class Hints:
    """Where the numbers may be from: a column of regions for each origin, the most trusted first."""

    regions: Sequence[tuple[str, Array]]
    channel: npt.NDArray[np.bool_]  # the number came with a message: digits alone are a WhatsApp id


@dataclass
class _Reading:
    """What is known of each number so far: `chosen` points into `tables`, −1 while it is not valid."""

    chosen: Rows
    failed: Rows  # the first attempt, for its reason
    origin: npt.NDArray[np.object_]
    marks: npt.NDArray[np.object_]
    tables: list[Table] = field(default_factory=list)
    length: int = 0

    def open(self) -> Rows:
        return np.flatnonzero(self.chosen < 0)

    def take_in(
        self, places: Rows, found: Table, back: Rows, origin: str, marks: tuple[str, ...] = ()
    ) -> None:
        """`found[back]` are the readings of `places`."""
        valid = pc.is_valid(found["value"]).to_numpy()[back]
        hit = places[valid]
        self.chosen[hit] = back[valid] + self.length
        stated = pc.fill_null(found["stated"], False).to_numpy()[back[valid]]
        self.origin[hit] = np.where(stated, "number", origin)
        for place in hit if marks else ():
            self.marks[place] = marks
        missed, tried = places[~valid], back[~valid] + self.length
        self.failed[missed] = np.where(self.failed[missed] < 0, tried, self.failed[missed])
        self.tables.append(found)
        self.length += len(found)


def read_numbers(rows: Rows, texts: Array, hints: Hints) -> Table:
    """Numbers with their contact's row → NUMBER_KINDS with `region_from` and `marks`, row by row."""
    count = len(texts)
    empty = np.full(count, None, dtype=object)
    reading = _Reading(np.full(count, -1), np.full(count, -1), empty.copy(), empty.copy())
    nowhere = pa.array([""] * count)
    _attempt(reading, pc.match_substring(texts, "+").to_numpy(False), texts, nowhere, "number")
    _attempt(reading, _whatsapp_ids(texts, hints.channel), _with_plus(texts), nowhere, "number")
    known = _known_regions([*hints.regions], _region_of_others(reading, rows))
    for origin, regions in known:
        _attempt(reading, pc.not_equal(regions, "").to_numpy(False), texts, regions, origin)
    _repair(reading, texts, known)
    _attempt(reading, reading.failed < 0, texts, nowhere, "number")
    return _outcome(reading)


def _known_regions(regions: list[tuple[str, Array]], other: Array) -> list[tuple[str, Array]]:
    clean = [(origin, pc.fill_null(column, "")) for origin, column in regions]
    clean.insert(1, ("other_number", other))
    return [(name, pc.if_else(pc.is_in(col, pa.array(sorted(REGIONS))), col, "")) for name, col in clean]


def _whatsapp_ids(texts: Array, channel: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    plain: npt.NDArray[np.bool_] = pc.match_substring_regex(texts, r"^[1-9]\d{7,14}$").to_numpy(False)
    return plain & channel


def _with_plus(texts: Array) -> Array:
    return pc.binary_join_element_wise("+", texts, "")


def _region_of_others(reading: _Reading, rows: Rows) -> Array:
    """For each number the region of the first of its contact's numbers that told its own."""
    told = np.flatnonzero(reading.chosen >= 0)
    found = pa.concat_tables(reading.tables)["region"].take(pa.array(reading.chosen[told]))
    owners, first = np.unique(rows[told], return_index=True)
    owned = pc.index_in(pa.array(rows), pa.array(owners))
    return pc.fill_null(combined(found.take(pa.array(first))).take(owned), "")


def _attempt(
    reading: _Reading, wanted: npt.NDArray[np.bool_], texts: Array, regions: Array, origin: str
) -> None:
    """Parse the numbers still open among the wanted ones, each distinct (text, region) once."""
    places = np.flatnonzero(wanted & (reading.chosen < 0))
    found, back = parse_numbers(texts.take(pa.array(places)), regions.take(pa.array(places)))
    reading.take_in(places, found, back, origin)


def parse_numbers(texts: Array, regions: Array) -> tuple[Table, Rows]:
    """Numbers dialled in regions ("" if unknown) → NUMBER_KINDS by distinct pair, and each row's place."""
    text_values, text_codes = distinct(texts)
    region_values, region_codes = distinct(regions)
    first, back = distinct_rows(text_codes, region_codes)
    pairs = zip(
        text_values.take(pa.array(text_codes[first])).to_pylist(),
        region_values.take(pa.array(region_codes[first])).to_pylist(),
        strict=True,
    )
    return columns_of(NUMBER_KINDS, [parse_number(text, region) for text, region in pairs]), back


def _repair(reading: _Reading, texts: Array, known: list[tuple[str, Array]]) -> None:
    """Numbers of old plans are moved; other readings of the text are tried, and said."""
    places = reading.open()
    columns = [column.take(pa.array(places)).to_pylist() for _, column in known]
    tried = pa.concat_tables(reading.tables)["dialled"].take(
        pa.array(np.maximum(reading.failed[places], 0), mask=reading.failed[places] < 0)
    )
    for place, text, dialled, *regions in zip(
        places, texts.take(pa.array(places)).to_pylist(), tried.to_pylist(), *columns, strict=True
    ):
        region = next((region for region in regions if region), "")
        number, marks = _repaired(text, dialled, region)
        if number:
            origin = next((name for (name, _), hint in zip(known, regions, strict=True) if hint), "number")
            found = columns_of(NUMBER_KINDS, [number])
            reading.take_in(np.array([place]), found, np.array([0]), origin, marks)


def _repaired(text: str, dialled: str | None, region: str) -> tuple[Number | None, tuple[str, ...]]:
    if dialled and (today := moved(dialled)):
        return parse_number(today, ""), ("moved",)
    for other, mark in repairs(text):
        number = parse_number(other, region)
        if number.value:
            return number, ("repaired", mark)
        if number.dialled and (today := moved(number.dialled)):
            return parse_number(today, ""), ("moved", "repaired", mark)
    return None, ()


def _outcome(reading: _Reading) -> Table:
    best = np.where(reading.chosen >= 0, reading.chosen, reading.failed)
    table = pa.concat_tables(reading.tables).take(pa.array(best))
    table = table.append_column("region_from", pa.array(reading.origin, pa.string()))
    marks = pa.array([marks or () for marks in reading.marks], pa.list_(pa.string()))
    return table.append_column("marks", marks)


def own_numbers(texts: Iterable[str], region: str | None) -> frozenset[str]:
    """Our own numbers as keys."""
    found = (parse_number(text, region or "").value for text in texts)
    return frozenset(moved(value) or value for value in found if value)


def phone_keys(
    value: str, extension: str | None, marks: Sequence[str], own: frozenset[str]
) -> tuple[list[str], list[str]]:
    """Match keys and marks of a valid number."""
    number = moved(value) or value
    national = national_part(number)
    marks = list(marks)
    if number in own:
        marks.append("ours")
    if _ALIKE.search(national) or national in _STAIRS:
        marks.append("placeholder")
    if {"ours", "placeholder"}.intersection(marks):
        return [], marks
    keys = [f"{number}x{extension}", number] if extension else [number]
    return [*keys, f"sub:{national[-7:]}"] if len(national) >= 7 else keys, marks
