"""The values of which a golden contact keeps all: emails, phones, identifiers and channel preferences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.by_position import (
    Integers,
    array,
    best,
    codes,
    integers,
    lists,
    mask,
    one,
    paired,
    parents,
    present,
    sorted_by,
    starts,
    take,
)
from dedupe.arrays.numpy_columns import rising
from dedupe.golden.members import ATTESTED, Candidates, Members, attestation, criteria
from dedupe.golden.tables import EMAILS, IDENTIFIERS, PHONES, PREFERENCES

_ANOTHERS = frozenset({"anothers"})


def golden_emails(members: Members) -> pa.Table:
    return _values(members, "emails", EMAILS)


def golden_phones(members: Members) -> pa.Table:
    return _values(members, "phones", PHONES)


def _values(members: Members, field: str, schema: pa.Schema) -> pa.Table:
    """One row for each value of a cluster, the one to use first at the top; equal values are one row with all
    contacts that gave it.

    The details (key, marks, type …) are those of the best of the equal values by the field's criteria.
    """
    given, offered = offered_values(members, field)
    row = offered.row
    group = members.group[row]
    order = sorted_by([group, *criteria(members, field, offered)])
    value = paired(group, offered.value)
    _, first = np.unique(value[order], return_index=True)
    shown = order[np.sort(first)]
    columns = {
        "cluster": array(members.clusters[group[shown]]),
        "position": array(_positions(group[shown]).astype(np.int16)),
        "key": _first_key(take(given.field("keys"), shown), take(given.field("value"), shown)),
        "attested": _best_attested(value, offered, shown),
        "marks": _without_null(take(given.field("marks"), shown)),
        "contacts": _givers(members, value, row, value[shown]),
    }
    for name in set(schema.names) - set(columns):
        columns[name] = take(given.field(name), shown)
    return pa.table([columns[name] for name in schema.names], schema=schema)


def offered_values(members: Members, field: str) -> tuple[Any, Candidates]:
    """The emails or phones that members offer, and what the criteria look at."""
    given, row = _own(*_elements(members, field))
    offered = Candidates(
        row,
        given.field("value"),
        codes(given.field("value")),
        attested=attestation(given.field("attested")),
        impersonal=_impersonal(given.field("marks"), members.rules.impersonal_marks),
    )
    return given, offered


def golden_identifiers(members: Members) -> pa.Table:
    given, row = _elements(members, "identifiers")
    value = paired(members.group[row], codes(given.field("value")))
    shown = best(_dense(value), [row])
    columns = [
        array(members.clusters[members.group[row[shown]]]),
        take(given.field("value"), shown),
        _givers(members, value, row, value[shown]),
    ]
    return pa.table(columns, schema=IDENTIFIERS)


def golden_preferences(members: Members) -> pa.Table:
    """What is in force for each channel: what one member forbids is forbidden."""
    given, row = _elements(members, "preferences", value="channel")
    channel = paired(members.group[row], codes(given.field("channel")))
    allowed = integers(given.field("allowed").cast(pa.int8()), missing=0)
    shown = best(_dense(channel), [allowed, row])
    in_force = _dense(channel)
    ruling = allowed == allowed[shown][in_force] if len(row) else np.empty(0, np.bool_)
    columns = [
        array(members.clusters[members.group[row[shown]]]),
        take(given.field("channel"), shown),
        array(allowed[shown].astype(np.bool_)),
        _givers(members, channel[ruling], row[ruling], channel[shown]),
    ]
    return pa.table(columns, schema=PREFERENCES)


def _elements(members: Members, field: str, value: str = "value") -> tuple[Any, Integers]:
    """The non-empty elements of a list column, and the member row of each."""
    column = members.column(field)
    elements, row = column.flatten(), parents(column)
    says = present(elements.field(value))
    return elements.filter(array(says)), row[says]


def _own(elements: Any, row: Integers) -> tuple[Any, Integers]:
    """The elements without those marked as somebody else's, which stay with the source contact and are not
    served."""
    own = _impersonal(elements.field("marks"), _ANOTHERS) == 0
    return elements.filter(array(own)), row[own]


def _impersonal(marks: Any, impersonal: frozenset[str]) -> Integers:
    marked = np.zeros(len(marks), np.int64)
    found = pc.is_in(one(marks).flatten(), value_set=pa.array(sorted(impersonal), pa.string()))
    marked[parents(marks)[mask(found)]] = 1
    return marked


def _positions(group: Integers) -> Integers:
    """0, 1, 2 … within each run of one group."""
    begin = starts(group)
    return np.arange(len(group)) - np.repeat(begin, np.diff(begin, append=len(group)))


def _first_key(keys: Any, value: Any) -> Any:
    """The strongest match key; the value itself where it has no key."""
    flat, row = keys.flatten(), parents(keys)
    at = np.full(len(keys), -1, np.int64)
    first = starts(row)
    at[row[first]] = first
    return pc.coalesce(take(flat, at), value)


def _best_attested(value: Integers, offered: Candidates, shown: Integers) -> Any:
    assert offered.attested is not None
    dense = _dense(value)
    least = np.full(int(dense.max(initial=-1)) + 1, len(ATTESTED) - 1, np.int64)
    np.minimum.at(least, dense, offered.attested)
    return take(pa.array(ATTESTED, pa.string()), least[dense[shown]])


def _without_null(marks: Any) -> Any:
    return pc.if_else(pc.is_null(marks), pa.scalar([], marks.type), marks) if marks.null_count else marks


def _givers(members: Members, value: Integers, row: Integers, wanted: Integers) -> Any:
    """The contacts that gave each wanted value, ascending, each once."""
    order = np.argsort(wanted, kind="stable")
    place = order[np.searchsorted(wanted, value, sorter=order)]
    both = rising(place * (len(members) + 1) + row)
    owner, giver = np.divmod(both, len(members) + 1)
    return lists(owner, array(members.contact[giver]), len(wanted))


def _dense(values: Integers) -> Integers:
    """0, 1, 2 … for the distinct values, in their order."""
    return np.unique(values, return_inverse=True)[1].astype(np.int64)
