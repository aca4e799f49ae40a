from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from dedupe.arrays.units import BIT
from dedupe.matching.comparisons.definitions import COMPARISONS, FAMILY_NAME, FULL_NAME, GIVEN_NAME, PHONE
from dedupe.matching.comparisons.result import ComparisonResult, ComparisonResults
from dedupe.matching.model.default import default_model
from dedupe.matching.model.match_model import MatchModel, NameOdds
from dedupe.matching.model.scoring import weight
from dedupe.matching.training import name_odds
from dedupe.matching.training.name_odds import fitted, with_names_believed

CONTACTS, PAIRS = 20_000, 6_000
Flags = npt.NDArray[np.bool_]


def without_families() -> MatchModel:
    """The shipped model, where two of one full name are one person or strangers."""
    return replace(default_model(), relatives_per_contact=1e-9, colleagues_per_contact=1e-9)


def namesakes(right: Flags, model: MatchModel, seed: int) -> ComparisonResults:
    """Pairs of one full name, common or rare, with a phone each, which agrees as often as
    the model says of those that are one person (`right`), and of others."""
    draw = np.random.default_rng(seed)
    silent, once = np.full(PAIRS, -1, dtype=np.int8), np.ones(PAIRS, dtype=np.int64)
    found = {comparison.name: ComparisonResult(silent, once, CONTACTS) for comparison in COMPARISONS}
    counts = holders(seed)
    for comparison in (GIVEN_NAME, FAMILY_NAME):
        same = np.full(PAIRS, comparison.index("same"), dtype=np.int8)
        found[comparison.name] = ComparisonResult(same, counts, CONTACTS)
    agree = np.full(PAIRS, FULL_NAME.index("both_agree"), dtype=np.int8)
    found[FULL_NAME.name] = ComparisonResult(agree, once, CONTACTS)
    shares = model.shares[PHONE.name] / model.shares[PHONE.name].sum(axis=0)
    own, strangers = (draw.choice(len(shares), PAIRS, p=shares[:, column]) for column in (0, 1))
    level = np.where(right, own, strangers).astype(np.int8)
    found[PHONE.name] = ComparisonResult(level, once, CONTACTS)
    return found


def holders(seed: int) -> npt.NDArray[np.int64]:
    """How many contacts hold each pair's given name, and its family name."""
    return np.exp(np.random.default_rng(seed + 1).uniform(np.log(2), np.log(2_000), PAIRS)).astype(np.int64)


def drawn(truth: NameOdds, model: MatchModel, seed: int) -> Flags:
    """Which pairs are one person, where the odds of their names come out like that."""
    results = namesakes(np.zeros(PAIRS, dtype=bool), model, seed)
    results[PHONE.name] = ComparisonResult(np.full(PAIRS, -1, dtype=np.int8))
    said = weight(results, replace(model, review=10**6), CONTACTS) / BIT
    odds = truth.offset + truth.slope * said
    return np.asarray(np.random.default_rng(seed + 2).random(PAIRS) < 1 / (1 + np.exp2(-odds)))


@pytest.mark.parametrize(
    "truth", [NameOdds(0.0, 1.0), NameOdds(2.0, 1.0), NameOdds(1.0, 0.5), NameOdds(-1.0, 0.8)]
)
def test_how_names_come_out_is_found_without_labels(truth: NameOdds) -> None:
    model = without_families()
    found = fitted(model, namesakes(drawn(truth, model, 7), model, 7), CONTACTS)
    assert found.offset == pytest.approx(truth.offset, abs=0.6)
    assert found.slope == pytest.approx(truth.slope, abs=0.2)


def weight_of_names(model: MatchModel) -> int:
    results = namesakes(np.ones(PAIRS, dtype=bool), model, 3)
    results[PHONE.name] = ComparisonResult(np.full(PAIRS, -1, dtype=np.int8))
    return int(np.median(weight(results, replace(model, review=10**6), CONTACTS)))


@pytest.mark.parametrize("all_right", [True, False])
def test_names_weigh_more_where_their_bearers_agree_besides_and_less_where_they_contradict(
    all_right: bool,
) -> None:
    model = replace(without_families(), usual_name_odds=NameOdds(0.0, 1.0))
    results = namesakes(np.full(PAIRS, all_right), model, 11)
    moved = weight_of_names(with_names_believed(model, results, CONTACTS)) - weight_of_names(model)
    assert (moved > BIT) if all_right else (moved < -BIT)


def test_names_that_come_out_as_usual_weigh_what_they_did() -> None:
    model = without_families()
    results = namesakes(drawn(NameOdds(1.0, 0.7), model, 5), model, 5)
    usual = replace(model, usual_name_odds=fitted(model, results, CONTACTS))
    moved = weight_of_names(with_names_believed(usual, results, CONTACTS)) - weight_of_names(model)
    assert abs(moved) <= BIT // 32


def test_a_model_that_knows_nothing_usual_stays_as_it_is() -> None:
    model = replace(without_families(), usual_name_odds=None)
    results = namesakes(np.ones(PAIRS, dtype=bool), model, 3)
    assert with_names_believed(model, results, CONTACTS) is model


def test_however_names_come_out_they_are_believed_within_bounds() -> None:
    model = replace(without_families(), usual_name_odds=NameOdds(-8.0, 0.0))
    believed = with_names_believed(model, namesakes(np.ones(PAIRS, dtype=bool), model, 3), CONTACTS)
    assert name_odds.LEAST_BELIEVED <= believed.names_believed <= name_odds.MOST_BELIEVED
