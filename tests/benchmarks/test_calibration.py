"""The reliability table: what is said of pairs against what is so."""

import numpy as np
import pytest

from benchmarks.calibration import bands, brier, wilson
from benchmarks.plots import reliability_chart


def test_a_band_tells_what_was_said_and_what_is_so() -> None:
    said = np.array([0.92, 0.94, 0.93, 0.91, 1.0])
    found = bands(said, np.array([True, True, True, False, True]))
    assert [(band.lower, band.pairs) for band in found] == [(0.9, 4), (0.999, 1)]
    assert found[0].said == pytest.approx(0.925)
    assert found[0].right == 0.75


def test_an_interval_holds_the_share_and_stays_between_0_and_1() -> None:
    for good, count in ((0, 1), (1, 1), (5, 10), (999, 1000)):
        low, high = wilson(good, count)
        assert 0 <= low <= good / count <= high <= 1
    assert wilson(50, 100) == pytest.approx((0.4038, 0.5962), abs=1e-4)  # a known example


def test_errors_are_told_beside_those_of_saying_the_average_and_of_the_bands_put_right() -> None:
    found = brier(np.array([0.9, 0.9, 0.6, 0.6]), np.array([True, True, True, False]))
    assert found.said == pytest.approx((0.01 + 0.01 + 0.16 + 0.36) / 4)
    assert found.average == pytest.approx(0.1875)
    assert found.put_right == pytest.approx(0.125)


def test_nothing_said_is_no_band() -> None:
    assert bands(np.zeros(0), np.zeros(0, dtype=bool)) == []


def test_the_plot_is_the_same_every_time() -> None:
    rows = {"populations": [vars(band) for band in bands(np.array([0.6, 0.97]), np.array([False, True]))]}
    assert reliability_chart(rows) == reliability_chart(rows)
