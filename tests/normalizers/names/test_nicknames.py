"""Short forms of many languages stand for their names, and no name for another."""

import pytest

from dedupe.normalizers.names.nicknames import formal_names


@pytest.mark.parametrize(
    ("short", "formal"),
    [
        ("bill", "william"),
        ("giusy", "giuseppina"),
        ("inge", "ingeborg"),
        ("agusia", "agnieszka"),
        ("lupe", "guadalupe"),
    ],
)
def test_a_short_form_may_stand_for_its_name(short: str, formal: str) -> None:
    assert formal in formal_names(short)


@pytest.mark.parametrize(
    ("one", "other"), [("bill", "robert"), ("robert", "bill"), ("paul", "polly"), ("susan", "hannah")]
)
def test_a_name_does_not_stand_for_another(one: str, other: str) -> None:
    assert other not in formal_names(one)
