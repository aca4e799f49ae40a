"""Normalized contacts as reports: a flat table, and a summary of each source's data quality."""

import numpy as np
import pyarrow

from dedupe.arrays.distinct_values import combined, explode, regroup, struct
from dedupe.arrays.untyped import Array, Table, pa, pc
from dedupe.normalizers.phones.parsing import NO_COUNTRY_CODE
from dedupe.schemas import REJECTED

_CELLS = ("record_id", "names", "emails", "phones", "name_keys", "email_keys", "phone_keys", "rejected")
OUTPUT: pyarrow.Schema = pa.schema([(name, pa.string()) for name in _CELLS])
"""What `dedupe normalize` writes; several in a cell are joined by `;`, nothing is an empty cell."""

SUMMARY: pyarrow.Schema = pa.schema(
    [
        ("source", pa.string()),
        ("field", pa.string()),
        ("outcome", pa.string()),
        ("values", pa.int64()),
        ("share", pa.float64()),
    ]
)
"""A row for each source, field and outcome (`valid` or why rejected); `share` of that field's values."""

REGION_ADVICE = (
    "they are compared by their national digits; their country is known with --region, as --region US, "
    "or with a column of countries (--map COLUMN=country)"
)

_LISTS = {"name": "names", "email": "emails", "phone": "phones", "identifier": "identifiers"}
_SINGLES = {"company": "company", "birth": "birth"}


def output_table(contacts: Table) -> pyarrow.Table:
    """The OUTPUT table of CONTACTS, row by row."""
    columns = [combined(contacts["external_id"])]
    lists = {name: combined(contacts[name]) for name in ("names", "emails", "phones")}
    valued = {**lists, "phones": _with_value(lists["phones"])}
    columns += [_joined(column, pc.struct_field(_items(column), "value")) for column in valued.values()]
    columns += [_joined(column, pc.struct_field(_items(column), "keys")) for column in lists.values()]
    columns.append(_rejected(unread_values(contacts)))
    table: pyarrow.Table = pa.table(columns, schema=OUTPUT)
    return table


def unread_notes(contacts: Table) -> tuple[str, ...]:
    """What of a file could not be read, counted by field and reason, and what to do about it."""
    items = _items(unread_values(contacts))
    columns = [pc.struct_field(items, name) for name in ("field", "reason")]
    counted = pa.table(columns, names=["field", "reason"]).group_by(["field", "reason"])
    rows = counted.aggregate([([], "count_all")]).to_pylist()
    rows.sort(key=lambda row: (row["field"], -row["count_all"], row["reason"]))
    return tuple(_unread_note(row["field"], row["reason"], row["count_all"]) for row in rows)


def _unread_note(field: str, reason: str, count: int) -> str:
    note = f"not read: {count:,} of {field}: {reason}"
    return f"{note}; {REGION_ADVICE}" if (field, reason) == ("phone", NO_COUNTRY_CODE) else note


def unread_values(contacts: Table) -> Array:
    """Lists of REJECTED: what was rejected, and the phones that have no value, because nobody tells their
    country (they are compared by their national digits)."""
    rows, rejected = explode(contacts["rejected"])
    owners, phones = explode(contacts["phones"])
    open_ = np.flatnonzero(pc.is_null(pc.struct_field(phones, "value")).to_numpy(zero_copy_only=False))
    given = pc.struct_field(phones, "given").take(pa.array(open_))
    columns = {"field": pa.repeat("phone", len(open_)), "reason": pa.repeat(NO_COUNTRY_CODE, len(open_))}
    every = pa.concat_arrays([rejected, struct(REJECTED, {**columns, "given": given})])
    row = np.concatenate([rows, owners[open_]])
    order = np.argsort(row, kind="stable")
    return regroup(row[order], every.take(pa.array(order)), len(contacts))


def _with_value(lists: Array) -> Array:
    rows, items = explode(lists)
    valued = pc.is_valid(pc.struct_field(items, "value"))
    return regroup(rows[valued.to_numpy(zero_copy_only=False)], items.filter(valued), len(lists))


def _items(lists: Array) -> Array:
    """The elements of all lists, in order."""
    return lists.flatten()


def _joined(lists: Array, texts: Array) -> Array:
    """One text for each list; `texts` are its elements' texts, or lists of texts."""
    counts = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    offsets = pa.array([0, *counts.cumsum().tolist()], pa.int32())
    if pa.types.is_list(texts.type):
        offsets, texts = texts.offsets.take(offsets), texts.values
    return pc.binary_join(pa.ListArray.from_arrays(offsets, pc.fill_null(texts, "")), ";")


def _rejected(lists: Array) -> Array:
    """`field: reason (given)` for each."""
    items = _items(lists)
    field, reason, given = (pc.struct_field(items, name) for name in ("field", "reason", "given"))
    return _joined(lists, pc.binary_join_element_wise(field, ": ", reason, " (", given, ")", ""))


def summary(contacts: Table) -> pyarrow.Table:
    """The SUMMARY of CONTACTS: the number of valid values of each field, and of rejected ones by reason."""
    sources = combined(contacts["source"])
    counted = [_valid(sources, combined(contacts[column]), field) for field, column in _LISTS.items()]
    counted += [_present(contacts, field, combined(contacts[column])) for field, column in _SINGLES.items()]
    counted.append(_present(contacts, "country", pc.struct_field(combined(contacts["place"]), "country")))
    rejected = unread_values(contacts)
    items = _items(rejected)
    sources = sources.take(pc.list_parent_indices(rejected))
    names = ["source", "field", "outcome"]
    fields = [pc.struct_field(items, "field"), pc.struct_field(items, "reason")]
    counted.append(pa.table([sources, *fields], names=names))
    counts = pa.concat_tables(counted).group_by(names).aggregate([([], "count_all")])
    totals = counts.group_by(["source", "field"]).aggregate([("count_all", "sum")])
    table = counts.join(totals, ["source", "field"])
    share = pc.divide(table["count_all"].cast("float64"), table["count_all_sum"].cast("float64"))
    found = pa.table([*(table[name] for name in names), table["count_all"], share], schema=SUMMARY)
    return _by_source(found)


def _valid(sources: Array, lists: Array, field: str) -> Table:
    return _outcomes(sources.take(pc.list_parent_indices(_with_value(lists))), field)


def _present(contacts: Table, field: str, column: Array) -> Table:
    return _outcomes(combined(contacts["source"]).filter(pc.is_valid(column)), field)


def _outcomes(sources: Array, field: str) -> Table:
    columns = [sources, pa.repeat(field, len(sources)), pa.repeat("valid", len(sources))]
    return pa.table(columns, names=["source", "field", "outcome"])


def _by_source(table: Table) -> pyarrow.Table:
    """By source and field; valid first, then the commonest reason."""
    marked = table.append_column("bad", pc.not_equal(table["outcome"], "valid"))
    order = [("source", "ascending"), ("field", "ascending"), ("bad", "ascending"), ("values", "descending")]
    sorted_rows: pyarrow.Table = marked.sort_by([*order, ("outcome", "ascending")]).drop_columns(["bad"])
    return sorted_rows
