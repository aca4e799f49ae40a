"""A walk ends, whatever cursors and pages a provider thinks up."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import chain, count, cycle, islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.errors import ContractChanged
from dedupe.fetchers.walks.loop_guard import PATIENCE, LoopGuard

Pages = Iterable[tuple[Any, list[str]]]


def walked(pages: Pages, most: int, killed_every: int = 10**9) -> int:
    """How many pages it takes to end the walk; at most `most`, and then it hasn't been ended."""
    guard, number = LoopGuard("crm"), 0
    for number, (following, ids) in enumerate(islice(pages, most), start=1):
        try:
            state = guard.page(following, ids)
        except ContractChanged:
            return number
        if number % killed_every == 0:
            guard = LoopGuard("crm", json.loads(json.dumps(state)))
    return number


def new_people() -> Iterator[list[str]]:
    return ([f"{page}-{row}" for row in range(3)] for page in count())


@given(st.integers(0, 40), st.integers(1, 40), st.integers(3, 100))
def test_cursors_that_go_round_end_though_every_page_is_new_and_the_walk_is_killed(before, round_, killed):
    cursors = chain(range(before), cycle(range(before, before + round_)))
    most = 4 * (before + round_) + 4
    assert walked(zip(cursors, new_people(), strict=False), most, killed) < most


def test_ever_new_cursors_over_empty_pages_end():
    assert walked(((cursor, []) for cursor in count()), 10_000) == PATIENCE


@given(st.integers(2, 30))
def test_ever_new_cursors_over_the_same_rows_end(pages):
    rows = cycle(list(islice(new_people(), pages)))
    assert walked(zip(count(), rows, strict=False), 10_000) == pages + PATIENCE


def test_a_page_that_repeats_the_one_before_ends_the_walk():
    assert walked(zip(count(), cycle([["1", "2"]]), strict=False), 10) == 2


def test_a_long_walk_with_somebody_new_on_each_page_never_ends_and_its_state_stays_small():
    pages = 20_000
    guard = LoopGuard("crm")
    for number, ids in enumerate(islice(new_people(), pages)):
        state = guard.page(f"cursor {number}", ids)
    assert len(json.dumps(state)) < 200


def test_a_contact_delivered_twice_at_each_boundary_is_no_standstill():
    pages = ((number, [str(number), str(number + 1)]) for number in count())
    assert walked(pages, 2_000) == 2_000


def test_a_cursor_that_leads_to_itself_ends_at_once_however_late_it_comes():
    cursors = chain(range(70), cycle([70]))
    assert walked(zip(cursors, new_people(), strict=False), 1_000) == 72


def test_another_list_may_show_the_same_people_again():
    guard = LoopGuard("crm")
    for _ in range(3 * PATIENCE):
        guard.page("next", ["1", "2"])
        guard.begin()


def test_the_last_page_may_bring_nobody_new():
    guard = LoopGuard("crm")
    for number in range(PATIENCE - 1):
        guard.page(number, [])
    guard.page(None, [])


@pytest.mark.parametrize("ids", [[None, None], []])
def test_pages_on_which_nobody_shows_an_id_are_no_repetition_but_end(ids):
    assert walked(((cursor, list(ids)) for cursor in count()), 1_000) == PATIENCE
