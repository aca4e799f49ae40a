"""Families, namesakes and households are several people, whatever they share."""

from typing import Any

import numpy as np
import pytest

from dedupe.arrays.numpy_columns import integers
from dedupe.arrays.units import BIT
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.definitions import BY_NAME, NAMES
from dedupe.matching.comparisons.names_in_addresses import differ_in_names, holds_another_name
from dedupe.matching.features.build import build_features
from dedupe.matching.model.default import default_model
from dedupe.matching.model.scoring import score
from dedupe.matching.term_frequencies import count_term_frequencies
from tests.matching.normalized_contacts import contact, contacts, pairs, unrelated_people

SHARED = {"email": "home@gmail.com", "phone": "+14155550100", "street": "1 main", "postcode": "94107"}


def levels(left: dict[str, Any], right: dict[str, Any], *others: dict[str, Any]) -> dict[str, str]:
    features = build_features(contacts(left, right, *others))
    compared = compare(features, count_term_frequencies(features), np.array([0]), np.array([1]))
    spoken = {name: int(compared[name].level[0]) for name in NAMES}
    return {name: BY_NAME[name].levels[level].name for name, level in spoken.items() if level >= 0}


def weight_of(left: dict[str, Any], right: dict[str, Any]) -> int:
    features = build_features(contacts(left, right, *unrelated_people(300)))
    scored = score(features, count_term_frequencies(features), default_model(), pairs((0, 1)))
    return int(integers(scored.column("weight"))[0])


def is_link(left: dict[str, Any], right: dict[str, Any]) -> bool:
    features, model = build_features(contacts(left, right, *unrelated_people(300))), default_model()
    scored = score(features, count_term_frequencies(features), model, pairs((0, 1)))
    return bool(integers(scored.column("weight"))[0] >= model.link)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("max ruiz", "moritz ruiz"),
        ("thomas ruiz", "tanja ruiz"),
        ("juan ruiz", "julia ruiz"),
        ("tim ruiz", "tom ruiz"),
        ("daniel ruiz", "daniela ruiz"),
        ("maria ruiz", "marie ruiz"),
        ("wei ruiz", "mei ruiz"),
    ],
)
def test_a_mailbox_a_line_and_an_address_join_no_two_members_of_a_family(one: str, other: str) -> None:
    assert not is_link(contact(one, **SHARED), contact(other, **SHARED))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jonh ruiz", "john ruiz"),
        ("micheal ruiz", "michael ruiz"),
        ("stephen ruiz", "steven ruiz"),
        ("catherine ruiz", "katherine ruiz"),
        ("bill ruiz", "william ruiz"),
    ],
)
def test_slips_and_spellings_of_one_name_are_found_by_a_mailbox(one: str, other: str) -> None:
    assert is_link(contact(one, email="r@ruiz.org"), contact(other, email="r@ruiz.org"))


@pytest.mark.parametrize(("one", "other"), [("Jr", "Sr"), ("II", "III"), ("Jr", "III"), ("I", "II")])
def test_a_contradicting_generation_decides_alone(one: str, other: str) -> None:
    father, son = (
        contact("john ruiz", birth="1980-05-05", suffix=suffix, **SHARED) for suffix in (one, other)
    )
    assert levels(father, son)["suffix"] == "different"
    assert not is_link(father, son)


@pytest.mark.parametrize(("one", "other"), [("Jr", None), ("Jr", "II"), ("Sr", "I"), ("Jr", "Jr.")])
def test_a_generation_that_does_not_contradict_separates_nobody(one: str, other: str | None) -> None:
    namesakes = [contact("john ruiz", suffix=suffix, **SHARED) for suffix in (one, other)]
    assert levels(*namesakes).get("suffix") != "different"
    assert is_link(*namesakes)


def test_a_home_alone_does_not_tell_a_father_from_his_junior() -> None:
    def at_home(suffix: str | None) -> dict[str, Any]:
        return contact("john ruiz", suffix=suffix, street="1 main", city="ur", postcode="94107")

    assert levels(at_home("Jr"), at_home(None))["suffix"] == "one_told"
    assert weight_of(at_home("Jr"), at_home(None)) < weight_of(at_home(None), at_home(None)) - 3 * BIT
    assert "suffix" not in levels(at_home("Jr"), contact("ann ruiz", street="1 main"))


def test_father_and_son_of_one_name_at_one_address_are_told_by_their_birth_dates() -> None:
    def born(date: str | None) -> dict[str, Any]:
        return contact("john ruiz", birth=date, street="1 main")

    father, son, one_of_them = born("1950-06-07"), born("1980-02-03"), born(None)
    assert levels(one_of_them, son, father)["suffix"] == "one_told"
    assert "suffix" not in levels(one_of_them, son)
    assert "suffix" not in levels(son, {**son}, father)
    elsewhere = contact("john ruiz", street="9 hill")
    assert "suffix" not in levels(elsewhere, son, father)


