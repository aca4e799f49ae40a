"""Laws of golden records, whatever contacts come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.arrays.by_position import integers
from dedupe.golden.records import golden_records
from dedupe.golden.survivorship import By, SurvivorshipRules
from dedupe.golden.tables import COLUMNS_OF, FIELDS, GoldenTables
from dedupe.model import Attested
from tests.golden.handmade_clusters import Row, contacts, email, name, partition, phone, row, shuffled

_word = st.sampled_from(["", "a", "ab", "Ab", "ab c", "é", "李", "a\x1fb"])
_said = st.none() | _word
_attested = st.sampled_from([*Attested])
_time = st.none() | st.integers(0, 5).map(lambda hour: datetime(2026, 1, 1, hour, tzinfo=UTC))
_part = st.none() | st.integers(1, 3)


@st.composite
def _rows(draw: st.DrawFn) -> list[Row]:
    keys = draw(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 20)), unique=True, max_size=9))
    return [_row(draw, f"{source}:{number}") for source, number in keys]


def _row(draw: st.DrawFn, key: str) -> Row:
    text, attested = draw(_said), draw(_attested)
    return row(
        key,
        names=[name(each, attested) for each in draw(st.lists(_word.filter(str.strip), max_size=2))],
        emails=[email(each, attested) for each in draw(st.lists(_word, max_size=3))],
        phones=[phone(each, attested) for each in draw(st.lists(_word, max_size=2))],
        identifiers=[{"value": each} for each in draw(st.lists(_word, max_size=2))],
        preferences=draw(
            st.lists(st.builds(dict, channel=_word, allowed=st.none() | st.booleans()), max_size=2)
        ),
        company=text,
        job_title=draw(_said),
        place=draw(st.none() | st.fixed_dictionaries({"street": _said, "city": _said, "postcode": _said})),
        birth=draw(st.none() | st.fixed_dictionaries({"year": _part, "month": _part, "day": _part})),
        language=draw(_said),
        blocked=draw(st.none() | st.booleans()),
        changed_at=draw(_time),
    )


_order = st.permutations(list(By)).flatmap(
    lambda order: st.integers(0, len(order)).map(lambda n: tuple(order[:n]))
)
_rules = st.builds(
    SurvivorshipRules,
    trusted_sources=st.permutations("abc").map(lambda sources: tuple(sources[:2])),
    name=_order,
    place=_order,
    birth=_order,
    emails=_order,
)
_labels = st.lists(st.integers(0, 3), min_size=9, max_size=9)


def _golden(rows: list[Row], labels: list[int], rules: SurvivorshipRules) -> tuple[pa.Table, GoldenTables]:
    table = contacts(rows)
    return table, golden_records(table, partition(labels[: len(rows)]), rules)


@given(_rows(), _labels, _rules)
@settings(max_examples=60, deadline=None)
def test_a_golden_contact_invents_no_value(
    rows: list[Row], labels: list[int], rules: SurvivorshipRules
) -> None:
    table, golden = _golden(rows, labels, rules)
    given = table.to_pylist()
    for record in golden.records.to_pylist():
        members = {n for n in range(len(rows)) if labels[n] == labels[record["cluster"]]}
        for field in FIELDS:
            _stands_at_its_origin(record, field, members, given)
    for kind in ("emails", "phones", "identifiers"):
        for each in getattr(golden, kind).to_pylist():
            assert each["contacts"]
            for contact in each["contacts"]:
                assert each["value"] in [said["value"] for said in given[contact][kind]]
                assert labels[contact] == labels[each["cluster"]]


def _stands_at_its_origin(record: Row, field: str, members: set[int], given: list[Row]) -> None:
    origin = record[f"{field}_from"]
    shown = {column: record[column] for column in COLUMNS_OF[field]}
    if origin is None:
        assert set(shown.values()) == {None}
        assert not any(_offers(given[each], field) for each in members)
    else:
        assert origin in members
        assert shown in _offers(given[origin], field)


def _offers(contact: Row, field: str) -> list[dict[str, Any]]:
    if field == "name":
        shown = COLUMNS_OF["name"]
        return [
            dict(zip(shown, [each["value"], *(each[part] for part in shown[1:])], strict=True))
            for each in contact["names"]
        ]
    if field == "place":
        place = contact["place"] or {}
        return (
            [{part: place[part] for part in COLUMNS_OF["place"]}] if any(place.get(p) for p in place) else []
        )
    if field == "birth":
        birth = contact["birth"] or {}
        written = [
            f"{birth['year']:04d}" if birth.get("year") else "-",
            f"{birth['month']:02d}" if birth.get("month") else None,
            f"{birth['day']:02d}" if birth.get("day") and birth.get("month") else None,
        ]
        said = any(birth.get(part) for part in ("year", "month", "day"))
        return [{"birth_date": "-".join(each for each in written if each)}] if said else []
    value = contact[field]["value"] if field == "company" and contact[field] else contact[field]
    return [{field: value}] if value else []


@given(_rows(), _labels, _rules, st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_golden_contacts_do_not_depend_on_the_order_of_rows(
    rows: list[Row], labels: list[int], rules: SurvivorshipRules, seed: int
) -> None:
    table, golden = _golden(rows, labels, rules)
    parts = partition(labels[: len(rows)])
    again = golden_records(shuffled(table, seed), shuffled(parts, seed + 1), rules)
    assert golden == again


@given(_rows(), _labels, _rules)
@settings(max_examples=25, deadline=None)
def test_a_batch_of_one_cluster_gives_what_the_whole_batch_gives(
    rows: list[Row], labels: list[int], rules: SurvivorshipRules
) -> None:
    table, golden = _golden(rows, labels, rules)
    parts = partition(labels[: len(rows)])
    for cluster in integers(golden.records["cluster"]).tolist():
        mine = [n for n in range(len(rows)) if labels[n] == labels[cluster]]
        alone = golden_records(table.take(mine), parts.take(mine), rules)
        for kind in ("records", "emails", "phones", "identifiers", "preferences", "members"):
            whole = getattr(golden, kind).to_pylist()
            assert getattr(alone, kind).to_pylist() == [each for each in whole if each["cluster"] == cluster]
