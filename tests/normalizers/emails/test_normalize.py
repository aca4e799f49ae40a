from typing import Any

import pyarrow as pa
import pytest
from email_validator import EmailNotValidError, validate_email

from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.normalizers.emails.batch import normalize_emails
from dedupe.normalizers.emails.normalize import (
    NOT_OURS,
    Ours,
    bare_address,
    normalize_email,
    ours,
    split_emails,
)
from tests.normalizers.emails.email_cases import email_cases
from tests.normalizers.given_contacts import contact, normalized

OURS = ours(["ann@x.org"], ["ours.com"])


def differences(texts: list[str], own: Ours) -> list[tuple[str, Any, Any]]:
    """Where the batch and one at a time disagree on anything."""
    found = normalize_emails(pa.array(texts), own).to_pylist()
    told = [normalize_email(text, own)._asdict() for text in texts]
    lists = [{name: list(v) if isinstance(v, tuple) else v for name, v in one.items()} for one in told]
    return [(text, our, their) for text, our, their in zip(texts, found, lists, strict=True) if our != their]


def disagreements(texts: list[str]) -> list[str]:
    """Texts that we and email-validator don't both find valid or both not."""
    return [
        text for text in texts if (normalize_email(text).value is None) == _is_valid(bare_address(text).text)
    ]


def _is_valid(text: str) -> bool:
    try:
        validate_email(text, check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def test_a_batch_tells_what_is_told_one_at_a_time() -> None:
    cases = email_cases(6_000, seed=1)
    assert differences(cases, NOT_OURS) == []
    assert differences(cases, OURS) == []
    assert disagreements(cases) == []


@pytest.mark.parametrize("space", ["\x00", "\x1f", "\x85", "\xa0", "\u2003"])
def test_a_batch_marks_a_domain_that_was_repaired(space: str) -> None:
    assert differences([f"ann@x.{space}de", "ann@x.de"], OURS) == []
    assert "repaired" in normalize_email(f"ann@x.{space}de").marks


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 8))
def test_a_batch_tells_what_is_told_one_at_a_time_over_hundreds_of_thousands_of_cases(seed: int) -> None:
    cases = email_cases(60_000, seed)
    assert differences(cases, OURS) == []
    assert disagreements(cases) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("john.smith@gmail.com", "JohnSmith+news@googlemail.com"),
        ("ann@icloud.com", "ann+x@me.com"),
        ("ann@outlook.com", "ann+x@outlook.com"),
        ("ann@yahoo.com", "ann-shop@yahoo.com"),
        ("ann+x@proton.me", "ann@protonmail.com"),
        ("ann@bücher.de", "ann@xn--bcher-kva.de"),
    ],
)
def test_two_spellings_of_one_mailbox_share_their_key(one: str, other: str) -> None:
    assert normalize_email(one).keys[0] == normalize_email(other).keys[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("john.smith@acme.com", "johnsmith@acme.com"),
        ("ann@yahoo.com", "ann@yahoo.de"),
        ("ann+x@acme.com", "ann@acme.com"),
        ("an.n@outlook.com", "ann@outlook.com"),
        ("ann-b@gmail.com", "ann@gmail.com"),
    ],
)
def test_different_mailboxes_keep_different_keys(one: str, other: str) -> None:
    assert normalize_email(one).keys[0] != normalize_email(other).keys[0]


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("info@acme.com", "role"),
        ("kundenservice@acme.de", "role"),
        ("sales.de@acme.com", "role"),
        ("ann@gmail.com", "free"),
        ("ann@mailinator.com", "disposable"),
        ("x1@privaterelay.appleid.com", "relay"),
        ("no-reply@acme.com", "noreply"),
        ("test@test.com", "placeholder"),
        ("none@none.com", "placeholder"),
        ("ann@gmial.com", "near_miss"),
        ("ann@acme.con", "near_miss"),
    ],
)
def test_an_address_is_marked(text: str, mark: str) -> None:
    assert mark in normalize_email(text).marks


@pytest.mark.parametrize(
    "text",
    [
        "ann@x.org (Ann Smith)",
        "ann@x.org - work",
        "Work: ann@x.org",
        "(old) ann@x.org",
        "ann@x.org.",
        "ann (at) x.org",
        "ann [at] x [dot] org",
        "ann at x dot org",
        "ann\uff20x.org",
        "http://ann@x.org",
    ],
)
def test_an_address_is_taken_out_of_what_stands_around_it(text: str) -> None:
    assert normalize_email(text).value == "ann@x.org"


@pytest.mark.parametrize("text", ["ann smith@x.org", ".ann@x.org", "look at dot"])
def test_what_may_be_another_address_is_not_made_one(text: str) -> None:
    assert normalize_email(text).value is None


@pytest.mark.parametrize("text", ["a@x.org or b@x.org", "a@x.org/b@x.org", "a@x.org & b@x.org"])
def test_words_between_two_addresses_are_none(text: str) -> None:
    assert split_emails(text) == ["a@x.org", "b@x.org"]