def test_a_name_that_father_and_son_bear_settles_nothing_at_what_both_use() -> None:
    father, son, one_of_them, mother = (
        contact(name, suffix=suffix, **SHARED)
        for name, suffix in (
            ("john ruiz", "Sr"),
            ("john ruiz", "Jr"),
            ("john ruiz", None),
            ("ann ruiz", None),
        )
    )
    for value in ("email", "phone"):
        assert levels(one_of_them, son, father)[value] == "shared_by_two"
        assert levels(one_of_them, {**one_of_them}, father, son)[value] == "shared_by_two"
        assert levels(son, {**son}, father)[value] == "same"
        assert levels(one_of_them, son, mother)[value] == "same"


def test_one_given_name_with_two_family_names_is_one_user_or_two() -> None:
    before, after, husband = (contact(name, **SHARED) for name in ("ann ruiz", "ann lee", "bo ruiz"))
    for value in ("email", "phone"):
        assert levels(before, after)[value] == "unsettled"
        assert levels(before, after, husband)[value] == "unsettled"
        assert levels(before, husband)[value] == "shared_by_two"


def test_who_bears_a_parents_name_behind_the_own_may_be_the_parent_or_the_child() -> None:
    parent, child = contact("ayesha khan", **SHARED), contact("razia ayesha khan", **SHARED)
    assert levels(parent, child)["given_name"] == "middle"
    assert levels(parent, child)["phone"] == "unsettled"


def test_names_far_apart_are_no_slip_of_each_other() -> None:
    husband, wife = contact("santohs dubey", **SHARED), contact("jyoti dubey", **SHARED)
    assert levels(husband, wife)["given_names_known"] in ("both", "not_both_far")
    assert levels(husband, wife)["phone"] == "shared_by_two"


def test_a_family_that_owns_a_firm_is_not_one_person_for_it() -> None:
    def at_work(name: str) -> dict[str, Any]:
        return contact(name, company="o'donnell landscaping", email=f"{name.split()[0]}@odonnell.co.uk")

    assert not is_link(at_work("dave odonnell"), at_work("dominique odonnell"))


def test_middle_names_that_are_merely_alike_are_not_the_same() -> None:
    one, other = contact("ali hassan omar nouri"), contact("ali hassan tahar nouri")
    assert levels(one, other)["middle_name"] == "different"
    assert levels(contact("ali hasan nouri"), contact("ali hassan nouri"))["middle_name"] == "same"
    assert levels(contact("ali omar nouri"), contact("ali omer nouri"))["middle_name"] == "different"


def couple(**values: Any) -> dict[str, Any]:
    """The contact of Peter and Maria Huber: only their family name is compared."""
    row = contact("x huber", **values)
    row["names"][0] |= {"given_name": "Peter & Maria", "first": "", "keys": ["huber"]}
    return row


def test_a_couples_card_is_of_a_household_and_of_nobody_of_it() -> None:
    hers, his = contact("maria huber", email="m@huber.org"), contact("peter huber", email="p@huber.org")
    card = couple(email=["m@huber.org", "p@huber.org"], street="1 main", postcode="94107")
    assert [levels(one, card)["household"] for one in (hers, his)] == ["one_of_several"] * 2
    assert not is_link(hers, card)
    assert not is_link(his, card)
    assert "household" not in levels(contact(email="m@huber.org"), card)


def test_two_cards_of_one_couple_are_one() -> None:
    assert levels(couple(**SHARED), couple(**SHARED))["email"] == "same"


def test_addresses_that_differ_in_a_given_name_are_two_peoples() -> None:
    domain = "acme.org"
    two = [("gary.ruiz", "mary.ruiz"), ("garyruiz", "maryruiz"), ("ruizgary", "ruizmary"), ("tim", "tom")]
    one = [("steven.ruiz", "stephen.ruiz"), ("jonh.ruiz", "john.ruiz"), ("gary.ruiz", "gary.ruis")]
    told = [differ_in_names(f"{a}@{domain}", f"{b}@{domain}") for a, b in (*two, *one)]
    assert told == [True] * 4 + [False] * 3
    assert levels(contact(email="gary.ruiz@x.org"), contact(email="mary.ruiz@x.org")) == {"email": "domain"}


def test_an_address_holds_no_name_that_is_part_of_another() -> None:
    assert holds_another_name("paularuiz", "paul", "ruiz")
    assert not holds_another_name("paulruiz", "paul", "ruiz")
    hers = contact(email="paula.ruiz@acme.org")
    assert (
        levels(hers, contact("paul ruiz"))["email_name"] != levels(hers, contact("paula ruiz"))["email_name"]
    )
