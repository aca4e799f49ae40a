"""The two sides of a question in one table."""

from __future__ import annotations

from uuid import uuid4

import pytest

from dedupe.normalizers.text import in_latin
from dedupe.review.explain.scored_pair import Pair, Step
from dedupe.review.people import Person
from dedupe.web.side_by_side import Row, rows, strongest

BLANK = Person(
    *(uuid4(), "crm", "file", "1", None, "", [], [], [], [], None, None, None, None, False, None),
)


def somebody(name: str = "", source: str = "crm", **said: object) -> Person:
    values = {field: getattr(BLANK, field) for field in Person.__slots__}
    names = {"name": name, "names": [name] if name else [], "source": source, "external_id": name or "1"}
    return Person(**(values | names | said))


def pair(*steps: Step) -> Pair:
    return Pair(uuid4(), uuid4(), 1.0, 0.5, 0.0, "strangers", True, "review", [], list(steps))


def by_field(left: Person, right: Person, *steps: Step) -> dict[str, Row]:
    return {row.field: row for row in rows([left], [right], pair(*steps))}


def marked(row: Row) -> list[str]:
    return [piece.text for one in (*row.left, *row.right) for piece in one.pieces if piece.differs]


def test_a_field_has_a_row_with_what_the_comparisons_say_of_it() -> None:
    steps = (
        Step("given_name", "same", "the given names are the same", 3.0),
        Step("family_name", "different", "the family names differ", -1.5),
        Step("company", "silent", "no company", 0.0),
    )
    found = by_field(somebody("Ann Ash"), somebody("Ann Elm", company="Acme"), *steps)
    assert list(found) == ["Name", "Company", "Source"]
    assert (found["Name"].verdict, found["Name"].weight) == ("similar", 1.5)
    assert found["Name"].sentences == ("the given names are the same", "the family names differ")
    assert (found["Company"].verdict, found["Company"].left) == ("right only", ())
    assert found["Source"].verdict is None


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        ({"place": "US"}, {"place": "Portland, US"}, "similar"),
        ({"place": "Boston, US"}, {"place": "Portland, US"}, "differs"),
        ({"place": "Boston"}, {"place": "Boston"}, "same"),
        ({"place": "Boston"}, {}, "left only"),
    ],
)
def test_what_was_not_compared_is_told_by_its_words(
    left: dict[str, str], right: dict[str, str], verdict: str
) -> None:
    assert by_field(somebody("Ann", **left), somebody("Ann", **right))["Place"].verdict == verdict


def test_the_letters_in_which_two_values_differ_are_marked() -> None:
    one = by_field(somebody(emails=["gary.ruiz@x.org"]), somebody(emails=["mary.ruiz@x.org"]))["Email"]
    assert marked(one) == ["g", "m"]
    assert "".join(piece.text for piece in one.left[0].pieces) == "gary.ruiz@x.org"
    far = by_field(somebody(emails=["a@b.org"]), somebody(emails=["zoe@quark.net"]))["Email"]
    assert marked(far) == []
    assert marked(by_field(somebody("Straße 1"), somebody("STRASSE 1"))["Name"]) == []


def test_values_of_both_sides_come_first_and_tell_who_has_them() -> None:
    left = [somebody("Ann", emails=["own@x.org"]), somebody("Anna", emails=["both@x.org", "own@x.org"])]
    found = {row.field: row for row in rows(left, [somebody(emails=["both@x.org"])], None)}
    assert [(one.value, one.keys) for one in found["Email"].left] == [
        ("both@x.org", ("crm:Anna",)),
        ("own@x.org", ("crm:Ann", "crm:Anna")),
    ]


@pytest.mark.parametrize(
    ("text", "read"),
    [("Ann Ångström", None), ("123", None), ("Иван Петров", "Ivan Petrov"), ("Γιώργος", "Giorgos")],
)
def test_other_letters_are_read_in_latin_ones(text: str, read: str | None) -> None:
    assert in_latin(text) == read


def test_what_speaks_most_is_told_on_both_sides() -> None:
    good, bad = Step("email", "same", "one mailbox", 5.0), Step("phone", "different", "two lines", -2.0)
    assert strongest(pair(good, bad)) == (good, bad)
    assert strongest(pair(good)) == (good, None)
    assert strongest(None) == (None, None)