def test_a_mistyped_domain_keeps_its_value_and_gives_the_meant_key_behind_its_own() -> None:
    email = normalize_email("ann@gmial.com")
    assert email.value == "ann@gmial.com"
    assert email.keys[:2] == ("ann@gmial.com", "ann@gmail.com")


def test_our_own_addresses_are_values_but_no_match_keys() -> None:
    settings = NormalizeSettings(
        ours_domains=frozenset({"Ours.com"}), ours_emails=frozenset({"Me.Too@gmail.com"})
    )
    [found] = normalized(contact(emails=["ann@ours.com", "metoo+x@gmail.com"]), settings=settings)
    assert [(email["keys"], email["marks"][-1]) for email in found["emails"]] == [([], "ours"), ([], "ours")]


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ('"Ann" <ann@x.org>', ["ann@x.org"]),
        ("Smith, Ann <ann@x.org>, Bob <bob@y.org>", ["ann@x.org", "bob@y.org"]),
        ("a@x.org; b@y.org", ["a@x.org", "b@y.org"]),
        ("a@x.org b@y.org", ["a@x.org", "b@y.org"]),
        ('"a;b" <a@x.org>; b@y.org', ["a@x.org", "b@y.org"]),
        ("mailto:ann@x.org?subject=Hi", ["ann@x.org"]),
        ("ann@x.org / bob@x.org", ["ann@x.org", "bob@x.org"]),
    ],
)
def test_a_field_gives_its_addresses(field: str, values: list[str]) -> None:
    assert [normalize_email(part).value for part in split_emails(field)] == values


def test_the_words_of_a_local_part_hint_at_a_name() -> None:
    assert "name:john smith" in normalize_email("smith.john@acme.com").keys
    assert not any(key.startswith("name:") for key in normalize_email("customer.service@acme.com").keys)


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ("ann @ x.org", "ann@x.org"),
        ("ann@x. org", "ann@x.org"),
        ("ann@x.org - private", "ann@x.org"),
        ("ann@x.org or bob", "ann@x.org"),
    ],
)
def test_a_repair_that_is_certain_is_made_and_said(given: str, value: str) -> None:
    email = normalize_email(given)
    assert (email.value, "repaired" in email.marks) == (value, True)


@pytest.mark.parametrize(
    "given", ["ann@x.org (work)", "<ann@x.org", "ann@x.org)", "ann@x.org,", "ann@x.org/"]
)
def test_what_stands_around_an_address_is_no_repair(given: str) -> None:
    email = normalize_email(given)
    assert (email.value, "repaired" in email.marks) == ("ann@x.org", False)


@pytest.mark.parametrize(
    "given", ["ann.berg@acme.co m", "ann@acme.co m de", "ann@gmail com", "J. Smith@x.org", "ann berg@x.org"]
)
def test_white_space_that_may_hide_another_address_is_not_guessed_away(given: str) -> None:
    assert normalize_email(given).reason == "white space within the address"


@pytest.mark.parametrize(
    ("field", "parts"),
    [
        ("a|b@x.org", ["a|b@x.org"]),  # a bar may stand in a local part
        ("ann,berg@x.org", ["ann,berg@x.org"]),  # perhaps ann.berg
        ("ann@acme,com", ["ann@acme,com"]),
        ("ann@x.org,bob@x.org|eve@x.org", ["ann@x.org", "bob@x.org", "eve@x.org"]),
        ("berg, ann@x.org", ["berg", "ann@x.org"]),
        ("none;ann@x.org", ["none", "ann@x.org"]),
    ],
)
def test_a_comma_or_a_bar_parts_two_addresses_and_not_one(field: str, parts: list[str]) -> None:
    assert split_emails(field) == parts


def test_no_address_loses_its_beginning_in_silence() -> None:
    assert normalize_email("ann,berg@x.org").reason == "invalid characters"


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Ann Lee <ann@x.org> Bo Ray <bo@x.org>", ["ann@x.org", "bo@x.org"]),
        ("Ann Lee <ann@x.org> and Bo Ray <bo@x.org>", ["ann@x.org", "bo@x.org"]),
        ("ann@x.org Bo Ray <bo@x.org>", ["ann@x.org", "bo@x.org"]),
        ("<ann@x.org> <bo@x.org> (work)", ["ann@x.org", "bo@x.org"]),
        ('"Lee, Ann" <ann@x.org> "Ray, Bo" <bo@x.org>', ["ann@x.org", "bo@x.org"]),
        ("<ann@x.org> bo@x.org", ["ann@x.org", "bo@x.org"]),
        ("ann@x.org <ann@x.org>", ["ann@x.org"]),
    ],
)
def test_no_address_in_brackets_is_lost_beside_another(text: str, addresses: list[str]) -> None:
    assert [normalize_email(part).value for part in split_emails(text)] == addresses
