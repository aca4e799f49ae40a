"""The picture of a pair: well-formed whatever the names hold, and readable in light and dark."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.review.explain.scored_pair import Pair, Step
from dedupe.review.explain.waterfall import svg

SPACE = "{http://www.w3.org/2000/svg}"


def pair(*weights: float, prior: float = -8.0, held: float = 0.0) -> Pair:
    steps = [Step("email", "same", f"fact {at}", weight) for at, weight in enumerate(weights)]
    total = prior + sum(weights) - held
    return Pair(UUID(int=1), UUID(int=2), total, 0.5, prior, "strangers", not held, "link", [], steps)


def drawn(of: Pair, title: str = "crm:1 ~ crm:2") -> ElementTree.Element:
    return ElementTree.fromstring(svg(of, title, -2.0, 4.0))


def texts(picture: ElementTree.Element) -> list[str]:
    return [one.text or "" for one in picture.iter(f"{SPACE}text")]


@settings(max_examples=30, deadline=None)
@given(st.text(), st.lists(st.floats(-40, 40), max_size=12))
def test_it_is_well_formed_whatever_it_names(title: str, weights: list[float]) -> None:
    drawn(pair(*weights), title)


def test_what_a_name_holds_is_text_and_no_markup() -> None:
    picture = drawn(pair(3.0), 'crm:<script>alert(1)</script> ~ crm:\x00&"')
    assert not list(picture.iter(f"{SPACE}script"))
    assert "crm:<script>alert(1)</script>" in " ".join(texts(picture))


def test_each_bar_begins_where_the_one_before_ended() -> None:
    bars = [one for one in drawn(pair(5.0, 4.0, 2.0)).iter(f"{SPACE}rect") if one.get("class") == "for"]
    for one, following in pairwise(bars):
        end = float(one.get("x", 0)) + float(one.get("width", 0))
        assert abs(end - float(following.get("x", 0))) < 0.2


def test_what_circumstances_alone_can_not_do_is_a_bar_of_its_own() -> None:
    assert "circumstances alone never join two people" in texts(drawn(pair(9.0, held=3.0)))


def test_it_has_colours_for_the_dark_and_a_description() -> None:
    source = svg(pair(1.0), "a ~ b", -2.0, 4.0)
    assert "prefers-color-scheme: dark" in source
    assert 'role="img"' in source
    assert "fact 0 +1.00" in source
