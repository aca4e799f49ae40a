"""Models corrected by decisions: only where decisions that were held out are foretold clearly better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dedupe.arrays.units import BIT
from dedupe.matching.comparisons.definitions import COMPARISONS, EMAIL, NAMES
from dedupe.matching.model.default import default_model
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.training.recalibration import (
    LabelledPairs,
    applied,
    corrected,
    fitted,
    predicted_log_odds,
)

MODEL = default_model().with_thresholds(link=3 * BIT, review=-BIT)
AT = NAMES.index("email"), EMAIL.index("local")


def world(count: int, seed: int, moved: float = 0.0, level: float = 0.0) -> LabelledPairs:
    """Doubtful pairs of a world whose log-odds lie `moved` bits from what the model says, and `level` bits
    where the email is of the level AT."""
    rng = np.random.default_rng(seed)
    curve = MODEL.calibration
    weight = rng.integers(MODEL.review, MODEL.link + 3 * BIT, count)
    levels = np.full((count, len(COMPARISONS)), -1, dtype=np.int8)
    shows = rng.random(count) < 0.4
    levels[:, AT[0]] = np.where(shows, AT[1], 0)
    odds = np.interp(weight, curve.weights, curve.log_odds) + moved + level * shows
    same = rng.random(count) < 1 / (1 + np.exp2(-odds))
    return LabelledPairs(levels, weight, same, np.arange(count) // 2)


def loss(model: MatchModel, labelled: LabelledPairs) -> float:
    odds = predicted_log_odds(model, None, labelled)
    return float(np.logaddexp2(0, np.where(labelled.same, -odds, odds)).mean())


@pytest.mark.parametrize("moved", [-2.5, 2.0])
def test_a_model_that_is_off_is_moved_towards_what_people_decided(moved: float) -> None:
    made = corrected(MODEL, world(400, 1, moved))
    assert made.model is not None
    fresh = world(4000, 2, moved)
    assert loss(made.model, fresh) < loss(MODEL, fresh) - 0.02


def test_a_level_that_says_too_much_weighs_less_afterwards() -> None:
    made = corrected(MODEL, world(900, 3, level=-4.0))
    assert made.correction is not None
    assert made.correction.kind == "levels"
    assert made.correction.levels[AT] < -1
    assert made.model is not None
    change = made.model.weights["email"][:, AT[1]] - MODEL.weights["email"][:, AT[1]]
    assert len(set(change.tolist())) == 1
    assert change[0] < -BIT


def test_a_model_that_foretells_well_is_left_alone() -> None:
    taken = sum(corrected(MODEL, world(150, seed)).model is not None for seed in range(10))
    assert taken <= 1


def test_few_decisions_or_of_one_kind_only_are_refused() -> None:
    few = corrected(MODEL, world(30, 1, -3.0))
    assert few.model is None
    assert "too few" in few.why
    alike = world(200, 1)
    only = corrected(MODEL, replace(alike, same=np.ones(200, dtype=bool)))
    assert only.model is None
    assert "0 different" in only.why
    assert corrected(MODEL, alike.where(np.zeros(200, dtype=bool))).model is None


def test_nearly_no_news_moves_the_model_nearly_not_at_all() -> None:
    found = fitted(MODEL, world(60, 5), "levels")
    assert abs(found.offset) < 1.5
    assert 0.6 < found.stretch < 1.4


def test_the_model_corrected_says_what_the_correction_says() -> None:
    labelled = world(600, 7, -1.5, 2.5)
    found = fitted(MODEL, labelled, "levels")
    model = applied(MODEL, found)
    more = (labelled.levels[:, AT[0]] == AT[1]) * round(BIT * found.levels[AT])
    none = (labelled.levels[:, AT[0]] == 0) * round(BIT * found.levels.get((AT[0], 0), 0.0))
    again = replace(labelled, weight=labelled.weight + more + none)
    assert (
        np.abs(predicted_log_odds(model, None, again) - predicted_log_odds(MODEL, found, labelled)).max()
        < 0.01
    )


def test_thresholds_stay_at_their_probabilities_and_in_order() -> None:
    model = applied(MODEL, fitted(MODEL, world(400, 1, -2.5), "offset"))
    before, after = (
        float(one.calibration.probability(np.array([one.link], np.int32))[0]) for one in (MODEL, model)
    )
    assert after == pytest.approx(before, abs=0.01)
    assert model.review <= model.link
    assert model.link > MODEL.link
    assert MatchModel.from_json(model.to_json()).to_json() == model.to_json()


def test_what_was_decided_of_the_same_people_is_held_out_together() -> None:
    """A thousand copies of few decisions are few decisions: their gain is not clear."""
    some = world(25, 8)
    copies = np.repeat(np.arange(25), 40)
    copied = LabelledPairs(some.levels[copies], some.weight[copies], some.same[copies], copies)
    assert corrected(MODEL, copied).model is None
