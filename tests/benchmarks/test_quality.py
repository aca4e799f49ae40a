"""The benchmarks' own machinery: what peers are given, and what is told."""

import numpy as np
import pyarrow as pa
import pytest

from benchmarks import quality, readme_table, rivals
from benchmarks.page import page
from benchmarks.plots import quality_chart
from benchmarks.quality import FLOOR, OURS, ROOT, Cache, marked, measure
from benchmarks.subjects import TRUTH, Subject, keyed_anew
from dedupe.simulators.population.export import batches
from dedupe.simulators.population.population import population
from tests.matching.normalized_contacts import contact, contacts


@pytest.fixture
def town() -> Subject:
    table = keyed_anew(pa.Table.from_batches(batches(population(120, seed=2))))
    return Subject("town", lambda: table, profile="120 people, seed 2")


def test_order_and_ids_of_records_give_nothing_away(town) -> None:
    table = town.table()
    assert table["record_id"][0].as_py() == "r00000000"
    truth = table[TRUTH].to_pylist()
    assert truth != sorted(truth)
    assert not any(person in name for person, name in zip(truth, table["record_id"].to_pylist(), strict=True))


def test_identifiers_are_hidden_unless_asked_for(town) -> None:
    assert not any(town.normalized().contacts["identifiers"].to_pylist())


def test_peers_get_every_normalized_value_and_null_where_there_is_none() -> None:
    rows = rivals.flat(
        contacts(
            contact("ann smith", email=["a@x.org", "b@x.org"], phone="+14155550123", birth="1970-03-04"),
            contact(),
            contact("bob jones", email="c@x.org", city="leeds"),
        )
    ).to_pylist()
    assert rows[0]["full_name"] == "ann smith"
    assert (rows[0]["email"], rows[0]["emails"]) == ("a@x.org", ["a@x.org", "b@x.org"])
    assert (rows[0]["phones"], rows[0]["birth"]) == (["+14155550123"], "1970-03-04")
    assert {name: value for name, value in rows[1].items() if value is not None} == {"unique_id": 1}
    assert (rows[2]["email"], rows[2]["emails"], rows[2]["city"]) == ("c@x.org", ["c@x.org"], "leeds")


def test_exact_keys_chain_through_whatever_two_contacts_share() -> None:
    table = contacts(
        contact("a b", email="a@x.org"),
        contact("a b", email="a@x.org", phone="+14155550123"),
        contact("c d", phone="+14155550123"),
        contact("e f"),
    )
    found = rivals.exact_keys(table, np.array([0, 0, 1, 2]))
    assert (found["largest"], found["found"], found["wrong"]) == (3, 1, 2)


def test_a_component_lies_in_one_fold_and_folds_are_even() -> None:
    count = 5_000
    left = np.arange(0, count, 2)
    fold = rivals.folds(count, left, left + 1)
    assert (fold[left] == fold[left + 1]).all()
    assert min(np.bincount(fold, minlength=rivals.FOLDS)) > count / rivals.FOLDS * 0.8


def test_splink_is_told_at_the_best_of_its_configurations() -> None:
    found = rivals.best_of({"splink": {"f1": 0.5}, "splink-parts": {"f1": 0.7}})
    assert found["f1"] == 0.7
    assert found["configuration"] == "splink-parts"
    assert found["f1_by_configuration"] == {"splink": 0.5, "splink-parts": 0.7}


def test_the_best_threshold_is_found() -> None:
    scored = pa.table({"left": [0, 2, 1], "right": [1, 3, 2], "weight": [9.0, 8.0, 1.0]})
    best = rivals.best_threshold(np.array([0, 0, 1, 1]), scored)
    assert (best["f1"], best["precision"]) == (1.0, 1.0)
    assert 1.0 < best["threshold"] <= 8.0


def test_a_run_goes_on_where_it_stopped_and_tells_the_same(town, tmp_path) -> None:
    cache = Cache(tmp_path, keep_peers=False)
    assert list(measure(town, [FLOOR], cache, tmp_path)) == [FLOOR]
    assert list(measure(town, [OURS, FLOOR], cache, tmp_path)) == [OURS]
    assert not (tmp_path / "peers").exists()
    assert list(marked(cache.read(town.title))) == [OURS, FLOOR]
    text = page([(town, cache.read(town.title))])
    assert "120 people, seed 2" in text
    assert "| ours |" in text
    assert quality_chart([("town", cache.read(town.title))]).startswith("<svg")


def test_a_ceiling_of_some_pairs_says_so(town, tmp_path) -> None:
    cache = Cache(tmp_path, keep_peers=False)
    list(measure(town, [FLOOR], cache, tmp_path))
    judged = {"pairs": 900, "candidate_pairs": 1_000, "right_candidates": 70, "right_candidates_judged": 69}
    found = {**cache.read(town.title)[FLOOR], **judged}
    assert "900 of 1,000 candidate pairs judged; 1 right ones not" in page([(town, {"ceiling": found})])
    assert "judged;" not in page([(town, {"ceiling": {**found, "pairs": 1_000}})])


def test_a_peer_that_refuses_its_own_choice_is_told_of(town, tmp_path) -> None:
    cache = Cache(tmp_path, keep_peers=False)
    list(measure(town, [FLOOR], cache, tmp_path))
    found = cache.read(town.title)[FLOOR]
    assert "GoldenMatch refused" in page([(town, {"GoldenMatch": {**found, "refused": True}})])
    assert "GoldenMatch refused" not in page([(town, {"GoldenMatch": {**found, "refused": False}})])


def test_a_peer_is_not_run_on_more_contacts_than_it_bears(town, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(quality, "GOLDENMATCH_UP_TO", 100)
    assert list(measure(town, [quality.GOLDENMATCH], Cache(tmp_path, keep_peers=False), tmp_path)) == []
    assert "not run on more than 100 contacts" in capsys.readouterr().out


def test_the_readme_shows_what_was_measured_between_its_marks(town) -> None:
    found = rivals.measured(np.array([0, 0, 1]), np.array([0, 0, 2]))
    at = [{**found, "budget": budget} for budget in (0.005, 0.01)]
    rows = [(town, {"ours": {**found, "budgets": at}, "GoldenMatch*": {**found, "f1": 0.25}})]
    text = readme_table.with_tables(f"before {readme_table.BEGIN} stale {readme_table.END} after", rows)
    assert text.startswith("before")
    assert text.endswith("after")
    assert "stale" not in text
    assert "| town | 3 | 1.000 | 1.000 | 1.000 | 0.00% |  | 0.250* |" in text
    assert "| town | 1.000 (0.00%) | 1.000 (0.00%) |" in text
    assert readme_table.with_tables(text, rows) == text


def test_a_page_without_marks_is_left_alone(town) -> None:
    with pytest.raises(ValueError, match="lacks the marks"):
        readme_table.with_tables("no marks", [])


def test_the_readme_has_its_marks() -> None:
    assert readme_table.with_tables((ROOT / "README.md").read_text("utf-8"), [])
