import re
from pathlib import Path
from typing import Any

import phonenumbers
import pytest

from dedupe.normalizers.rules import rules
from tools.normalizing_page import page

DOCS = Path(__file__).parents[1] / "docs" / "normalizing.md"


def test_the_page_tells_the_rules_that_the_code_uses() -> None:
    assert DOCS.read_text("utf-8") == page(), "run python -m tools.normalizing_page > docs/normalizing.md"


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


@pytest.mark.parametrize("name", ["emails", "names", "companies", "places", "identifiers", "time_zones"])
def test_every_file_of_rules_says_where_it_is_from_and_as_of_when(name: str) -> None:
    assert {"source", "since"} <= rules(name).keys()


@pytest.mark.parametrize(("name", "table"), [("numbering_plans", "moves"), ("email_providers", "providers")])
def test_every_rule_says_where_it_is_from_and_as_of_when(name: str, table: str) -> None:
    assert all({"source", "since"} <= rule.keys() for rule in rules(name)[table])
