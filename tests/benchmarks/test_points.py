import numpy as np
import pytest

from benchmarks.made_up.catalogue import made_up
from benchmarks.mechanisms import EVERYTHING, MECHANISMS, NEWER_RULES, Mechanism
from benchmarks.points import Row, line, measured, page
from dedupe.matching.blocking.rules import RULE_NAMES
from dedupe.matching.features.build import build_features
from dedupe.wiring.files import NormalizedFile

FILES = {one.name: one for one in made_up(400)}
OFF = {each.off: each for each in MECHANISMS}


@pytest.fixture(scope="module")
def tagged() -> NormalizedFile:
    return FILES["tags"].normalized()


def test_each_mechanism_names_a_made_up_file():
    assert {each.file for each in MECHANISMS} <= set(FILES)
    assert set(NEWER_RULES) <= set(RULE_NAMES)


def test_with_a_mechanism_off_a_file_that_needs_it_loses(tagged):
    on, off = measured(tagged, EVERYTHING), measured(tagged, OFF["a tag makes another address"])
    assert off.recall < on.recall - 0.02


def test_numbers_without_a_country_are_left_out_and_others_stay():
    file = FILES["national-phones-50"].normalized()
    features = build_features(file.contacts)
    held = OFF["numbers without a country are no evidence"].features(features).phones.held
    assert not features.phones.guessed[held.ids].any()
    assert len(held.ids) == int((~features.phones.guessed[features.phones.held.ids]).sum())
    assert np.array_equal(held.owners(), np.sort(held.owners()))


def test_the_page_tells_each_row_and_what_is_not_switched(tagged):
    row = Row(Mechanism("2", "a tag", "tags"), "tags", measured(tagged, EVERYTHING))
    text = page([line(row)], FILES["ordinary"])
    assert "| 2 | a tag | tags | " in text
    assert "Not switched off" in text
