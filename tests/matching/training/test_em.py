import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.arrays.units import BIT
from dedupe.errors import InputError
from dedupe.matching.comparisons.definitions import BY_NAME, COMPARISONS
from dedupe.matching.comparisons.types import RIVALS, RIVALS_WITH_SHARES
from dedupe.matching.model.default import default_model
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.training.calibration import calibrate
from dedupe.matching.training.thresholds import choose
from dedupe.pipeline.record_linkage import MatchSettings, match, trained
from tests.matching.normalized_contacts import contact, contacts, unrelated_people


def twice(people: int) -> list[dict[str, Any]]:
    """People of whom each stands in the file twice, half of them with another birth date the second time, a
    few years off: of many years they would be father and son."""
    rows = unrelated_people(people)
    again = [dict(row) for row in rows]
    for number, row in enumerate(again[::2]):
        row["birth"] = {
            "year": row["birth"]["year"] + 7,
            "month": 1 + (2 * number + 5) % 12,
            "day": 1 + (2 * number + 9) % 28,
            "ambiguous": False,
        }
    return rows + again


Learned = Callable[[list[dict[str, Any]]], MatchModel]


@pytest.fixture
def learned(engine: Any) -> Learned:
    """The model that is learned from rows, on every engine."""

    def model(rows: list[dict[str, Any]]) -> MatchModel:
        return trained(contacts(*rows), default_model(), MatchSettings(), engine).model

    return model


def test_a_comparison_that_fails_often_comes_to_weigh_less(learned: Learned) -> None:
    def against(model: MatchModel) -> int:
        return int(model.weights["birth"][0, 0])

    assert against(learned(twice(150))) > against(default_model()) + 512


def test_the_same_contacts_give_the_same_model_in_any_order(learned: Learned) -> None:
    rows = twice(100)
    shuffled = random.Random(4).sample(rows, len(rows))
    assert learned(rows).to_json() == learned(shuffled).to_json()


def test_households_that_are_seen_sharing_a_line_are_counted(learned: Learned) -> None:
    def relatives(*, share: bool) -> float:
        rows = twice(150)
        for number in range(300):
            one, other = f"+44207946{number:04}", f"+44207947{number:04}"
            rows.append(contact(f"ada{number} kin{number}", phone=one))
            rows.append(contact(f"bert{number} kin{number}", phone=one if share else other))
        return learned(rows).relatives_per_contact

    assert relatives(share=True) > relatives(share=False)


def test_where_nobody_tells_a_line_a_mailbox_or_a_home_the_number_of_relatives_stands(
    learned: Learned,
) -> None:
    rows = [{**row, "phones": [], "emails": []} for row in twice(150)]
    assert learned(rows).relatives_per_contact == pytest.approx(default_model().relatives_per_contact)


def test_a_source_full_of_duplicates_teaches_that_people_stand_twice_in_it(learned: Learned) -> None:
    def same(rows: list[dict[str, Any]]) -> float:
        return float(learned(rows).shares["source"][0, 0])

    here = twice(150) + unrelated_people(40, 500)
    there = [{**row, "source": "desk"} for row in unrelated_people(40, 500)]
    across = [{**row, "source": "desk" if number >= 150 else "crm"} for number, row in enumerate(twice(150))]
    assert same(here + there) > 2 * same(across)


def test_two_known_given_names_that_differ_never_speak_for_one_person(learned: Learned) -> None:
    rows = twice(150) + [contact(f"ada{n} kin{n}", email=f"kin{n}@x.org") for n in range(80)]
    rows += [contact(f"bert{n} kin{n}", email=f"kin{n}@x.org") for n in range(80)]
    both = BY_NAME["given_names_known"].index("both")
    assert learned(rows).weights["given_names_known"][:, both].max() <= 0


def test_an_address_that_only_spells_a_shared_given_name_says_little(learned: Learned) -> None:
    """Adrian of one firm and Adrian of another write from the same local part and are two people."""
    rows = twice(60)
    for number, row in enumerate(unrelated_people(120, 400)):
        given = f"{row['names'][0]['first']}rian"
        for firm in (number, number + 500):
            rows.append(contact(f"{given} {row['names'][0]['first']}{firm}", email=f"{given}@firm{firm}.com"))
    level = BY_NAME["email"].index("local_of_name")
    assert 0 <= learned(rows).weights["email"][0, level] < 2 * BIT


