"""Pages fetched while those before are being stored: none is lost, none comes twice, errors come in turn."""

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.errors import SourceUnavailable
from dedupe.fetchers.fetcher import Page
from dedupe.fetchers.http.client import Api, Limits
from dedupe.pipeline.prefetch import MOST_BYTES, MOST_PAGES, fetched_ahead
from tests.fetchers.scripted_provider import Answer, provider


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    with Api("acme", "http://localhost", {}) as made:
        yield made


def numbered(number: int) -> Page:
    return Page([{"id": number}], {"page": number}, False)


class Fetched:
    """A walk of pages of so many bytes each, that may break off; told how far it went."""

    def __init__(self, api: Api, sizes: list[int], fails: bool = False) -> None:
        self.api, self.sizes, self.fails = api, sizes, fails
        self.made, self.closed = 0, False

    def pages(self) -> Iterator[Page]:
        try:
            for number, size in enumerate(self.sizes):
                self.api.counts.bytes += size
                self.made += 1
                yield numbered(number)
            if self.fails:
                raise SourceUnavailable("away")
        finally:
            self.closed = True


@given(
    sizes=st.lists(st.sampled_from([1, 1000, MOST_BYTES, 3 * MOST_BYTES]), max_size=40),
    together=st.integers(1, MOST_PAGES),
    fails=st.booleans(),
)
def test_the_same_pages_in_the_same_order_then_the_error(api, sizes, together, fails):
    fetched = Fetched(api, sizes, fails)
    seen: list[int] = []
    try:
        with fetched_ahead(fetched.pages(), api, together) as groups:
            for pages in groups:
                assert 1 <= len(pages) <= together
                seen += [page.payloads[0]["id"] for page in pages]
        assert not fails
    except SourceUnavailable:
        assert fails
    assert seen == list(range(len(sizes)))
    assert fetched.closed


@given(count=st.integers(1, 30), left_behind=st.integers(0, 30))
def test_who_leaves_early_closes_the_walk(api, count, left_behind):
    fetched = Fetched(api, [1] * count)
    with fetched_ahead(fetched.pages(), api, 1) as groups:
        for at, _ in enumerate(groups):
            if at == left_behind:
                break
    assert fetched.closed
    assert fetched.made <= left_behind + 1 + MOST_PAGES + 1


@pytest.mark.parametrize(("size", "most"), [(1, MOST_PAGES + 1), (MOST_BYTES, 2)])
def test_no_more_waits_than_fits(api, size, most):
    fetched = Fetched(api, [size] * 50)
    with fetched_ahead(fetched.pages(), api, 1) as groups:
        for taken, _ in enumerate(groups, start=1):
            assert fetched.made - taken <= most + 1


def test_an_error_of_who_stores_is_not_held_up_by_a_provider_that_asks_to_wait():
    asked = threading.Event()

    def answer(_path: str) -> Answer:
        asked.set()
        return Answer("{}", 503, {"Retry-After": "120"})

    with provider(answer) as running, Api("acme", running.url, {}, Limits()) as api:

        def pages() -> Iterator[Page]:
            yield numbered(0)
            api.get("/")

        def store() -> None:
            with fetched_ahead(pages(), api) as groups:
                for _ in groups:
                    assert asked.wait(30)
                    raise ZeroDivisionError

        began = time.monotonic()
        with pytest.raises(ZeroDivisionError):
            store()
        assert time.monotonic() - began < 10
