"""A declared list ends where its provider says so."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.errors import ContractChanged
from dedupe.fetchers.http.exchange import Reply
from dedupe.fetchers.providers.declared.expressions import found_value, number, truth
from tests.fetchers.providers.answering_provider import answering, row

NEXT = "meta.next"


def ended(first: dict[str, Any], last: dict[str, Any], **options: Any) -> str | None:
    """Why a walk of two answers is incomplete."""
    options = {"paging": "cursor", "next": NEXT, "stable": True, **options}
    with answering(lambda request: last if request.query else first) as script:
        found = script.walk(**options)
    assert found.seen == {"1", "2"}
    return found.reason


FIRST = {"data": row(1), "meta": {"next": "2"}}


@pytest.mark.parametrize("meta", [{"next": None}, {"next": ""}])
def test_null_and_an_empty_text_are_ends(meta):
    assert ended(FIRST, {"data": row(2), "meta": meta}) is None


@pytest.mark.parametrize("rest", [{}, {"meta": None}, {"meta": {}}, {"meta": {"Next": None}}, {"meta": []}])
def test_what_is_absent_is_no_end_unless_that_is_how_it_ends(rest):
    reason = ended(FIRST, {"data": row(2), **rest})
    assert reason is not None
    for part in ("without saying so", "options.next", "absent", 'options.end = "absent"'):
        assert part in reason
    assert ended(FIRST, {"data": row(2), **rest}, end="absent") is None


@pytest.mark.parametrize(
    ("last", "end"),
    [
        ({"next": None}, ["absent"]),
        ({"next": None}, ["empty"]),
        ({"next": ""}, ["null"]),
        ({}, ["null", "empty"]),
    ],
)
def test_an_end_of_another_look_than_declared_is_none(last, end):
    assert "without saying so" in str(ended(FIRST, {"data": row(2), "meta": last}, end=end))


def more(value: Any, following: Any = None, key: int = 2) -> dict[str, Any]:
    return {"data": row(key), "more": value, "meta": {"next": following}}


@pytest.mark.parametrize("value", [False, "false", "False", 0])
def test_more_that_is_false_is_an_end(value):
    assert ended(more(True, "2", 1), more(value), more="more") is None
    assert ended(more(True, "2", 1), {"data": row(2), "more": value}, more="more") is None


@pytest.mark.parametrize("value", [None, "no idea", 7, []])
def test_more_that_is_neither_true_nor_false_states_no_end(value):
    assert "options.more" in str(ended(more(True, "2", 1), more(value), more="more"))


@pytest.mark.parametrize("last", [more(True), more(False, "3")])
def test_more_and_next_that_disagree_are_an_error(last):
    with pytest.raises(ContractChanged, match="disagree"):
        ended(more(True, "2", 1), last, more="more")


def test_more_alone_may_tell_the_end_where_there_is_always_a_next():
    last = {"data": row(2), "has_more": False}
    options = {"more": "has_more", "next": "data[-1].id", "end": "more", "cursor_param": "starting_after"}
    assert ended({"data": row(1), "has_more": True}, last, **options) is None


def test_an_empty_page_may_be_the_end_where_there_is_always_a_next():
    def respond(request: Any) -> Any:
        at = int(request.parameter("cursor") or 0)
        return {"data": row(at) if at < 3 else [], "next": str(at + 1)}

    with answering(respond) as script:
        assert script.walk(paging="cursor", next="next", end="empty page", stable=True).reason is None


def test_expressions_may_choose_between_places():
    options = {"next": "paging.after || cursor"}
    assert ended({"data": row(1), "cursor": "2"}, {"data": row(2), "cursor": None}, **options) is None
    assert "absent" in str(ended({"data": row(1), "cursor": "2"}, {"data": row(2)}, **options))


@pytest.mark.parametrize("cursors", [["a", "b", "a"], ["a", "a"], ["a", "b", "c", "b"]])
def test_cursors_that_go_round_end_with_an_error(cursors):
    turns = iter(range(10_000))

    def respond(_: Any) -> Any:
        turn = next(turns)
        return {"data": row(turn), "next": cursors[turn % len(cursors)]}

    with answering(respond) as script, pytest.raises(ContractChanged, match="read before"):
        script.walk(paging="cursor", next="next")
    assert len(script.requests) < 20


@pytest.mark.parametrize("paging", ["cursor", "link", "page", "offset"])
def test_pages_without_anybody_new_have_an_end(paging):
    turns = iter(range(10_000))

    def respond(_: Any) -> Any:
        turn = next(turns)
        return {"data": row(turn % 2, 2 + turn % 3), "next": f"/people?page={turn}", "more": True}

    with answering(respond) as script, pytest.raises(ContractChanged, match=r"no end|repeats"):
        script.walk(paging=paging, next="next", more="more", end="more")
    assert len(script.requests) < 400


def pages(*answers: Any, **options: Any) -> str | None:
    def respond(request: Any) -> Any:
        at = int(request.parameter("page") or 1) - 1
        return answers[at] if at < len(answers) else {"data": [], "more": True}

    with answering(respond) as script:
        return script.walk(**options).reason


def test_a_numbered_list_ends_at_an_empty_page_unless_something_else_is_declared():
    assert pages({"data": row(1, 2)}, {"data": row(3)}) is None
    more = {"data": row(1, 2), "more": True}, {"data": row(3), "more": True}
    assert "empty page" in str(pages(*more, more="more"))
    assert pages(*more, more="more", end=["more", "empty page"]) is None


def test_a_short_page_is_an_end_only_beside_a_longer_one():
    """A provider that gives fewer than were asked for gives short pages from the first one on."""
    options = {"end": "short page", "size_param": "limit", "size": 100}
    assert pages({"data": row(1, 2)}, {"data": row(3, 4)}, {"data": row(5)}, **options) is None


@pytest.mark.parametrize("counts", [[3, None], [None, 3], [3, "many"], [3, 2], [3, 10_000]])
def test_a_count_that_is_missing_or_differs_proves_nothing(counts):
    first, last = (
        {"data": rows, "total": count} for rows, count in zip([row(1, 2), row(3)], counts, strict=True)
    )
    assert "count" in str(pages(first, last, {"data": [], "total": counts[1]}, count="total"))


@pytest.mark.parametrize(("value", "whole"), [(False, True), (True, False), (None, False)])
def test_one_answer_that_says_there_is_more_is_not_the_whole(value, whole):
    with answering(lambda _: {"data": row(1), "more": value}) as script:
        assert (script.walk(paging="none", more="more").reason is None) is whole


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (True, True),
        ("true", True),
        (1, True),
        ("0", False),
        (False, False),
        (None, None),
        (2, None),
        ("²", None),
    ],
)
def test_truth(value, told):
    assert truth(value) is told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        *((7, 7), (7.0, 7), ("7", 7), ("items 0-24/573", 573), ("0-24/*", None), ("²", None), (True, None)),
        *((7.5, None), (None, None), ([7], None), ("-1", None), ("9" * 5000, None)),
    ],
)
def test_counts(value, told):
    assert number(value) == told


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=6,
)


@given(JSON, st.lists(st.sampled_from("abc"), min_size=1, max_size=3))
def test_a_place_is_there_exactly_when_every_step_to_it_is(body, steps):
    there, value = True, body
    for step in steps:
        there = there and isinstance(value, dict) and step in value
        value = value[step] if there else None
    found = found_value(".".join(steps), Reply(200, httpx.Headers(), body))
    assert (found.there, found.value) == (there, value)
