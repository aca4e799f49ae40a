"""Clusters to golden contacts: the surviving value of each field, with the source contact it came from.
Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.by_position import Integers, array, best, codes, integers, mask, parents, present, take
from dedupe.golden.members import Candidates, Members, attestation, criteria, members_of
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.golden.tables import COLUMNS_OF, FIELDS, MEMBERS, RECORDS, GoldenTables
from dedupe.golden.values import golden_emails, golden_identifiers, golden_phones, golden_preferences
from dedupe.model import Kind

PERSONS = frozenset({Kind.PERSON.value})
_NAME_PARTS = ("value", "given_name", "middle_name", "family_name", "prefix", "suffix", "nickname")
_PLACE_PARTS = ("street", "city", "region", "postcode", "country")

Chosen = tuple[Candidates, list[Any]]  # the candidates, and their columns by COLUMNS_OF


def golden_records(
    contacts: pa.Table,
    clusters: pa.Table,
    rules: SurvivorshipRules,
    pins: pa.Table | None = None,
    kinds: frozenset[str] = PERSONS,
) -> GoldenTables:
    """The golden contacts of the clusters.

    `contacts` is CONTACTS, `clusters` is CLUSTERS with a row for each of them, `pins` is PINS; only contacts
    of the `kinds` become golden contacts. No value is invented, and the order of rows doesn't matter.
    """
    members = members_of(contacts, clusters, rules, kinds, pins)
    return GoldenTables(
        records=_records(members),
        emails=golden_emails(members),
        phones=golden_phones(members),
        identifiers=golden_identifiers(members),
        preferences=golden_preferences(members),
        members=_membership(members),
    )


def _membership(members: Members) -> pa.Table:
    order = np.lexsort((members.contact, members.group))
    columns = [array(members.clusters[members.group[order]]), array(members.contact[order])]
    return pa.table(columns, schema=MEMBERS)


def _records(members: Members) -> pa.Table:
    columns = {
        "cluster": array(members.clusters),
        "kind": _kinds(members),
        "blocked": array(_any(members, "blocked")),
        "members": array(np.bincount(members.group, minlength=len(members.clusters)).astype(np.int32)),
    }
    for field in FIELDS:
        columns |= _surviving(members, field)
    return pa.table([columns[name] for name in RECORDS.names], schema=RECORDS)


def _surviving(members: Members, field: str) -> dict[str, Any]:
    """The columns of one field for each golden contact, null where no member has a value."""
    offered, texts = OFFERED[field](members)
    winner = best(members.group[offered.row], criteria(members, field, offered))
    at = np.full(len(members.clusters), -1, np.int64)
    at[members.group[offered.row[winner]]] = winner
    origin = np.where(at < 0, -1, members.contact[offered.row[at]] if len(offered.row) else -1)
    columns = {name: take(text, at) for name, text in zip(COLUMNS_OF[field], texts, strict=True)}
    return columns | {f"{field}_from": array(origin, origin < 0)}


def _kinds(members: Members) -> Any:
    """The kind of each golden contact. Kinds mix only where the configuration lets staff join persons; the
    result is a person."""
    person = np.zeros(len(members.clusters), np.bool_)
    kind = members.column("kind")
    is_person = mask(pc.is_in(kind, value_set=array([Kind.PERSON.value])))
    person[members.group[is_person]] = True
    first = take(kind, best(members.group, [np.arange(len(members))]))
    return pc.if_else(array(person), pa.scalar(Kind.PERSON.value), first)


def _any(members: Members, column: str) -> Any:
    said = integers(members.column(column).cast(pa.int8()), missing=0)
    return np.bincount(members.group, weights=said, minlength=len(members.clusters)) > 0


# --- what members offer for each field --------------------------------------------------------------------


def _names(members: Members) -> Chosen:
    column = members.column("names")
    names, row = column.flatten(), parents(column)
    said = present(names.field("value"))
    names, row = names.filter(array(said)), row[said]
    complete = _full_word(names.field("given_name")) + _full_word(names.field("family_name"))
    value, attested = names.field("value"), attestation(names.field("attested"))
    offered = Candidates(row, value, codes(value), complete, attested=attested)
    return offered, [names.field(part) for part in _NAME_PARTS]


def _full_word(texts: Any) -> Integers:
    """1 where a name is more than an initial, else 0."""
    length = pc.utf8_length(pc.utf8_trim(texts, characters=". "))
    return (integers(length, missing=0) > 1).astype(np.int64)


def _places(members: Members) -> Chosen:
    place = members.column("place")
    parts = [pc.struct_field(place, part) for part in _PLACE_PARTS]
    complete = np.stack([present(part) for part in parts]).sum(axis=0).astype(np.int64)
    row = np.flatnonzero(complete)
    said = [take(part, row) for part in parts]
    whole = pc.binary_join_element_wise(*said, "\x1f", null_handling="replace", null_replacement="")
    return Candidates(row, said[0], codes(whole), complete[row]), said


def _births(members: Members) -> Chosen:
    birth = members.column("birth")
    year, month, day = (integers(pc.struct_field(birth, part), 0) for part in ("year", "month", "day"))
    doubts = ("ambiguous", "century_guessed", "out_of_range")
    unsure = [integers(pc.struct_field(birth, doubt).cast(pa.int8()), missing=0) > 0 for doubt in doubts]
    sure = ~np.logical_or.reduce(unsure)
    number = (year * 100 + month) * 100 + day
    row = np.flatnonzero(number)
    complete = (year > 0) * 2 + (month > 0) * (1 + (day > 0)) + (sure & (day > 0))
    distinct, which = np.unique(number[row], return_inverse=True)
    dates = pa.array([_date(int(each)) for each in distinct], pa.string())
    written = take(dates, which)
    return Candidates(row, written, which.astype(np.int64), complete[row]), [written]


def _date(number: int) -> str:
    """A date number as text: 19840229 → 1984-02-29; without a year --02-29; without a day 1984-02."""
    year, month, day = number // 10_000, number // 100 % 100, number % 100
    parts = [f"{year:04d}" if year else "-"]
    parts += [f"{month:02d}"] if month else []
    parts += [f"{day:02d}"] if month and day else []
    return "-".join(parts)


def _text(column: str, part: str | None = None) -> Callable[[Members], Chosen]:
    def offer(members: Members) -> Chosen:
        texts = members.column(column)
        texts = texts if part is None else pc.struct_field(texts, part)
        row = np.flatnonzero(present(texts))
        said = take(texts, row)
        return Candidates(row, said, codes(said)), [said]

    return offer


OFFERED: dict[str, Callable[[Members], Chosen]] = {
    "name": _names,
    "company": _text("company", "value"),
    "job_title": _text("job_title"),
    "place": _places,
    "birth": _births,
    "time_zone": _text("time_zone"),
    "language": _text("language"),
}
"""What members offer for each field with one surviving value."""
