"""The batch of one: a pair scored alone, with the run's term frequencies, weighs what it weighs among all."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedupe.arrays.units import BIT
from dedupe.config import Settings
from dedupe.engines.local import LocalEngine
from dedupe.matching.comparisons.definitions import BY_NAME, NAMES
from dedupe.matching.model.default import default_model
from dedupe.matching.pair_explanation import explain
from dedupe.pipeline.record_linkage import Matching, MatchSettings, match
from dedupe.simulators.population.export import write_csv
from dedupe.simulators.population.population import population
from dedupe.wiring.files import FileOptions, normalize_file
from tests.matching.normalized_contacts import contact, contacts, pairs, unrelated_people

EVERY_PAIR = default_model().with_thresholds(default_model().link, -100 * BIT)


def normalized(people: int, seed: int) -> pa.Table:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        write_csv(population(people, seed), path)
        return normalize_file(path, FileOptions(), Settings()).contacts


def matched(table: pa.Table) -> Matching:
    """Every pair that meets in a block is kept, however little it weighs."""
    return match(table, EVERY_PAIR, MatchSettings(), pairs(), pairs(), LocalEngine(threads=1))


def alone(table: pa.Table, matching: Matching, row: dict[str, Any], turned: bool = False) -> dict[str, int]:
    pair = [row["right"], row["left"]] if turned else [row["left"], row["right"]]
    found = explain(table.take(pair), EVERY_PAIR, matching.context)
    levels = {step.fact: BY_NAME[step.fact].index(step.level) for step in found.steps}
    return {name: levels.get(name, -1) for name in NAMES} | {"weight": found.weight}


def check(people: int, seed: int) -> None:
    table = normalized(people, seed)
    matching = matched(table)
    for row in matching.scored.to_pylist():
        together = {name: row[name] for name in (*NAMES, "weight")}
        assert alone(table, matching, row) == together
        assert alone(table, matching, row, turned=True) == together


@given(st.integers(0, 1 << 30))
@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_a_pair_weighs_alone_what_it_weighs_in_the_batch(seed: int) -> None:
    check(14, seed)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2))
def test_a_pair_weighs_alone_what_it_weighs_among_many(seed: int) -> None:
    check(150, seed)


def level(comparison: str, one: dict[str, Any], other: dict[str, Any], *others: dict[str, Any]) -> str:
    """The level of the first two contacts, which meet by mailbox or line, in a batch with the others."""
    table = contacts(one, other, *others, *unrelated_people(20))
    matching = matched(table)
    [row] = [row for row in matching.scored.to_pylist() if (row["left"], row["right"]) == (0, 1)]
    assert alone(table, matching, row)[comparison] == row[comparison]
    return "silent" if row[comparison] < 0 else BY_NAME[comparison].levels[row[comparison]].name


def test_nobody_else_tells_that_one_name_is_short_for_another() -> None:
    one, other = contact("bill", email="b@x.org"), contact("william smith", email="b@x.org")
    assert level("given_name", one, other) == "nickname"
    assert level("given_name", one, other, contact("bill jones")) == "nickname"


def test_nobody_else_tells_that_a_mailbox_spells_a_name() -> None:
    one = contact(email="jane.doe@x.org", phone="+14155550123")
    other = contact(email="jane.doe@y.org", phone="+14155550123")
    assert level("email", one, other) == "local"
    assert level("email", one, other, contact("jane doe", email="jane.doe@z.org")) == "local"
    assert level("email", one, {**other, "names": contact("jane doe")["names"]}) == "local_of_name"


def test_nobody_else_tells_the_alphabet_of_a_name() -> None:
    russian, latin = contact("anna kuzmina", email="k@x.org"), contact("anna kuzmina")
    russian["names"][0]["value"], latin["names"][0]["value"] = "Анна Кузьмина", "Anna Kuzmina"
    other = contact("peter miller", email="k@x.org")
    assert level("given_name", other, russian) == "silent"
    assert level("given_name", other, russian, latin) == "silent"
    assert level("given_name", other, {**latin, "emails": russian["emails"]}, russian) == "different"
