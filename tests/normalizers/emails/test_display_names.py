"""Several addresses in a cell, and names beside them: whose an address is that names somebody else."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from tests.normalizers.given_contacts import contact, normalized

ANN, BO = "ann@x.org", "bo@x.org"


def somebody_elses(name: str, *emails: str) -> list[str]:
    [row] = normalized(contact(names=[name] if name else [], emails=list(emails)))
    assert all(not item["keys"] for item in row["emails"] if "anothers" in item["marks"])
    return [item["value"] for item in row["emails"] if "anothers" in item["marks"]]


@pytest.mark.parametrize(
    "cells",
    [
        ("Ann Lee <ann@x.org>", "Bo Ray <bo@x.org>"),
        ("Ann Lee <ann@x.org>, Bo Ray <bo@x.org>",),
        ('"Lee, Ann" <ann@x.org>, "Ray, Bo" <bo@x.org>',),
        ("ann@x.org, Bo <bo@x.org>",),
        ("ann@x.org (Ann Lee), bo@x.org (Bo Ray)",),
    ],
)
def test_an_address_named_with_somebody_else_is_not_the_contact_s(cells):
    assert somebody_elses("Ann Lee", *cells) == [BO]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann Lee", "Ann Ray <bo@x.org>"),
        ("Ann Lee", "Bo Lee <bo@x.org>"),
        ("Robert Smith", "Bob <bo@x.org>"),
        ("B. Lee", "Bo <bo@x.org>"),
        ("Jon Smyth", "John Smith <bo@x.org>"),
        ("Ann Lee", "Bo Ray <ann.lee@y.org>"),
        ("Ann Lee", "Bo Ray <info@y.org>"),
        ("Ann Lee", "Blue Sky <hello.there@bluesky.com>"),
        ("Ann Lee", "bo@x.org"),
        ("Ann Lee", "<bo@x.org>"),
        ("Анна Ли", "Bo Ray <bo@x.org>"),
        ("Ann Lee", "Бо Рэй <bo@x.org>"),
        ("", "Bo Ray <bo@x.org>"),
    ],
)
def test_in_doubt_it_is_the_contact_s(name, shown):
    assert somebody_elses(name, "a@z.org", shown) == []


def test_where_each_address_is_named_with_somebody_else_nobody_can_say_which_is_wrong():
    assert somebody_elses("Ann Lee", "Bo Ray <bo@x.org>") == []
    assert somebody_elses("Ann Lee", "Bo Ray <bo@x.org>", "Cy Fox <cy@x.org>") == []


def test_an_address_that_stands_there_once_more_without_a_name_is_the_contact_s():
    assert somebody_elses("Ann Lee", "bo@x.org", "Bo Ray <bo@x.org>") == []


def test_what_another_contact_is_called_changes_nothing():
    row = contact(names=["Ann Lee"], emails=["Ann Lee <ann@x.org>", "Bo Ray <bo@x.org>"])
    nobody = contact(emails=["Bo Ray <bo@x.org>"])
    first, _, last = (one["emails"] for one in normalized(row, nobody, row))
    assert first == last
    assert [one["marks"] for one in first] == [[], ["anothers"]]


people = st.sampled_from(["Ann Lee", "Bo Ray", "Robert Smith", "Bob", "Lee, Ann", "Acme Ltd", ""])
addresses = st.sampled_from([ANN, BO, "bob@x.org", "info@x.org", "no address"])


@settings(max_examples=100, deadline=None)
@given(people, st.lists(st.tuples(people, addresses), max_size=4))
def test_no_contact_loses_all_and_none_what_bears_its_own_name(name, cells):
    [row] = normalized(contact(names=[name] if name else [], emails=[f"{who} <{at}>" for who, at in cells]))
    marked = [item for item in row["emails"] if "anothers" in item["marks"]]
    assert not row["emails"] or len(marked) < len(row["emails"])
    assert not any(item["given"].startswith(f"{name} <") for item in marked)


@pytest.mark.parametrize("between", ["; ", ", "])
def test_two_people_in_one_cell_are_not_joined_by_it(between):
    table = pa.table(
        {
            "record_id": ["1", "2", "3"],
            "full_name": ["Ann Lee", "Bo Ray", "Ann Lee"],
            "email": [
                between.join(["Ann Lee <ann.lee@x.org>", "Bo Ray <bo.ray@x.org>"]),
                "bo.ray@x.org",
                "ann.lee@x.org",
            ],
        }
    )
    clusters = dict(zip(*dedupe.match(table).to_pydict().values(), strict=True))
    assert clusters["1"] == clusters["3"] != clusters["2"]
