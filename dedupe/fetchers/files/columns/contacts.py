"""Given contacts from columns of text, the whole table at once.

    given_columns(table, understood, source, external_id) -> pa.Table of schema GIVEN

`table` holds text columns with distinct names; an empty cell is a missing value. `interpretation` decides
what the columns mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from dedupe.arrays.joining import joined
from dedupe.arrays.json_texts import escaped
from dedupe.arrays.untyped import Array, pc
from dedupe.fetchers.fields import BIRTH_PARTS, NAMES, PLACE
from dedupe.fetchers.files.columns.header_vocabulary import words_of
from dedupe.fetchers.files.columns.headers import meaning_of
from dedupe.fetchers.files.columns.interpretation import Understood
from dedupe.fetchers.files.columns.postal_addresses import PostalAddress, addresses
from dedupe.fetchers.given import json_text, time_of
from dedupe.model import Attested, Kind
from dedupe.schemas import GIVEN, PREFERENCE

_SINGLE = ("company", "job_title", "time_zone", "language")
_SEPARATOR = r"\s*(?:;|:::|\n)\s*"
_FURTHER = r"\s+:::\s.*"  # Google's sign between several values of one field
_NAMING = frozenset({"full_name", "given_name", "family_name"})
_LABELS = frozenset({"type", "label", "kind"})


def given_columns(
    table: pa.Table, understood: Understood, source: Array | str, external_id: Array
) -> pa.Table:
    """Every row as a given contact, in the order of the rows. `source` is one name for all, or a column of
    names."""
    rows, fields = table.num_rows, understood.fields
    by_field: dict[str, list[Array]] = {}
    for column, field in fields.items():
        by_field.setdefault(field, []).append(_own(table, column, field))
    _name_the_nameless(by_field, table, understood)
    left = [name for name in table.column_names if name not in fields]
    made: dict[str, Array] = {
        "source": _repeated(source, rows) if isinstance(source, str) else source,
        "external_id": external_id,
        "kind": _repeated(Kind.PERSON.value, rows),
        "names": _names(by_field, rows),
        "emails": _values(by_field.get("email", []), rows),
        "phones": _values(by_field.get("phone", []), rows),
        "identifiers": _identifiers(by_field, rows),
        "birth": _births(by_field, rows),
        "preferences": _lists(pa.array([], PREFERENCE), np.zeros(rows, dtype=np.int64), pa.list_(PREFERENCE)),
        "created_at": _times(by_field.get("created_at"), rows),
        "changed_at": _times(by_field.get("updated_at"), rows),
        "custom": json_objects(table.select(left), skip_empty=True),
        **{field: _first(by_field.get(field), rows) for field in _SINGLE},
        **addresses(_places(table, understood), rows),
    }
    arrays = [made.get(name, pa.nulls(rows, GIVEN.field(name).type)) for name in GIVEN.names]
    return pa.Table.from_arrays(arrays, schema=GIVEN)


def _name_the_nameless(by_field: dict[str, list[Array]], table: pa.Table, understood: Understood) -> None:
    """The names of `instead`, in the rows that have none of their own."""
    if not understood.instead:
        return
    own = [cells for field in _NAMING for cells in by_field.get(field, [])]
    nameless = pc.is_null(pc.coalesce(*own)) if own else pa.repeat(True, table.num_rows)
    for column, field in understood.instead.items():
        cells = _silent(table.column(column))
        cells = pc.if_else(nameless, cells, pa.scalar(None, pa.string()))
        by_field.setdefault(field, []).append(cells)


def _own(table: pa.Table, column: str, field: str) -> Array:
    """The cells of a column that belong to this person: none of a fax, where a label column says so."""
    cells = _silent(table.column(column))
    if field not in ("email", "phone"):
        return cells
    for label in _labels_of(column, table.column_names):
        texts = _flat(table.column(label))
        others = [text for text in pc.unique(texts).to_pylist() if text and meaning_of(text).aside]
        mask = pc.is_in(texts, pa.array(others, pa.string()))
        cells = pc.if_else(mask, pa.scalar(None, pa.string()), cells)
    return cells


def _labels_of(column: str, names: Sequence[str]) -> list[str]:
    """`Phone 1 - Label` of `Phone 1 - Value`."""
    value = set(words_of(column)) - {"value"}
    return [name for name in names if (words := set(words_of(name))) & _LABELS and words - _LABELS == value]


def _places(table: pa.Table, understood: Understood) -> list[PostalAddress]:
    """The postal address that each group of columns holds."""
    groups: dict[tuple[str, ...], dict[str, list[Array]]] = {}
    for column, field in understood.fields.items():
        if field in PLACE:
            group = groups.setdefault(understood.places.get(column, ()), {})
            group.setdefault(field, []).append(_silent(table.column(column)))
    return [
        PostalAddress(kind, {field: _part_of(field, cells, table.num_rows) for field, cells in found.items()})
        for kind, found in groups.items()
    ]


def _part_of(field: str, columns: list[Array], rows: int) -> Array:
    return _first(columns, rows, ", " if field == "street" else None)


def json_objects(table: pa.Table, skip_empty: bool = False) -> Array:
    """Each row as JSON text, a key a column; null where nothing is left."""
    pieces = []
    for name in table.column_names:
        cells = _silent(table.column(name), trim=False) if skip_empty else _flat(table.column(name))
        key = json_text(name) + ':"'
        pieces.append(pc.binary_join_element_wise(key, escaped(cells), '"', ""))
    if not pieces:
        return pa.nulls(table.num_rows, pa.string())
    body = joined(pieces, ",")
    objects = pc.binary_join_element_wise("{", body, "}", "")
    return pc.if_else(pc.equal(body, ""), pa.scalar(None, pa.string()), objects)


def _flat(column: Array) -> Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _silent(column: Array, trim: bool = True) -> Array:
    """The cells, trimmed, with null where nothing is written."""
    cells = _flat(column)
    trimmed = pc.utf8_trim_whitespace(cells)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed if trim else cells)


def _repeated(text: str, rows: int) -> Array:
    return pa.repeat(pa.scalar(text, pa.string()), rows)


def _first(columns: list[Array] | None, rows: int, between: str | None = None) -> Array:
    if not columns:
        return pa.nulls(rows, pa.string())
    columns = [_one(column) for column in columns]
    if between is None or len(columns) == 1:
        return pc.coalesce(*columns)
    text = joined(columns, between)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _one(cells: Array) -> Array:
    """The first of several values in a cell."""
    if not pc.any(pc.match_substring(cells, ":::")).as_py():
        return cells
    first = pc.replace_substring_regex(cells, _FURTHER, "")
    return pc.if_else(pc.equal(first, ""), pa.scalar(None, pa.string()), first)


def _births(by_field: Mapping[str, list[Array]], rows: int) -> Array:
    """The date as written, or composed of the columns for year, month and day."""
    year, month, day = (_first(by_field.get(part), rows) for part in BIRTH_PARTS)
    whole = _first(by_field.get("birth_date"), rows)
    if not any(part in by_field for part in BIRTH_PARTS):
        return whole
    month, day = (pc.utf8_lpad(part, 2, "0") for part in (month, day))
    dated = pc.binary_join_element_wise(pc.fill_null(year, "-"), month, day, "-")
    return pc.coalesce(whole, dated, year)


def _times(columns: list[Array] | None, rows: int) -> Array:
    cells = _first(columns, rows)
    moments = [None if text is None else time_of(text) for text in cells.to_pylist()]
    return pa.array(moments, GIVEN.field("changed_at").type)


def _names(by_field: Mapping[str, list[Array]], rows: int) -> Array:
    kind = GIVEN.field("names").type
    parts = {_part(field): _first(by_field.get(field), rows) for field in NAMES}
    there = np.zeros(rows, dtype=bool)
    for array in parts.values():
        there |= pc.is_valid(array).to_numpy(zero_copy_only=False)
    parts["attested"] = _repeated(Attested.IMPORT.value, rows)
    structs = pa.StructArray.from_arrays(list(parts.values()), names=list(parts))
    return _lists(structs.filter(pa.array(there)), there.astype(np.int64), kind)


def _part(field: str) -> str:
    return field.removesuffix("_name")


def _values(columns: list[Array], rows: int) -> Array:
    texts, counts = _spread(columns, rows)
    marks = _repeated(Attested.IMPORT.value, len(texts))
    structs = pa.StructArray.from_arrays([texts, marks], names=["given", "attested"])
    return _lists(structs, counts, GIVEN.field("emails").type)


def _identifiers(by_field: Mapping[str, list[Array]], rows: int) -> Array:
    columns = list(by_field.get("identifier", []))
    for field, cells in by_field.items():
        if field.startswith("identifier:"):
            namespace = field.partition(":")[2]
            columns += [pc.binary_join_element_wise(namespace + ":", cell, "") for cell in cells]
    texts, counts = _spread(columns, rows)
    typed = pc.extract_regex(texts, r"^\s*(?P<namespace>[^:\s][^:]*?)\s*:\s*(?P<given>.*\S)")
    namespace = pc.if_else(pc.is_valid(typed), pc.struct_field(typed, "namespace"), "identifier")
    given = pc.if_else(pc.is_valid(typed), pc.struct_field(typed, "given"), texts)
    marks = _repeated(Attested.IMPORT.value, len(texts))
    unique = pa.array(np.zeros(len(texts), dtype=bool))
    names = ["namespace", "given", "unique", "attested"]
    structs = pa.StructArray.from_arrays([namespace, given, unique, marks], names=names)
    return _lists(structs, counts, GIVEN.field("identifiers").type)


def _spread(columns: list[Array], rows: int) -> tuple[Array, np.ndarray[Any, Any]]:
    """The single values of all columns in row order, and how many each row has."""
    texts, owners = [], []
    for column in columns:
        split = pc.split_pattern_regex(column, _SEPARATOR)
        counts = pc.fill_null(pc.list_value_length(split), 0).to_numpy(zero_copy_only=False)
        texts.append(pc.utf8_trim_whitespace(pc.list_flatten(split)))
        owners.append(np.repeat(np.arange(rows), counts))
    if not columns:
        return pa.array([], pa.string()), np.zeros(rows, dtype=np.int64)
    text, owner = pa.concat_arrays(texts), np.concatenate(owners)
    kept = np.asarray(pc.not_equal(text, "").to_numpy(zero_copy_only=False))
    order = np.flatnonzero(kept)[np.argsort(owner[kept], kind="stable")]
    return text.take(pa.array(order)), np.bincount(owner[kept], minlength=rows)


def _lists(items: Array, counts: np.ndarray[Any, Any], kind: pa.DataType) -> Array:
    offsets = np.zeros(len(counts) + 1, dtype=np.int32)
    np.cumsum(counts, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), items).cast(kind)
