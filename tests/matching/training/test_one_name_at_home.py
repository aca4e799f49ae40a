"""How many of those who bear one name and share a line are two people is told by the file."""

from typing import Any

import pytest

from dedupe.arrays.numpy_columns import pairs_of
from dedupe.engines.local import LocalEngine
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.definitions import PHONE
from dedupe.matching.comparisons.types import RELATIVES, RIVALS
from dedupe.matching.features.build import build_features
from dedupe.matching.model.default import default_model
from dedupe.matching.term_frequencies import count_term_frequencies
from dedupe.matching.training.agreement_patterns import agreement_patterns, pattern_codes
from dedupe.matching.training.one_name_at_home import share_of_two_people
from dedupe.pipeline.record_linkage import MatchSettings, block, trained
from tests.matching.normalized_contacts import contact, contacts, unrelated_people

Row = dict[str, Any]
SR, JR, NOTHING = {"suffix": "sr"}, {"suffix": "jr"}, dict[str, str]()


def homes(start: int, count: int, *members: dict[str, str]) -> list[Row]:
    """So many lines that two contacts of one name share; each tells what its member does."""
    rows: list[Row] = []
    for number, row in enumerate(unrelated_people(count, start), start):
        name = f"{row['names'][0]['first']} {row['names'][0]['last']}"
        phone = f"+1415{2000000 + number * 7919 % 7000000}"
        for at, told in enumerate(members):
            facts = {fact: text.format(number % 12 + 1, number % 28 + 1) for fact, text in told.items()}
            rows.append(contact(name, phone=phone, source=f"crm{at}", **facts))
    return rows


def fathers_and_sons(start: int, each: int) -> list[Row]:
    """Half of the contacts tell a generation."""
    kinds = ((SR, JR), (SR, NOTHING), (NOTHING, JR), (NOTHING, NOTHING))
    return [row for at, kind in enumerate(kinds) for row in homes(start + at * each, each, *kind)]


def share(rows: list[Row]) -> float:
    features = build_features(contacts(*rows))
    pairs, _ = block(features, LocalEngine())
    results = compare(features, count_term_frequencies(features), *pairs_of(pairs))
    return share_of_two_people(agreement_patterns(pattern_codes(results, default_model())))


def test_generations_that_are_told_show_how_many_are_not():
    alone = homes(0, 300, NOTHING, NOTHING)
    assert share([*alone, *fathers_and_sons(300, 40)]) == pytest.approx(40 / 340, abs=0.03)
    assert share(alone) == 0.0


def test_who_always_tells_the_generation_leaves_nothing_untold():
    assert share([*homes(0, 300, NOTHING, NOTHING), *homes(300, 80, SR, JR)]) == 0.0


def test_a_generation_that_one_of_two_tells_shows_no_second_person():
    assert share([*homes(0, 100, NOTHING, NOTHING), *homes(100, 100, JR, NOTHING)]) == 0.0


@pytest.mark.parametrize(("year", "found"), [(1985, 37 / 300), (1955, 0.0)])
def test_birth_dates_of_two_generations_show_two_people_and_wrong_dates_none(year, found):
    born, otherwise = {"birth": "1950-{:02}-{:02}"}, {"birth": f"{year}-{{1:02}}-{{0:02}}"}
    rows = [*homes(0, 260, born, born), *homes(260, 40, born, otherwise)]
    assert share(rows) == pytest.approx(found, abs=0.02)


def test_a_line_says_less_against_relatives_where_a_file_shows_fathers_and_sons(engine: Any) -> None:
    def bits(*rows: Row) -> float:
        model = trained(contacts(*rows), default_model(), MatchSettings(), engine).model
        return float(model.weights["phone"][RIVALS.index(RELATIVES), PHONE.index("same")] / 1024)

    alone = homes(0, 300, NOTHING, NOTHING)
    assert bits(*alone, *homes(300, 160, NOTHING, NOTHING)) > 6
    assert bits(*alone, *fathers_and_sons(300, 40)) < 3
