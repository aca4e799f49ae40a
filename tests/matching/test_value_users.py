import random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.matching.features.build import build_features
from dedupe.matching.value_users import count_users
from tests.matching.normalized_contacts import contact, contacts

FAMILY_BOX = "home@gmail.com"


def users(*names: str) -> int:
    """How many people use a mailbox that contacts of these names hold."""
    return users_of(*(contact(name, email=FAMILY_BOX) for name in names))


def users_of(*rows: dict[str, Any]) -> int:
    features = build_features(contacts(*rows))
    values, counts = count_users(features, features.emails.held, features.emails.key)
    assert len(values) <= 1
    return int(counts[0]) if len(counts) else 1


@pytest.mark.parametrize(
    "names",
    [
        ("max ruiz", "moritz ruiz"),
        ("thomas ruiz", "tanja ruiz"),
        ("juan ruiz", "julia ruiz"),
        ("paul ruiz", "paula ruiz"),
        ("robert ruiz", "priya ruiz"),
        ("anna ruiz", "anna berg"),
        ("emily ali", "ella ali", "e ali"),
    ],
)
def test_members_of_a_family_are_two_users(names: tuple[str, ...]) -> None:
    assert users(*names) == 2


@pytest.mark.parametrize(
    "names",
    [
        ("william smith", "bill smith"),
        ("william smith", "w smith"),
        ("william smith", "william"),
        ("william smith", "smith william"),
        ("jonh smith", "john smith"),
        ("steven smith", "stephen smith"),
        ("robert james smith", "james smith"),
        ("william smith", "bill smith", "w smith", "wiliam smith"),
    ],
)
def test_one_person_under_several_names_is_one_user(names: tuple[str, ...]) -> None:
    assert users(*names) == 1


@pytest.mark.parametrize(
    ("people", "generations"),
    [
        (2, ("Sr", "Jr")),
        (2, ("Sr", "Jr", None, None)),
        (3, ("I", "II", "III", None)),
        (1, ("Jr", "II", None)),
        (1, ("Sr", None)),
    ],
)
def test_a_generation_makes_two_users_of_one_name(people: int, generations: tuple[str | None, ...]) -> None:
    assert users_of(*(contact("john ali", email=FAMILY_BOX, suffix=each) for each in generations)) == people


def test_everybody_at_a_switchboard_counts() -> None:
    assert users(*(f"{given} berg" for given in ("anna", "karl", "omar", "priya", "wei", "juan"))) == 6


NAMES = st.sampled_from(
    ["anna berg", "ann berg", "a berg", "berg anna", "karl berg", "carl berg", "anna", "omar rey", "o rey"]
)


@given(st.lists(NAMES, min_size=2, max_size=6), st.integers(0, 99))
def test_the_number_of_users_does_not_depend_on_the_order(names: list[str], seed: int) -> None:
    assert users(*names) == users(*random.Random(seed).sample(names, len(names)))


def test_values_are_counted_apart() -> None:
    rows = contacts(
        contact("anna berg", email=FAMILY_BOX),
        contact("karl berg", email=FAMILY_BOX),
        contact("omar rey", email="omar@rey.org"),
        contact("omar rey", email="omar@rey.org"),
    )
    features = build_features(rows)
    values, counts = count_users(features, features.emails.held, features.emails.key)
    assert counts.tolist() == [2]
    assert values.tolist() == np.unique(features.emails.key[:1]).tolist()


@pytest.mark.parametrize(
    "names",
    [
        ("jose valdao", "jose valdao moreira"),
        ("fran morales", "francisca morales"),
        ("xarquinhos gomes", "xarcos gomes"),
    ],
)
def test_a_name_left_out_and_a_short_form_that_no_list_has_are_one_persons(names: tuple[str, ...]) -> None:
    assert users(*names) == 1
