"""Comparisons say of themselves what scoring, training and clustering must know of them."""

import numpy as np
import pytest

from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.definitions import BY_NAME, COMPARISONS, SILENT, TOPICS
from dedupe.matching.comparisons.types import Comparison, ComparisonLevel
from dedupe.matching.features.build import build_features
from dedupe.matching.term_frequencies import count_term_frequencies
from tests.matching.normalized_contacts import contacts, unrelated_people

LEVELS = (
    ComparisonLevel("different", "they differ"),
    ComparisonLevel("same", "they are the same", counted=True),
)


def test_each_comparison_belongs_to_one_topic() -> None:
    positions = sorted(position for topic in TOPICS for position in topic.positions)
    assert positions == list(range(len(COMPARISONS)))
    for topic in TOPICS:
        assert topic.comparisons == tuple(COMPARISONS[position] for position in topic.positions)


def test_comparisons_name_others_that_there_are() -> None:
    for comparison in COMPARISONS:
        assert {*(comparison.joint or ()), *comparison.limits} <= set(BY_NAME)
        for level in comparison.levels:
            if comparison.joint and level.joint:
                for name, joint in zip(comparison.joint, level.joint, strict=True):
                    BY_NAME[name].index(joint)
            assert (level.joint is None) == (comparison.joint is None)


def test_every_comparison_is_made_at_levels_it_defines() -> None:
    features = build_features(contacts(*unrelated_people(12), *unrelated_people(12)))
    left, right = np.triu_indices(24, 1)
    results = compare(features, count_term_frequencies(features), left, right)
    assert set(results) == set(BY_NAME)
    for comparison in COMPARISONS:
        level = results[comparison.name].level
        assert ((level >= SILENT) & (level < len(comparison.levels))).all()


@pytest.mark.parametrize(
    ("levels", "fields"),
    [
        ((*LEVELS, LEVELS[0]), {}),
        (LEVELS, {"identifying_from": "alike"}),
        (LEVELS, {"shared_at_home_from": "alike"}),
        ((*LEVELS, ComparisonLevel("swapped", "they are swapped", rare_as="equal")), {}),
        ((*LEVELS, ComparisonLevel("alike", "they are alike", limited=True)), {}),
    ],
)
def test_a_comparison_that_contradicts_itself_is_refused(levels, fields) -> None:
    with pytest.raises(ValueError, match="the comparison hobby"):
        Comparison("hobby", "the hobbies", levels, **fields)


def test_a_rare_value_weighs_more_except_against_rivals_who_share_it_anyway() -> None:
    assert BY_NAME["given_name"].counts_against == (True, False, True, False)
    assert BY_NAME["company"].counts_against == (True, False, False, False)
    assert BY_NAME["street"].counts_against == (True, False, False, True)
