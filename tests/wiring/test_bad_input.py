"""Tables that no table should be: each a right answer or a clear error, in bounded time and memory."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import dedupe
from dedupe.config import MatchSection, Settings
from dedupe.errors import InputError
from dedupe.fetchers.files.read import read_table
from dedupe.matching.model.default import default_model
from dedupe.simulators.population.export import batches
from dedupe.simulators.population.population import population
from dedupe.wiring.evaluations import evaluate_normalized
from dedupe.wiring.files import FileOptions, normalize_read

COLUMNS = ("record_id", "full_name", "email", "phone", "city", "birth_date")


def table(*rows: Mapping[str, str | None]) -> pa.Table:
    texts = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in COLUMNS}
    return pa.table(texts)


def clusters(given: pa.Table) -> list[str]:
    found: list[Any] = dedupe.match(given, region="US")["cluster_id"].to_pylist()
    return found


def people_of(given: pa.Table) -> set[frozenset[str]]:
    """Who is one: sets of record ids."""
    found = dedupe.match(given, region="US")
    groups: dict[Any, list[str]] = {}
    for record, cluster in zip(found["record_id"].to_pylist(), found["cluster_id"].to_pylist(), strict=True):
        groups.setdefault(cluster, []).append(str(record))
    return {frozenset(group) for group in groups.values()}


ANN = {"full_name": "Ann Lee", "email": "ann@example.org", "phone": "+14155552671"}


def test_nobody_is_nobody() -> None:
    assert clusters(table()) == []
    assert dedupe.normalize(table()).num_rows == 0


def test_one_is_alone() -> None:
    assert clusters(table({"record_id": "1", **ANN})) == ["1"]


def test_all_the_same_are_one_person() -> None:
    assert set(clusters(table(*({"record_id": f"{i:04}", **ANN} for i in range(700))))) == {"0000"}


def test_copies_beside_others_are_joined_as_one_of_them_would_be() -> None:
    others = [{"record_id": f"x{i}", "full_name": f"{_word(i)} {_word(i + 9)}"} for i in range(200)]
    other_ann = {"record_id": "z", **ANN, "phone": None, "full_name": "Anne Lee"}
    rows: list[Mapping[str, str | None]] = [
        *({"record_id": f"{i:04}", **ANN} for i in range(500)),
        other_ann,
        *others,
    ]
    found = clusters(table(*rows))
    assert set(found[:501]) == {"0000"}
    assert len(set(found)) == 201


def test_namesakes_of_whom_nothing_else_is_told_stay_apart() -> None:
    rows = [{"record_id": f"{i:04}", "full_name": "Ann Lee"} for i in range(500)]
    assert len(set(clusters(table(*rows)))) == 500


def test_all_empty_are_each_alone() -> None:
    ids = [f"{i:03}" for i in range(300)]
    assert clusters(table(*({"record_id": one} for one in ids))) == ids


@pytest.mark.parametrize("missing", COLUMNS[1:])
def test_a_column_that_is_always_missing_is_no_trouble(missing) -> None:
    given = pa.Table.from_batches(batches(population(60, seed=3)))
    silent = pa.nulls(len(given), pa.string())
    whole = given.set_column(given.column_names.index(missing), missing, silent)
    assert clusters(whole) == clusters(given.drop_columns([missing]))


@pytest.mark.parametrize("text", ["a" * 10_000, "ann " * 2_500, "é" * 10_000, "a-" * 5_000, "ж" * 10_000])
def test_names_of_ten_thousand_characters_are_names(text) -> None:
    long = [{"record_id": str(i), **ANN, "full_name": text} for i in range(5)]
    started = time.monotonic()
    found = clusters(table(*long, {"record_id": "bo", "full_name": "Bo Ek", "email": "bo@example.net"}))
    assert found == ["0"] * 5 + ["bo"]
    assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("version 1", "version 99"),
        lambda text: json.dumps({**json.loads(text), "review": 10**6}),
        lambda _: "not a model",
    ],
)
def test_a_damaged_model_or_one_of_another_version_is_refused(tmp_path: Path, damage) -> None:
    path = tmp_path / "model.json"
    path.write_text(damage(default_model().to_json()), encoding="utf-8")
    with pytest.raises(InputError, match=r"model|threshold"):
        dedupe.match(table({"record_id": "1", **ANN}), model=str(path))


def test_thresholds_out_of_order_are_refused() -> None:
    with pytest.raises(ValueError, match="review_probability is above link_probability"):
        MatchSection(link_probability=0.6, review_probability=0.9)


@pytest.mark.parametrize("rows", [0, 1])
def test_next_to_nothing_is_evaluated(rows) -> None:
    given = table(*[{"record_id": "1", **ANN}] * rows)
    given = given.append_column("who", pa.array(["ann"] * rows, pa.string()))
    file = normalize_read(read_table(given), FileOptions(), Settings())
    found = evaluate_normalized(file, "auto", "who", Settings()).evaluation
    assert (found.figures.contacts, found.figures.f1, found.questions) == (rows, 1.0, 0)


def test_the_order_of_rows_changes_nobody() -> None:
    given = pa.Table.from_batches(batches(population(250, seed=6)))
    order: Any = pa.array(np.random.default_rng(1).permutation(len(given)))
    assert people_of(given.take(order)) == people_of(given)


def crowd(contacts: int, people: int, phone: str | None) -> pa.Table:
    """Contacts of so many people, each with a name and a mailbox of their own, all with one phone."""
    who = np.arange(contacts) % people
    names = [f"{_word(one)} {_word(one * 31 + 7)}" for one in range(people)]
    mailboxes = [f"{_word(one)}.{one}@example.org" for one in range(people)]
    return pa.table(
        {
            "record_id": [f"{number:07}" for number in range(contacts)],
            "full_name": [names[one] for one in who],
            "email": [mailboxes[one] for one in who],
            "phone": pa.array([phone] * contacts, pa.string()),
        }
    )


def _word(number: int) -> str:
    """A word of its own for each number below a million, of letters that say little."""
    letters = [number * 7919 % 1_000_003 // 26**place % 26 for place in range(5)]
    return "".join(chr(97 + letter) + "aeiou"[(letter + number) % 5] for letter in letters[:4])


def test_a_line_that_all_share_joins_nobody() -> None:
    together = people_of(crowd(2_000, 900, "+14155552671"))
    assert together == people_of(crowd(2_000, 900, None))
    assert len(together) == 900


def chained(given: pa.Table, people: int) -> pa.Table:
    """Each person's contacts share one line with the person before and one with the person after."""
    lines = [f"+1415{2_000_000 + one:07}" for one in range(people)]
    both = [f"{lines[row % people]};{lines[(row + 1) % people]}" for row in range(len(given))]
    return given.set_column(given.column_names.index("phone"), "phone", pa.array(both))


@pytest.mark.long
@pytest.mark.parametrize("glue", ["one line", "a chain of lines"])
def test_a_hundred_thousand_glued_contacts_are_the_right_people_in_seconds(glue) -> None:
    people = 45_000
    given = crowd(100_000, people, "+14155552671")
    if glue != "one line":
        given = chained(given, people)
    started = time.monotonic()
    assert people_of(given) == {frozenset(records) for records in _truth(100_000, people)}
    assert time.monotonic() - started < 120  # of which normalizing is most; the machine may be busy


def _truth(contacts: int, people: int) -> list[list[str]]:
    return [[f"{row:07}" for row in range(one, contacts, people)] for one in range(people)]


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_million_with_one_phone_end_in_bounded_time_and_memory() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.monotonic()
    given = crowd(1_000_000, 1_000_000, "+14155552671")
    found = dedupe.match(given, region="US")
    assert len(set(found["cluster_id"].to_pylist())) == 1_000_000
    assert time.monotonic() - started < 600
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 6 * 2**20  # KiB: six GiB
