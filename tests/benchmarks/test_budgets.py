"""What a budget of wrong merges costs, by the size of golden contacts and the evidence they rest on."""

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.budget_page import budget_page
from benchmarks.budgets import at_budgets, by_size, together
from benchmarks.page import page
from benchmarks.subjects import TRUTH, Subject, keyed_anew
from dedupe.config import Settings
from dedupe.pipeline.expected_merges import ExpectedMerges, found_by_evidence
from dedupe.simulators.population.export import batches
from dedupe.simulators.population.population import population
from dedupe.wiring.files import AUTO, modelled

MERGES = ExpectedMerges(
    cluster=np.array([0, 2, 5]),
    contacts=np.array([2, 3, 9]),
    right=np.array([0.9, 0.8, 1.0]),
    evidence=np.array(["email", "phone", "email"]),
)
MIXED = np.array([True, False, True])


def test_golden_contacts_are_told_by_size_and_by_evidence() -> None:
    assert [(one.kind, one.golden_contacts, one.found_wrong) for one in by_size(MERGES, MIXED)] == [
        ("2 contacts", 1, 1),
        ("3 contacts", 1, 0),
        ("5 and more", 1, 1),
    ]
    assert [
        (one.kind, one.golden_contacts, one.expected_wrong, one.found_wrong)
        for one in found_by_evidence(MERGES, MIXED)
    ] == [
        ("email", 2, 0.1, 2),
        ("phone", 1, 0.2, 0),
    ]


def test_groups_of_several_files_are_added_up() -> None:
    part = [vars(one) for one in found_by_evidence(MERGES, MIXED)]
    assert [
        (one.kind, one.golden_contacts, one.expected_wrong, one.found_wrong) for one in together([part, part])
    ] == [
        ("email", 4, 0.2, 4),
        ("phone", 2, 0.4, 0),
    ]


@pytest.fixture(scope="module")
def town() -> Subject:
    table = keyed_anew(pa.Table.from_batches(batches(population(900, seed=2))))
    return Subject("town", lambda: table, profile="900 people, seed 2")


def test_a_larger_budget_links_more_and_every_golden_contact_is_told_of(town) -> None:
    file = town.normalized()
    truth = file.people(TRUTH)
    found = at_budgets(modelled(file, AUTO, Settings()).prepared, truth, (0.005, 0.05))
    assert found[0]["recall"] < found[1]["recall"]
    assert found[0]["said"] < found[1]["said"]
    for one in found:
        for key in ("by_size", "by_evidence"):
            assert sum(group["golden_contacts"] for group in one[key]) == one["linked_clusters"]
            assert sum(group["found_wrong"] for group in one[key]) == one["wrong_clusters"]
    assert "| town | 0.5% |" in budget_page([(town, found)])
    assert "| town | 0.5% |" in page([(town, {"ours": {**found[0], "budgets": found}})])
    assert "| town* | 0.5% |" in page([(town, {"ours*": {**found[0], "budgets": found}})])
