"""A few numbered pages at once, taken in order."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from dedupe.fetchers.ahead import AT_ONCE, Ahead


def test_a_page_that_waits_holds_up_none_but_itself():
    def ask(page: int) -> int:
        time.sleep(0.2 if page % 10 == 1 else 0.001)
        return page

    with ThreadPoolExecutor(AT_ONCE) as threads:
        ahead, began = Ahead(threads, ask), time.monotonic()
        assert [ahead.take(page, 60) for page in range(1, 61)] == list(range(1, 61))
    assert time.monotonic() - began < 6 * 0.2 * 0.8, "the waits overlap"


def test_no_more_than_a_few_are_asked_for_at_once_and_none_behind_the_last():
    asked, now, most, guard = [], [0], [0], threading.Lock()

    def ask(page: int) -> int:
        with guard:
            asked.append(page)
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.005)
        with guard:
            now[0] -= 1
        return page

    with ThreadPoolExecutor(16) as threads:
        ahead = Ahead(threads, ask)
        assert [ahead.take(page, 9) for page in range(1, 10)] == list(range(1, 10))
    assert most[0] <= AT_ONCE
    assert sorted(asked) == list(range(1, 10))


def test_an_error_comes_in_its_turn():
    def ask(page: int) -> int:
        if page == 2:
            raise ValueError("two")
        return page

    with ThreadPoolExecutor(AT_ONCE) as threads:
        ahead = Ahead(threads, ask)
        assert ahead.take(1, 9) == 1
        with pytest.raises(ValueError, match="two"):
            ahead.take(2, 9)
        ahead.drop()
