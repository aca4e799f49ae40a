"""The share of likely matches that blocking does not find, estimated from few contacts."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dedupe.arrays.numpy_columns import integers, pairs_of
from dedupe.config import Settings
from dedupe.engines.local import LocalEngine
from dedupe.matching.blocking import recall_estimate
from dedupe.matching.blocking.analysis import found_by_rule, largest_blocks
from dedupe.matching.blocking.recall_estimate import Missed, clopper_pearson, missed
from dedupe.matching.features.build import build_features
from dedupe.matching.model.default import default_model
from dedupe.matching.model.scoring import score
from dedupe.matching.term_frequencies import count_term_frequencies
from dedupe.pipeline.record_linkage import block
from dedupe.simulators.population.export import write_csv
from dedupe.simulators.population.population import population
from dedupe.wiring.files import FileOptions, normalize_file
from tests.matching.normalized_contacts import contact, contacts, unrelated_people

ENGINE = LocalEngine(threads=1)
MODEL = default_model()


@cache
def town(people: int, seed: int) -> tuple[pa.Table, tuple[str, ...]]:
    """CONTACTS of a generated population, and who each is."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        write_csv(population(people, seed), path)
        file = normalize_file(path, FileOptions(), Settings())
    truth: list[str] = file.read.column("truth_id").to_pylist()
    whose = [""] * len(truth)
    for row, number in enumerate(file.number.tolist()):
        whose[number] = truth[row]
    return file.contacts, tuple(whose)


def lost(table: pa.Table, drawn: int | None = None) -> Missed:
    features = build_features(table)
    pairs, _ = block(features, ENGINE)
    return missed(features, count_term_frequencies(features), MODEL, pairs, ENGINE.map, drawn)


@cache
def everything(people: int, seed: int) -> dict[str, Any]:
    """Every pair there is: its weight, whether blocking finds it, whether it is one person's."""
    table, whose = town(people, seed)
    features = build_features(table)
    pairs, _ = block(features, ENGINE)
    left, right = np.triu_indices(features.size, 1)
    every = pa.table({"left": pa.array(left.astype(np.int64)), "right": pa.array(right.astype(np.int64))})
    weight = integers(score(features, count_term_frequencies(features), MODEL, every).column("weight"))
    one, other = pairs_of(pairs)
    found = np.isin((left << 32) | right, (one << 32) | other)
    person = np.unique(whose, return_inverse=True)[1]
    return {"weight": weight, "found": found, "true": person[left] == person[right]}


def share_of_all(people: int, seed: int) -> float:
    every = everything(people, seed)
    chance = MODEL.calibration.probability(every["weight"].astype(np.int32)) * (
        every["weight"] >= MODEL.review
    )
    return float(chance[~every["found"]].sum() / chance.sum())


def test_with_every_contact_drawn_it_is_what_comparing_every_pair_finds() -> None:
    found = lost(town(300, 3)[0], 10_000).likely
    assert abs(found.share - share_of_all(300, 3)) < 0.01
    assert found.low == found.share == found.high


@pytest.mark.long
def test_intervals_from_few_contacts_hold_the_share_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    table, truth = town(300, 3)[0], share_of_all(300, 3)
    held = 0
    for salt in range(20):
        monkeypatch.setattr(recall_estimate, "DRAW_SALT", salt)
        found = lost(table, 96).likely
        held += found.low <= truth <= found.high
    assert held >= 18


@pytest.mark.parametrize("seed", [3, 5])
def test_true_matches_that_look_likely_are_missed_as_often_as_estimated(seed: int) -> None:
    every = everything(300, seed)
    likely = every["true"] & (every["weight"] >= MODEL.review)
    true_share = (likely & ~every["found"]).sum() / likely.sum()
    assert abs(lost(town(300, seed)[0], 10_000).likely.share - true_share) < 0.03


def test_the_order_of_rows_does_not_matter() -> None:
    table = town(300, 3)[0]
    turned = table.take(np.arange(len(table))[::-1].copy())
    assert lost(turned, 64) == lost(table, 64)


def test_nobody_and_one_contact_miss_nothing() -> None:
    for table in (contacts(), contacts(contact("ann lee"))):
        assert lost(table).likely.matches == 0


def test_each_pair_is_added_by_one_rule() -> None:
    features = build_features(town(300, 3)[0])
    pairs, _ = block(features, ENGINE)
    rules = found_by_rule(pairs, features.size)
    assert sum(rule.adds for rule in rules) == len(pairs)
    assert all(rule.alone <= rule.adds <= rule.pairs for rule in rules)


def test_the_fullest_block_comes_first_and_says_what_became_of_it() -> None:
    people = [{**one, "phones": contact(phone="+14155550100")["phones"]} for one in unrelated_people(70)]
    first = largest_blocks(build_features(contacts(*people)), 1)[0]
    assert (first.rule, first.contacts, first.outcome) == ("phone", 70, "split")


def test_clopper_and_pearson_s_interval_is_that_of_their_tables() -> None:
    low, high = clopper_pearson(5, 20)
    assert (round(low, 4), round(high, 4)) == (0.0866, 0.4910)
    assert clopper_pearson(0, 10)[0] == 0


def test_exact_duplicates_are_not_missed() -> None:
    duplicates = [contact("ann lee", email="ann@x.org", phone="+14155550199")] * 90
    found = lost(contacts(*duplicates, *unrelated_people(20)))
    assert found.links.matches > 0
    assert found.links.share == 0
