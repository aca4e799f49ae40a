"""Matches that no rule finds, counted by how often the lists overlap that found the others."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.engines.local import LocalEngine
from dedupe.matching.blocking.lost_matches import lost_matches, share_lost
from dedupe.matching.model.default import default_model
from dedupe.pipeline.record_linkage import MatchSettings, prepare
from tests.matching.normalized_contacts import contact, contacts, unrelated_people

SHARES = st.floats(0.15, 0.85)


def captured(matches: float, chances: list[float]) -> np.ndarray:
    """Of so many matches, how many each set of independent lists captures; none stay unseen."""
    by_lists = np.zeros(1 << len(chances))
    for kept in product((0, 1), repeat=len(chances)):
        share = np.prod([chance if one else 1 - chance for one, chance in zip(kept, chances, strict=True)])
        by_lists[sum(one << place for place, one in enumerate(kept))] = matches * share
    by_lists[0] = 0.0
    return by_lists


@given(st.lists(SHARES, min_size=2, max_size=5))
def test_independent_lists_tell_how_many_matches_none_of_them_captures(chances: list[float]) -> None:
    found = share_lost(captured(10_000, chances))
    assert found is not None
    assert found.matches == pytest.approx(10_000, rel=1e-6)
    assert found.share == pytest.approx(float(np.prod([1 - chance for chance in chances])), rel=1e-4)
    assert found.low <= found.share <= found.high


@given(st.lists(SHARES, min_size=2, max_size=5), st.floats(0, 1))
def test_what_narrower_rules_find_is_not_lost(chances: list[float], share: float) -> None:
    by_lists = captured(10_000, chances)
    unseen = 10_000 - by_lists.sum()
    by_lists[0] = share * unseen
    found = share_lost(by_lists)
    assert found is not None
    assert found.share * found.matches == pytest.approx((1 - share) * unseen, rel=1e-4, abs=1e-3)


def test_lists_that_depend_on_one_another_stay_within_the_interval() -> None:
    """Fewer people tell two of the facts than chance would have it."""
    by_lists = captured(10_000, [0.6, 0.5, 0.4])
    unseen = 10_000 - by_lists.sum()
    by_lists[0b011] /= 1.5
    found = share_lost(by_lists)
    assert found is not None
    assert found.low < unseen / (unseen + by_lists.sum()) < found.high


def test_one_list_tells_nothing() -> None:
    assert share_lost(np.array([0.0, 100.0, 0.0, 0.0])) is None


def test_of_a_small_file_without_losses_the_interval_says_how_little_it_tells() -> None:
    found = share_lost(np.array([0.0, 0.0, 0.0, 30.0]))
    assert found is not None
    assert (found.share, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(3 / 33)


def test_contacts_that_share_nothing_are_counted_with_the_others() -> None:
    """Of 600 people each tells the second time name, email or phone by the toss of a coin."""
    rows, again = unrelated_people(600), []
    for number, row in enumerate(rows):
        told = [number & 1 or None, number & 2 or None]
        again.append(
            contact(
                "",
                email=told[0] and row["emails"][0]["value"],
                phone=told[1] and row["phones"][0]["value"],
            )
        )
    prepared = prepare(contacts(*rows, *again), MatchSettings(), LocalEngine())
    known = (prepared.features, prepared.term_frequencies, default_model(), prepared.pairs, LocalEngine().map)
    found = lost_matches(*known)
    assert found is not None
    assert found.low < 0.25 < found.high
