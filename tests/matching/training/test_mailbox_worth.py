"""What an equal mailbox is worth is learned from the file."""

from collections.abc import Callable
from typing import Any

import pytest

from dedupe.matching.comparisons.definitions import MAILBOX
from dedupe.matching.comparisons.types import RIVALS
from dedupe.matching.model.default import default_model
from dedupe.matching.model.match_model import MatchModel
from dedupe.pipeline.record_linkage import MatchSettings, match, trained
from dedupe.wiring.files import NOBODY
from tests.matching.normalized_contacts import contact, contacts, unrelated_people

PEOPLE = 150


def told(number: int) -> dict[str, str]:
    """What one person tells besides name and mailbox."""
    return {
        "phone": f"+1415{2000000 + number * 7919 % 7000000}",
        "city": f"town {number % 60}",
        "street": f"{number} {number % 71} lane",
        "birth": f"19{50 + number % 47}-{number % 12 + 1:02}-{number % 28 + 1:02}",
    }


def holders(*, namesakes: int) -> list[dict[str, Any]]:
    """Each mailbox stands twice with what one person tells, and once each with what so many others tell."""
    rows = []
    for number, row in enumerate(unrelated_people(PEOPLE)):
        name = f"{row['names'][0]['first']} {row['names'][0]['last']}"
        address = f"{name.replace(' ', '.')}@firm{number % 20}.com"
        all_holders = [0, 0, *range(1, namesakes + 1)]
        rows += [contact(name, email=address, **told(number + other * 1_003)) for other in all_holders]
    return rows


Learned = Callable[[list[dict[str, Any]]], MatchModel]


@pytest.fixture
def learned(engine: Any) -> Learned:
    """The model that is learned from rows, on every engine."""

    def model(rows: list[dict[str, Any]]) -> MatchModel:
        return trained(contacts(*rows), default_model(), MatchSettings(), engine).model

    return model


def worth(model: MatchModel, level: str) -> float:
    return float(model.shares["mailbox"][MAILBOX.index(level), 0])


def test_addresses_that_namesakes_hold_lose_their_worth_and_others_keep_it(learned: Learned) -> None:
    guessed, own = learned(holders(namesakes=3)), learned(holders(namesakes=0))
    assert worth(own, "organisation_named") > 0.999
    assert worth(guessed, "organisation_named_contested") < 0.35  # 1 of 10 pairs are one person
    assert worth(guessed, "provider_own") == pytest.approx(worth(default_model(), "provider_own"))


def test_moving_and_a_new_line_cost_a_mailbox_nothing(learned: Learned) -> None:
    rows = holders(namesakes=0)
    for number, row in enumerate(rows[::10]):
        row.update(
            {
                key: value
                for key, value in contact(**told(number + 9_000)).items()
                if key in ("phones", "place")
            }
        )
    assert worth(learned(rows), "organisation_named") > 0.999


def with_two_lines(address: str) -> list[dict[str, Any]]:
    """Each mailbox stands twice, with two lines and one town for all: people who have two phones."""
    rows = []
    for number, row in enumerate(unrelated_people(PEOPLE)):
        name = f"{row['names'][0]['first']} {row['names'][0]['last']}"
        for other in (0, 1_003):
            phone = told(number + other)["phone"]
            rows.append(contact(name, email=address.format(number), phone=phone, city="Leeds"))
    return rows


def test_who_has_two_phones_in_a_file_of_one_town_is_not_taken_for_a_namesake(engine: Any) -> None:
    rows = contacts(*with_two_lines("quince{}@gmail.com"))
    learned = trained(rows, default_model(), MatchSettings(), engine)
    assert learned.report["expected_matches"] > 0.98 * PEOPLE


@pytest.mark.parametrize("namesakes", [0, 2, 4])
def test_who_is_one_person_is_found_among_namesakes_with_one_mailbox(
    learned: Learned, engine: Any, namesakes: int
) -> None:
    rows = contacts(*holders(namesakes=namesakes))
    found = match(rows, learned(holders(namesakes=namesakes)), MatchSettings(), NOBODY, NOBODY, engine)
    clusters = found.clusters["cluster"].to_pylist()
    each = 2 + namesakes
    right = [clusters[at] == clusters[at + 1] for at in range(0, len(clusters), each)]
    wrong = [len(set(clusters[at + 1 : at + each])) < each - 1 for at in range(0, len(clusters), each)]
    assert sum(right) > 0.98 * PEOPLE
    assert sum(wrong) < 0.02 * PEOPLE


def test_only_namesakes_are_weighed_by_the_mailbox_and_no_mailbox_rules_them_out() -> None:
    weights = default_model().weights["mailbox"]
    others = [number for number, rival in enumerate(RIVALS) if rival != "namesakes"]
    assert not weights[others].any()
    assert weights[RIVALS.index("namesakes")].all()
