import re
from typing import Any

import phonenumbers
import pytest

from dedupe.normalizers.rules import rules
from tools.configuration_page import undescribed
from tools.markdown import WIDTH
from tools.reference_pages import PAGES, ROOT
from tools.word_lists import word_lists

NORMALIZING = ROOT / "docs" / "normalizing.md"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_current(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == PAGES[name](), "run python -m tools.reference_pages"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_readable_as_text(name: str) -> None:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > WIDTH and not line.startswith("| ")] == []
    assert max(len(line) for line in lines) < 400


def test_every_key_of_the_configuration_says_what_it_means() -> None:
    assert undescribed() == []


@pytest.mark.parametrize(
    "name", ["names", "honorifics", "emails", "companies", "numbering_plans", "region_hints"]
)
def test_every_list_of_words_states_its_rule(name: str) -> None:
    listed = list(
        word_lists(name, ("near_miss", "near_miss_ends", "generations", "moves", "postcodes", "states"))
    )
    assert [one.key for one in listed if not one.rule] == []
    page = NORMALIZING.read_text("utf-8")
    assert [one.key for one in listed if f"`{one.key}`" not in page] == []


@pytest.mark.parametrize("move", rules("numbering_plans")["moves"], ids=lambda move: str(move["what"]))
def test_a_move_takes_an_old_number_to_a_valid_new_one(move: dict[str, Any]) -> None:
    old = f"+{move['country_code']}{move['example']}"
    new = _moved(move)
    assert phonenumbers.is_valid_number(phonenumbers.parse(old)) == move.get("valid", False)
    assert phonenumbers.is_valid_number(phonenumbers.parse(new))


def _moved(move: dict[str, Any]) -> str:
    found = re.fullmatch(move["old"], move["example"])
    assert found
    return f"+{move.get('new_country_code', move['country_code'])}{found.expand(move['new'])}"


@pytest.mark.parametrize(
    "name", ["emails", "names", "companies", "places", "identifiers", "time_zones", "cities", "region_hints"]
)
def test_every_file_of_rules_says_where_it_is_from_and_as_of_when(name: str) -> None:
    assert {"source", "since"} <= rules(name).keys()


@pytest.mark.parametrize(("name", "table"), [("numbering_plans", "moves"), ("email_providers", "providers")])
def test_every_rule_says_where_it_is_from_and_as_of_when(name: str, table: str) -> None:
    assert all({"source", "since"} <= rule.keys() for rule in rules(name)[table])
