"""Phones without their country, addresses with a tag, values that a few share: levels and candidate pairs."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.arrays.numpy_columns import pairs_of
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.definitions import EMAIL, PHONE
from dedupe.matching.features.build import build_features
from dedupe.matching.term_frequencies import count_term_frequencies
from dedupe.normalizers.contacts import normalize
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.record_linkage import block
from tests.normalizers import given_contacts

FEW_PHONES = st.sampled_from(
    [
        "0151 12345678",
        "+49 151 12345678",
        "+43 151 12345678",
        "0151 12345679",
        "20 12 34 56",
        "+45 20123456",
        "",
    ]
)


def contact(name: str = "", phone: str = "", email: str = "", **fields: Any) -> dict[str, Any]:
    texts = {"names": name, "phones": phone, "emails": email}
    return given_contacts.contact(**{field: [text] for field, text in texts.items() if text}, **fields)


def normalized(*contacts: dict[str, Any]) -> pa.Table:
    return normalize(given_contacts.given(*contacts), NormalizeSettings())


def levels(*contacts: dict[str, Any]) -> tuple[str, str]:
    """Of the first two: how their emails and their phones agree."""
    features = build_features(normalized(*contacts))
    results = compare(features, count_term_frequencies(features), np.array([0]), np.array([1]))
    found = [(one, int(results[one.name].level[0])) for one in (EMAIL, PHONE)]
    email, phone = (one.levels[level].name if level >= 0 else "" for one, level in found)
    return email, phone


def phone_level(one: str, other: str) -> str:
    return levels(contact(phone=one), contact(phone=other))[1]


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("0151 12345678", "+49 151 12345678", "national"),
        ("0151 12345678", "151-12345678", "national"),
        ("0151 12345678", "0151 12345679", "digit"),
        ("0151 12345678", "+49 151 12345679", "digit"),
        ("0151 12345678", "0171 98765432", "different"),
        ("0151 12345678", "+49 171 98765432", "different"),
        ("20 12 34 56", "+45 20 12 34 56", "subscriber"),
        ("20 12 34 56", "20123456", "subscriber"),
        ("0171 2345678", "+49 30 2345678", "subscriber"),
        ("030 901820 ext. 12", "+49 30 901820 ext. 13", "extension"),
        ("+49 151 12345678", "+43 151 12345678", "subscriber"),
    ],
)
def test_numbers_without_their_country_agree_by_their_national_digits(
    one: str, other: str, level: str
) -> None:
    assert phone_level(one, other) == phone_level(other, one) == level


def test_a_country_that_was_guessed_may_be_another() -> None:
    guessed = {**contact(phone="0151 12345678"), "time_zone": "Europe/Vienna"}
    assert levels(guessed, contact(phone="+49 151 12345678"))[1] == "national"


def test_all_spellings_of_a_line_are_counted_together() -> None:
    names = ["Adam Ober", "Bea Pohl", "Carl Quast", "Dora Roth", "Emil Sorge", "Fay Thoma", "Gus Uhl"]
    written = ["0151 12345678", "+49 151 12345678"]
    staff = [
        contact(name, written[number % 2]) for number, name in enumerate([*names, "Hal Vogt", "Ida Wolf"])
    ]
    assert levels(*staff)[1] == "shared_by_many"


@settings(max_examples=25, deadline=None)
@given(st.lists(FEW_PHONES, min_size=2, max_size=2), st.lists(FEW_PHONES, min_size=2, max_size=2))
def test_phones_compare_alike_from_both_sides(one: list[str], other: list[str]) -> None:
    left, right = (given_contacts.contact(phones=[text for text in texts if text]) for texts in (one, other))
    assert levels(left, right) == levels(right, left)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("moliver97@acme.org", "moliver97+work@acme.org", "tagged"),
        ("moliver97+home@acme.org", "moliver97+work@acme.org", "tagged"),
        ("moliver97@gmail.com", "moliver97+work@gmail.com", "same"),
        ("moliver97+a@acme.org", "moliver98+a@acme.org", "domain"),
        ("mo.liver97@acme.org", "moliver97@acme.org", "near"),
        ("info+anna@acme.org", "info+robert@acme.org", "domain"),
    ],
)
def test_a_tag_is_no_other_address(one: str, other: str, level: str) -> None:
    assert levels(contact("Mo Liver", email=one), contact("Mo Liver", email=other))[0] == level


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"phone": "0151 12345678"}, {"phone": "+49 151 12345678"}),
        ({"phone": "0151 12345678"}, {"phone": "(0151) 123-45678"}),
        ({"phone": "20 12 34 56"}, {"phone": "+45 20 12 34 56"}),
        ({"email": "moliver97@acme.org"}, {"email": "moliver97+work@acme.org"}),
        ({"email": "moliver97+home@acme.org"}, {"email": "moliver97+work@acme.org"}),
    ],
)
def test_what_agrees_so_is_a_candidate_pair(engine: Any, left: dict[str, str], right: dict[str, str]) -> None:
    pairs, _ = block(engine.evidence(normalized(contact(**left), contact(**right)), False), engine)
    assert [end.tolist() for end in pairs_of(engine.collect(pairs))] == [[0], [1]]


@pytest.mark.parametrize("shared", [{"email": "dijoux@acme.org"}, {"phone": "+33 6 12 34 56 78"}])
def test_of_the_few_who_share_a_value_one_bears_the_name(shared: dict[str, str]) -> None:
    maria, also, other = (
        contact(name, **shared) for name in ["María José Dijoux", "Maria Jose Dijoux", "T. Dijoux"]
    )
    place = 0 if "email" in shared else 1
    assert levels(maria, also, other)[place] == "same"
    assert levels(maria, other, also)[place] == "shared_by_two"
    assert levels(contact("M. Dijoux", **shared), also, other)[place] == "shared_by_two"


@pytest.mark.parametrize("shared", [{"email": "dijoux@acme.org"}, {"phone": "+33 6 12 34 56 78"}])
def test_among_more_than_a_family_a_name_in_full_is_told_apart(shared: dict[str, str]) -> None:
    names = ["Maria Dijoux", "Maria Dijoux", "Adam Ober", "Bea Pohl", "Carl Quast", "Dora Roth"]
    place = 0 if "email" in shared else 1
    assert levels(*(contact(name, **shared) for name in names))[place] == "named_of_few"
    half = ["Maria", *names[1:]]
    assert levels(*(contact(name, **shared) for name in half))[place] == "shared_by_few"


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("ann_ash@yahoo.com", "annash@yahoo.com", "different"),
        ("ann-ash@gmx.de", "annash@gmx.de", "different"),
        ("ann_ash@gmail.com", "annash@gmail.com", "different"),
        ("ann.ash@gmail.com", "annash@gmail.com", "same"),
        ("ann.ash@ashbakery.com", "annash@ashbakery.com", "near"),
        ("ann.ash@yahoo.com", "annash@ashbakery.com", "local"),
    ],
)
def test_at_a_mail_provider_separators_tell_two_mailboxes(one, other, level):
    assert levels(contact("Jo Lee", email=one), contact("Jo Lee", email=other))[0] == level
