"""The values of each kind: given columns are split, distinct values normalized and put back by contact."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dedupe.arrays.distinct_values import (
    Ordered,
    Rows,
    columns_of,
    combined,
    distinct,
    distinct_rows,
    explode,
    struct,
)
from dedupe.arrays.untyped import Array, Struct, pa, pc
from dedupe.model import Attested
from dedupe.normalizers import birth_dates, companies, identifiers, places
from dedupe.normalizers.emails import display_names
from dedupe.normalizers.emails.batch import normalize_emails
from dedupe.normalizers.emails.normalize import ours, split_emails
from dedupe.normalizers.names import normalize
from dedupe.normalizers.names.batch.normalize import normalize_names
from dedupe.normalizers.phones.cleaning import dialable_parts, split_phones, unusual
from dedupe.normalizers.phones.match_keys import keys_and_marks, own_numbers
from dedupe.normalizers.phones.national import open_numbers
from dedupe.normalizers.phones.normalize import Hints, read_numbers
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.schemas import BIRTH, COMPANY, EMAIL, IDENTIFIER, NAME, PHONE, PLACE, REJECTED


@dataclass(frozen=True)
class Elements:
    """Values with the row of each, ascending, and the rejected ones."""

    rows: Rows
    values: Array
    rejected_rows: Rows
    rejected: Array

    def of(self, row: int) -> list[dict[str, Any]]:
        """The elements of one row."""
        begin, end = np.searchsorted(self.rows, [row, row + 1])
        found: list[dict[str, Any]] = self.values.slice(begin, end - begin).to_pylist()
        return found


def _present(elements: Array, field: str) -> npt.NDArray[np.int64]:
    """Where a text field has more than white space."""
    trimmed = pc.utf8_trim_whitespace(pc.fill_null(pc.struct_field(elements, field), ""))
    return np.flatnonzero(pc.not_equal(trimmed, "").to_numpy(zero_copy_only=False))


def _take(values: Array, places: Rows) -> Array:
    return combined(values.take(pa.array(places)))


def rejections(field: str, given: Array, reasons: Array) -> Array:
    name = pa.array([field]).take(pa.array(np.zeros(len(given), np.int64)))
    return struct(REJECTED, {"field": name, "given": given, "reason": reasons})


def _elements(field: str, rows: Rows, columns: dict[str, Array], kind: Struct) -> Elements:
    """The valid rows (`reason` null) as values, distinct per contact; the others as rejections."""
    valid = pc.is_null(columns["reason"]).to_numpy(zero_copy_only=False)
    bad = np.flatnonzero(~valid)
    best = _once(rows, columns, np.flatnonzero(valid))
    kept = {name: _take(column, best) for name, column in columns.items() if name != "reason"}
    rejected = rejections(field, _take(columns["given"], bad), _take(columns["reason"], bad))
    return Elements(rows[best], struct(kind, kept), rows[bad], rejected)


def _once(rows: Rows, columns: dict[str, Array], places: Rows) -> Rows:
    """Of equal values of one contact the best attested, in the given order."""
    if len(places) < 2 or not (rows[places][1:] == rows[places][:-1]).any():
        return places
    _, codes = distinct(_take(_one_value(columns), places))
    extensions = distinct(_take(columns["extension"], places))[1] if "extension" in columns else codes * 0
    rank = _rank(_take(columns["attested"], places))
    order = np.lexsort((places, rank, extensions, codes, rows[places]))
    row, code, extension = rows[places][order], codes[order], extensions[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (row[1:] != row[:-1]) | (code[1:] != code[:-1]) | (extension[1:] != extension[:-1])
    return np.sort(places[order[first]])


def _one_value(columns: dict[str, Array]) -> Array:
    """What is the same in equal values: an open number has no value, only its national digits."""
    return pc.coalesce(columns["value"], columns["national"]) if "national" in columns else columns["value"]


def _rank(attested: Array) -> Rows:
    """The rank of an attestation, the most trustworthy first; null and unknown words last."""
    ranks = pc.index_in(attested, pa.array([str(level) for level in Attested]))
    filled: Rows = pc.fill_null(ranks, len(Attested)).to_numpy(zero_copy_only=False).astype(np.int64)
    return filled


def _parted(texts: Array, split: dict[int, list[str]]) -> tuple[Array, Rows]:
    """Distinct texts split into parts: (parts, index of the text of each)."""
    counts = np.ones(len(texts), np.int64)
    for place, parts in split.items():
        counts[place] = len(parts)
    owners = np.repeat(np.arange(len(texts)), counts)
    if not split:
        return texts, owners
    pieces = [part for place, text in enumerate(texts.to_pylist()) for part in split.get(place, (text,))]
    return pa.array(pieces, pa.string()), owners


def _spread(back: Rows, owners: Rows) -> tuple[Rows, Rows]:
    """Elements of distinct texts as (element, part), one for each part; `owners` is ascending."""
    starts = np.searchsorted(owners, back)
    counts = np.searchsorted(owners, back, side="right") - starts
    element = np.repeat(np.arange(len(back)), counts)
    offset = np.arange(len(element)) - np.repeat(np.cumsum(counts) - counts, counts)
    return element, starts[element] + offset


def name_elements(given: Ordered) -> Elements:
    rows, elements = explode(given["names"])
    found = [distinct(pc.struct_field(elements, field)) for field in normalize.FIELDS]
    first, back = distinct_rows(*(codes for _, codes in found))
    table = normalize_names([values.take(pa.array(codes[first])) for values, codes in found])
    element, place = _spread(back, table["row"].to_numpy())
    columns = {name: _take(table[name], place) for name in normalize.KINDS if name != "row"}
    columns["attested"] = _take(pc.struct_field(elements, "attested"), element)
    empty = pc.equal(columns["reason"], "empty")
    kept = np.flatnonzero(~pc.fill_null(empty, False).to_numpy(zero_copy_only=False))
    columns = {name: _take(column, kept) for name, column in columns.items()}
    return _elements("name", rows[element[kept]], columns, NAME)


def email_elements(given: Ordered, settings: NormalizeSettings, named: Elements) -> Elements:
    """The emails of the contacts. `named` are their names, to recognize addresses of somebody else."""
    rows, elements = explode(given["emails"])
    present = _present(elements, "given")
    texts, back = distinct(_take(pc.struct_field(elements, "given"), present))
    several = pc.match_substring_regex(texts, r"[;,|\r\n\t]|\s/\s|@(?s:.)*@")
    split = {
        int(place): split_emails(texts[place].as_py())
        for place in np.flatnonzero(several.to_numpy(zero_copy_only=False))
    }
    parts, owners = _parted(texts, split)
    element, part = _spread(back, owners)
    values, codes = distinct(_take(parts, part))
    table = normalize_emails(values, ours(settings.ours_emails, settings.ours_domains))
    columns = {name: _take(table[name], codes) for name in table.column_names}
    columns["given"] = _take(values, codes)
    columns["attested"] = _take(pc.struct_field(elements, "attested"), present[element])
    owner = rows[present[element]]
    others = display_names.somebody_elses(owner, columns, named.of)
    if len(others):
        columns["marks"] = display_names.marked(columns["marks"], others, display_names.MARK)
        columns["keys"] = display_names.emptied(columns["keys"], others)
    return _elements("email", owner, columns, EMAIL)


def phone_elements(
    given: Ordered, regions: Sequence[tuple[str, Array]], settings: NormalizeSettings
) -> Elements:
    rows, elements = explode(given["phones"])
    present = _present(elements, "given")
    texts, back = distinct(_take(pc.struct_field(elements, "given"), present))
    odd = np.flatnonzero(unusual(texts).to_numpy(zero_copy_only=False))
    cut = zip(odd.tolist(), map(split_phones, texts.take(pa.array(odd)).to_pylist()), strict=True)
    parts, owners = _parted(texts, {place: found for place, found in cut if len(found) > 1})
    element, part = _spread(back, owners)
    owner = rows[present[element]]
    clean, early, undone = dialable_parts(parts)
    attested = _take(pc.struct_field(elements, "attested"), present[element])
    hints = Hints(
        [(origin, _take(column, owner)) for origin, column in regions],
        pc.fill_null(pc.equal(attested, "channel"), False).to_numpy(zero_copy_only=False),
        _from(given["source"], settings.international_without_plus)[owner],
    )
    table = read_numbers(owner, _take(clean, part), hints)
    columns = {name: combined(table[name]) for name in table.column_names}
    columns |= {"given": _take(parts, part), "attested": attested}
    columns["reason"] = pc.coalesce(_take(early, part), columns["reason"])
    columns |= open_numbers(columns, _take(clean, part))
    own = own_numbers(settings.ours_phones, settings.fallback_region)
    columns["keys"], columns["marks"] = keys_and_marks(columns, own, _take(undone, part))
    return _elements("phone", owner, columns, PHONE)


def _from(sources: Array, wanted: frozenset[str]) -> npt.NDArray[np.bool_]:
    """Which contacts are of these sources."""
    found: npt.NDArray[np.bool_] = pc.is_in(sources, pa.array(sorted(wanted), pa.string())).to_numpy(False)
    return found


def identifier_elements(given: Ordered, settings: NormalizeSettings) -> Elements:
    rows, elements = explode(given["identifiers"])
    present = _present(elements, "given")
    owner = rows[present]
    columns = {
        name: _take(pc.struct_field(elements, name), present) for name in ("namespace", "given", "attested")
    }
    encoded = [
        distinct(_take(given["source"], owner)),
        distinct(columns["namespace"]),
        distinct(columns["given"]),
    ]
    first, back = distinct_rows(*(codes for _, codes in encoded))
    texts = [values.take(pa.array(codes[first])).to_pylist() for values, codes in encoded]
    kinds = {
        "value": pa.string(),
        "key": pa.string(),
        "reason": pa.string(),
        "unique": pa.bool_(),
    }
    shared, unique = settings.shared_namespaces, settings.unique_namespaces
    found = [identifiers.normalize_identifier(*text, shared, unique) for text in zip(*texts, strict=True)]
    table = columns_of(kinds, found)
    columns |= {name: _take(table[name], back) for name in ("value", "reason")}
    columns["keys"] = _take(_singles(table["key"]), back)
    stated = pc.fill_null(_take(pc.struct_field(elements, "unique"), present), False)
    columns["unique"] = pc.or_(stated, _take(table["unique"], back))
    return _elements("identifier", owner, columns, IDENTIFIER)


def _singles(values: Array) -> Array:
    """Each value as a list of one, null as an empty list."""
    whole = combined(values)
    counts = pc.is_valid(whole).to_numpy(zero_copy_only=False).astype(np.int32)
    return pa.ListArray.from_arrays(
        pa.array(np.concatenate([[0], np.cumsum(counts)]), pa.int32()), pc.drop_null(whole)
    )


def company_column(given: Ordered) -> Elements:
    column = combined(given["company"])
    texts, codes = distinct(column)
    table = companies.normalize_companies(texts)
    value = _take(table["value"], codes)
    present = pc.is_valid(value).to_numpy(zero_copy_only=False)
    kept = struct(COMPANY, {"given": column, "value": value, "key": _take(table["key"], codes)})
    values = pc.if_else(pa.array(present), kept, pa.scalar(None, COMPANY))
    return _column(values, "company", column, _take(table["reason"], codes))


def birth_column(given: Ordered, settings: NormalizeSettings) -> Elements:
    column = combined(given["birth"])
    texts, codes = distinct(column)
    sources, source_codes = distinct(combined(given["source"]))
    first, back = distinct_rows(codes, source_codes)
    orders = [settings.date_order.get(name) for name in sources.to_pylist()]
    written = texts.take(pa.array(codes[first])).to_pylist()
    pairs = zip(written, source_codes[first], strict=True)
    found = [
        birth_dates.parse_birth(text, orders[source]) if text.strip() else birth_dates.Birth()
        for text, source in pairs
    ]
    table = columns_of({**{field.name: field.type for field in BIRTH}, "reason": pa.string()}, found)
    fields = {name: _take(table[name], back) for name in table.column_names}
    present = pc.or_(pc.is_valid(fields["year"]), pc.is_valid(fields["month"]))
    values = pc.if_else(present, struct(BIRTH, fields), pa.scalar(None, BIRTH))
    return _column(values, "birth", column, fields["reason"])


def _column(values: Array, field: str, given: Array, reasons: Array) -> Elements:
    bad = np.flatnonzero(pc.is_valid(reasons).to_numpy(zero_copy_only=False))
    return Elements(
        np.arange(len(values)), values, bad, rejections(field, _take(given, bad), _take(reasons, bad))
    )


def place_column(given: Ordered) -> Elements:
    """The places; an unrecognized country is kept with the reason."""
    columns = {name: combined(given[name]) for name in ("street", "city", "region", "postcode")}
    ways = {"street": places.street_key, "postcode": places.postcode_key}
    keys = {}
    for name, column in columns.items():
        texts, codes = distinct(column)
        way = ways.get(name, places.place_key)
        keys[f"{name}_key"] = _take(pa.array([way(text) for text in texts.to_pylist()], pa.string()), codes)
    texts, codes = distinct(combined(given["country"]))
    found = [places.country_code(text) for text in texts.to_pylist()]
    unknown = [
        None if code or not text.strip() else "no such country"
        for text, code in zip(texts.to_pylist(), found, strict=True)
    ]
    country, reasons = (_take(pa.array(column, pa.string()), codes) for column in (found, unknown))
    values = struct(PLACE, {**columns, **keys, "country": country})
    return _column(values, "country", combined(given["country"]), reasons)
