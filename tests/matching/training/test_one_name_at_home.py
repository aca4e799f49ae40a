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
NOTHING = dict[str, str]()
FATHER, SON = {"birth": "1950-{:02}-{:02}"}, {"birth": "1985-{1:02}-{0:02}"}


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


def share(rows: list[Row]) -> float:
    features = build_features(contacts(*rows))
    pairs, _ = block(features, LocalEngine())
    results = compare(features, count_term_frequencies(features), *pairs_of(pairs))
    return share_of_two_people(agreement_patterns(pattern_codes(results, default_model())))


@pytest.mark.parametrize(("year", "found"), [(1985, 37 / 300), (1955, 0.0)])
def test_birth_dates_of_two_generations_show_two_people_and_wrong_dates_none(year, found):
    otherwise = {"birth": f"{year}-{{1:02}}-{{0:02}}"}
    rows = [*homes(0, 260, FATHER, FATHER), *homes(260, 40, FATHER, otherwise)]
    assert share(rows) == pytest.approx(found, abs=0.02)


def test_where_no_date_is_told_nobody_is_two_people():
    assert share(homes(0, 100, NOTHING, NOTHING)) == 0.0


def test_a_line_says_less_against_relatives_where_a_file_shows_fathers_and_sons(engine: Any) -> None:
    def bits(*rows: Row) -> float:
        model = trained(contacts(*rows), default_model(), MatchSettings(), engine).model
        return float(model.weights["phone"][RIVALS.index(RELATIVES), PHONE.index("same")] / 1024)

    alone = [*homes(0, 300, NOTHING, NOTHING), *homes(300, 260, FATHER, FATHER)]
    assert bits(*alone, *homes(560, 60, FATHER, FATHER)) > 6
    assert bits(*alone, *homes(560, 60, FATHER, SON)) < 3
