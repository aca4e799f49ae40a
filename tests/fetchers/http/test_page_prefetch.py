"""A few numbered pages at once, over real HTTP: what is read so equals what is read one by one."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.errors import CredentialsRefused, SourceError
from dedupe.fetchers.fetcher import Mode, Page, Start
from dedupe.fetchers.http.client import Api, Limits, Stopped
from dedupe.fetchers.http.page_prefetch import AT_ONCE, PagePrefetch
from dedupe.fetchers.registry import fetcher_for
from dedupe.fetchers.settings import SourceSettings
from tests.fetchers.scripted_provider import Answer, provider

SIZE = 3
PATIENCE = 30.0  # seconds; only a failure waits so long
AROUND_THE_CORNER = 10.0  # seconds; far less than the minutes that are asked for


def page_of(path: str) -> int:
    return int(parse_qs(urlsplit(path).query)["page"][0])


def listing(page: int, contacts: int, filling: str = "") -> Answer:
    ids = range((page - 1) * SIZE, min(page * SIZE, contacts))
    rows = [{"id": str(one), "filling": filling} for one in ids]
    return Answer(json.dumps({"people": rows, "total": contacts}))


@contextmanager
def people(contacts: int, spoiled: Callable[[int, int], Answer | None]) -> Iterator[Any]:
    """A provider of numbered pages; `spoiled(page, try)` is what it answers instead."""
    tries: Counter[int] = Counter()
    guard = threading.Lock()

    def answer(path: str) -> Answer:
        page = page_of(path)
        with guard:
            tries[page] += 1
            turn = tries[page]
        return spoiled(page, turn) or listing(page, contacts)

    with provider(answer) as running:
        yield running


def source(url: str, *, counted: bool) -> SourceSettings:
    """Where the provider's count is known, pages are asked for ahead; where it isn't, one by one."""
    options = {"url": f"{url}/people", "rows": "people", **({"count": "total"} if counted else {})}
    return SourceSettings(
        "acme", "acme", secrets={"token": "t"}, mapping={"full_name": "name"}, options=options
    )


def walked(url: str, *, counted: bool, cursor: Any = None, rate: float = 10_000.0) -> list[Any]:
    """The ids of each page, and how the walk ended."""
    seen: list[Any] = []
    limits = Limits(rate=rate, attempts=3, backoff=0.001)
    fetcher = fetcher_for(source(url, counted=counted))
    with Api("acme", url, {}, limits) as api:
        try:
            pages = fetcher.fetch(api, Start(Mode.FULL, None, cursor))
            seen.extend(([row["id"] for row in page.payloads], page.done) for page in pages)
        except SourceError as error:
            seen.append((type(error), str(error)))
    return seen


FAULTS: dict[str, Answer] = {
    "away": Answer("{}", 503),
    "hurried": Answer("{}", 429, {"Retry-After": "0"}),
    "garbled": Answer("<html>"),
    "listless": Answer('{"people": null}'),
    "refused": Answer("{}", 404),
    "locked": Answer("{}", 401),
    "elsewhere": Answer("", 302, {"Location": "/"}),
    "empty": Answer('{"people": [], "total": 9}'),
}


PASSING = ("away", "hurried")
"""Faults that are tried again; all others last, because a page that was asked for ahead may be asked for anew
when its turn has come, and would then be another one than the page that is asked for once."""


@given(
    contacts=st.integers(0, 40),
    faults=st.dictionaries(
        st.integers(1, 16), st.tuples(st.sampled_from(sorted(FAULTS)), st.integers(1, 2)), max_size=4
    ),
    late=st.sets(st.integers(1, 16), max_size=5),
)
@settings(max_examples=12, deadline=None)
def test_what_is_read_ahead_is_what_is_read_one_by_one(contacts, faults, late):
    def spoiled(page: int, turn: int) -> Answer | None:
        if page in late:
            pause.wait(0.01)
        kind, times = faults.get(page, ("", 0))
        return FAULTS[kind] if kind and (turn <= times or kind not in PASSING) else None

    pause = threading.Event()
    with people(contacts, spoiled) as one, people(contacts, spoiled) as other:
        assert walked(other.url, counted=True) == walked(one.url, counted=False)


@pytest.mark.parametrize("stop", range(1, 8))
def test_a_walk_goes_on_behind_any_page(stop):
    with people(20, lambda *_: None) as running:
        fetcher = fetcher_for(source(running.url, counted=True))
        with Api("acme", running.url, {}, Limits(rate=10_000)) as api:
            walk = fetcher.fetch(api, Start(Mode.FULL, None, None))
            first = [next(walk) for _ in range(stop)]
            walk.close()  # type: ignore[attr-defined]
            again = fetcher.fetch(api, Start(Mode.FULL, None, json.loads(json.dumps(first[-1].cursor))))
            pages: list[Page] = [*first, *again]
    ids = [row["id"] for page in pages for row in page.payloads]
    assert list(dict.fromkeys(ids)) == [str(one) for one in range(20)]


def test_pages_are_asked_for_a_few_at_once():
    """Nobody is answered until so many ask."""
    together = threading.Barrier(AT_ONCE)

    def spoiled(page: int, _turn: int) -> None:
        if 2 <= page < 2 + 2 * AT_ONCE:
            together.wait(PATIENCE)

    with people(SIZE * 20, spoiled) as running:
        assert len(walked(running.url, counted=True)) == 21


def test_no_more_than_a_few_are_asked_for_at_once_and_none_behind_the_last():
    guard = threading.Lock()
    now, most = 0, 0

    def spoiled(_page: int, turn: int) -> None:
        nonlocal now, most
        with guard:
            now += turn == 1
            most = max(most, now)
        threading.Event().wait(0.005)
        with guard:
            now -= turn == 1

    with people(SIZE * 9, spoiled) as running:
        walked(running.url, counted=True)
        assert most <= AT_ONCE
        twice = sorted([*range(1, 11)] * 2)  # a list is read again, to see that it stood still
        assert sorted(page_of(path) for path, _ in running.requests) == twice


def test_a_page_that_waits_for_its_retry_holds_up_none_but_itself():
    """Page 2 is answered only when those behind it have been asked for."""
    behind = threading.Event()

    def spoiled(page: int, turn: int) -> Answer | None:
        if page == 2 + 2 * AT_ONCE:
            behind.set()
        if page == 2:
            assert behind.wait(PATIENCE)
        return None

    with people(SIZE * 12, spoiled) as running:
        assert [ids for ids, _ in walked(running.url, counted=True)] == [
            [str(one) for one in range(page * SIZE, page * SIZE + SIZE)] for page in range(12)
        ] + [[]]


def test_an_error_is_told_at_once_though_another_page_is_to_wait_for_minutes():
    asked = threading.Event()

    def spoiled(page: int, _turn: int) -> Answer | None:
        if page == 3:
            asked.set()
            return Answer("{}", 503, {"Retry-After": "120"})
        if page == 2:
            assert asked.wait(PATIENCE)
            return Answer("{}", 401)
        return None

    with people(SIZE * 12, spoiled) as running:
        began = time.monotonic()
        told = walked(running.url, counted=True)
    assert issubclass(told[-1][0], CredentialsRefused)
    assert time.monotonic() - began < AROUND_THE_CORNER


def test_a_walk_that_is_left_waits_for_no_retry():
    asked = threading.Event()

    def spoiled(page: int, _turn: int) -> Answer | None:
        if page == 3:
            asked.set()
        return Answer("{}", 503, {"Retry-After": "120"}) if page == 3 else None

    with people(SIZE * 12, spoiled) as running, Api("acme", running.url, {}, Limits(rate=10_000)) as api:
        walk = fetcher_for(source(running.url, counted=True)).fetch(api, Start(Mode.FULL, None, None))
        next(walk)
        next(walk)
        assert asked.wait(PATIENCE)
        began = time.monotonic()
        walk.close()  # type: ignore[attr-defined]
        assert time.monotonic() - began < AROUND_THE_CORNER
        assert api.get("/people", {"page": 1}).status == 200, "the Api serves those who come after"


def test_the_rate_holds_for_all_that_ask_together():
    rate = 100.0
    with people(SIZE * 29, lambda *_: None) as running:
        began = time.monotonic()
        walked(running.url, counted=True, rate=rate)
        took = time.monotonic() - began
    asked = len(running.requests)
    assert asked >= 2 * 30
    assert took >= (asked - 4) / rate, "two slots may be made up for"


def test_large_pages_are_not_heaped_up():
    """While the first page is waited for, those behind it take no more than some megabytes."""
    asked: set[int] = set()
    first = threading.Event()

    def ask(page: int) -> int:
        asked.add(page)
        if page == 10:
            assert first.wait(PATIENCE)
        with api._lock:
            api.counts.bytes += 2 * 1024 * 1024
        return page

    with Api("acme", "http://localhost", {}) as api, PagePrefetch(api, ask) as ahead:
        for page in range(1, 10):
            assert ahead.take(page, 99) == page
        threading.Timer(0.3, first.set).start()
        assert ahead.take(10, 99) == 10
    assert max(asked) <= 10 + 2 * AT_ONCE


def test_a_page_that_was_not_expected_is_asked_for():
    with Api("acme", "http://localhost", {}) as api, PagePrefetch(api, lambda page: page) as ahead:
        assert [ahead.take(page, 30) for page in (1, 2, 5, 6, 3, 4)] == [1, 2, 5, 6, 3, 4]


def test_the_operator_stops_all_that_wait():
    stop = threading.Event()

    def spoiled(page: int, _turn: int) -> Answer | None:
        if page < 3:
            return None
        stop.set()
        return Answer("{}", 503, {"Retry-After": "120"})

    with people(SIZE * 12, spoiled) as running, Api("acme", running.url, {}, Limits(), stop=stop) as api:
        walk = fetcher_for(source(running.url, counted=True)).fetch(api, Start(Mode.FULL, None, None))
        with pytest.raises(Stopped):
            list(walk)