@pytest.mark.parametrize(
    ("comparison", "value"),
    [("email", "info@firm{}.com"), ("phone", "+1415555{:04}"), ("identifier", "customer:{}")],
)
def test_what_stands_in_every_row_of_a_firm_is_worth_little_among_its_people(
    learned: Learned, comparison: str, value: str
) -> None:
    def colleagues(*, shared: bool) -> list[dict[str, Any]]:
        rows = twice(150)
        for number, row in enumerate(unrelated_people(300, 500)):
            name = f"{row['names'][0]['first']} {row['names'][0]['last']}"
            told = {comparison: value.format(number // 6)} if shared else {}
            rows.append(contact(name, company=f"firm {number // 6}", **told))
        return rows

    few = BY_NAME[comparison].index("shared_by_few")
    against = 1 + RIVALS.index("colleagues"), RIVALS.index("colleagues")
    with_it, without = learned(colleagues(shared=True)), learned(colleagues(shared=False))
    assert with_it.shares[comparison][few, against[0]] > without.shares[comparison][few, against[0]]
    assert with_it.weights[comparison][against[1], few] < 0


def test_a_name_among_those_of_a_firm_makes_its_line_no_persons_own(learned: Learned) -> None:
    rows = twice(150)
    for number, row in enumerate(unrelated_people(300, 500)):
        name = f"{row['names'][0]['first']} {row['names'][0]['last']}"
        rows += [contact(name, company=f"firm {number // 6}", phone=f"+1415555{number // 6:04}")] * 2
    weights, colleagues = learned(rows).weights["phone"], RIVALS.index("colleagues")
    named, own = (weights[colleagues, BY_NAME["phone"].index(level)] for level in ("named_of_few", "same"))
    assert named < own - 3 * BIT


def firms(people: int) -> list[dict[str, Any]]:
    """Firms of so many people whose rows all tell the firm's line and address, as accounting systems do."""
    rows = []
    for number, row in enumerate(unrelated_people(600, 500)):
        firm = number // people
        name = f"{row['names'][0]['first']} {row['names'][0]['last']}"
        told = {"phone": f"+1415555{firm:04}", "company": f"firm {firm}", "street": f"{firm} main st"}
        rows.append(contact(name, city=f"town {firm % 9}", postcode=f"{firm % 9}{firm:04}", **told))
    return rows


@pytest.mark.parametrize("people", [5, 20])
def test_people_of_a_firm_that_share_its_line_and_address_are_not_taken_for_one(
    engine: Any, people: int
) -> None:
    rows = [*twice(150), *firms(people)]
    found = trained(contacts(*rows), default_model(), MatchSettings(), engine)
    nobody = pa.table({"left": pa.array([], pa.int64()), "right": pa.array([], pa.int64())})
    matched = match(contacts(*rows), found.model, MatchSettings(), nobody, nobody, engine)
    clusters = matched.clusters.column("cluster").to_numpy()[300:]
    assert len(np.unique(clusters)) == 600
    assert not found.warnings


def test_what_colleagues_share_beside_a_line_is_learned(learned: Learned) -> None:
    street = BY_NAME["street"].index("same")
    against = RIVALS.index("colleagues")
    weights = [
        model.weights["street"][against, street]
        for model in (default_model(), learned(twice(150) + firms(12)))
    ]
    assert weights[1] < weights[0] - 512


def test_training_that_takes_groups_for_people_keeps_the_shipped_weights_and_says_so(engine: Any) -> None:
    """Families whose rows all tell a home and the number of one account."""
    rows = twice(150)
    for number, row in enumerate(unrelated_people(900, 500)):
        home = number // 3
        name = f"{row['names'][0]['first']} kin{home}"
        place = {"street": f"{home} main st", "city": f"town {home % 9}", "postcode": f"{home % 9}{home:04}"}
        rows.append(contact(name, identifier=f"customer:{home}", **place))
    found = trained(contacts(*rows), default_model(), MatchSettings(), engine)
    assert "pass for people" in found.warnings[0]
    assert found.model == default_model()


def test_training_keeps_to_what_comparisons_say_of_themselves(learned: Learned) -> None:
    rows = twice(150) + [
        contact(f"ada{n} kin{n % 9}", phone="+14155550100", source="desk") for n in range(60)
    ]
    model = learned(rows)
    for comparison in COMPARISONS:
        shares = model.shares[comparison.name]
        if comparison.rivals_alike and not any(level.never_favours for level in comparison.levels):
            assert (shares[:, 1:] == shares[:, [1]]).all(), comparison.name
        for number, level in enumerate(comparison.levels):
            for rival in set(level.never_favours) & set(RIVALS_WITH_SHARES):
                column = 1 + RIVALS.index(rival)
                assert shares[number, column] >= shares[number, 0], (comparison.name, level.name, rival)


def test_with_too_few_matches_the_shipped_weights_are_kept_and_said_so(engine: Any) -> None:
    found = trained(
        contacts(*unrelated_people(30), contact("ann smith")), default_model(), MatchSettings(), engine
    )
    assert found.model == default_model()
    assert "matches to learn from" in found.warnings[0]


def test_a_level_that_is_never_seen_stays_near_its_start(learned: Learned) -> None:
    start, model = default_model(), learned(twice(100))
    moved = model.shares["suffix"][:, 0] / start.shares["suffix"][:, 0]
    assert moved == pytest.approx(1.0)


def test_thresholds_out_of_order_are_refused() -> None:
    with pytest.raises(InputError):
        default_model().with_thresholds(link=0, review=1)


def test_a_link_probability_below_the_review_threshold_leaves_nothing_to_ask() -> None:
    model = default_model().with_probabilities(link=0.01, review=None)
    assert model.review == model.link == model.calibration.weight(0.01)


def test_a_smaller_budget_is_what_training_keeps_to(engine: Any) -> None:
    def link(budget: float) -> int:
        settings = MatchSettings(max_wrong_merges=budget)
        return trained(contacts(*twice(150)), default_model(), settings, engine).model.link

    assert link(1e-9) > link(0.2)


WEIGHTS = st.lists(st.integers(-20_000, 30_000), min_size=1, max_size=60).map(lambda w: np.array(w, np.int32))


@given(WEIGHTS)
def test_links_within_the_budget_are_expected_to_be_right(weights: Any) -> None:
    chosen = choose(weights, max_wrong=0.02)
    assert chosen.review <= chosen.link
    assert chosen.wrong[0] <= 0.02


@given(WEIGHTS)
def test_a_smaller_budget_never_lowers_the_threshold(weights: Any) -> None:
    assert choose(weights, max_wrong=0.001).link >= choose(weights, max_wrong=0.01).link


def test_the_review_threshold_keeps_to_the_capacity() -> None:
    weights = np.arange(-8_000, 20_000, 10, dtype=np.int32)
    chosen = choose(weights, review_capacity=25)
    assert ((weights >= chosen.review) & (weights < chosen.link)).sum() <= 25


@given(WEIGHTS, st.randoms(use_true_random=False))
def test_a_calibration_rises_with_the_weight(weights: Any, rng: random.Random) -> None:
    right = np.array([rng.random() < 0.5 for _ in weights])
    curve = calibrate(weights, right).probability(np.arange(-30_000, 40_000, 500, dtype=np.int32))
    assert (np.diff(curve) >= 0).all()


def test_a_calibration_says_what_was_right() -> None:
    weights = np.full(1000, 3 * BIT + 512, dtype=np.int32)
    right = np.arange(1000) < 600
    model = replace(default_model(), calibration=calibrate(weights, right))
    assert model.calibration.probability(weights[:1])[0] == pytest.approx(0.6, abs=0.01)


def test_a_calibration_says_nothing_of_weights_beyond_all_that_it_saw() -> None:
    weights = np.arange(-4 * BIT, 8 * BIT, 64, dtype=np.int32)
    curve = calibrate(weights, np.ones(len(weights), dtype=bool))
    assert curve.weight(1 - 1e-12) > 30 * BIT
