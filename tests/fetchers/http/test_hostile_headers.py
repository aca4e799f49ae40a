"""What HTTP allows in headers: they ask for a time to wait or say nothing, and cost no page."""

from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.errors import SourceError
from dedupe.fetchers.fetcher import Mode, Start
from dedupe.fetchers.http.client import Api, Limits
from dedupe.fetchers.http.responses import date_of, error_code, retry_after
from dedupe.fetchers.providers.whippy import Whippy
from dedupe.fetchers.registry import PROVIDERS, api_for, fetcher_for
from dedupe.fetchers.settings import SourceSettings
from tests.fetchers.scripted_provider import Answer, provider

FETCHERS = {name: fetcher_for(SourceSettings("crm", name)) for name in PROVIDERS if name != "file"}
ODD_HEADERS = ["²", "1_000", "-1", "+5", "1e3", "nan", "inf", "٣", "9" * 5000, "", " ", ",", "0x10"]
ODD_DATES = [
    "Mon, 01 Jan 0001 00:00:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2400",
    "Mon, 01 Jan 2024 00:00:00 +99999999999999",
    "Mon, 32 Foo 99999999999 99:99:99 ²",
    " ",
    "0",
]
header_values = st.sampled_from(ODD_HEADERS + ODD_DATES) | st.text(max_size=40)


@settings(deadline=None, max_examples=150)
@given(header_values, header_values, header_values)
def test_headers_ask_for_a_time_to_wait_or_say_nothing(after, date, left):
    headers = [("retry-after", after), ("date", date), ("x-ratelimit-remaining-interval-milliseconds", left)]
    encoded = [(name.encode(), value.encode("utf-8", "surrogatepass")) for name, value in headers]
    response = httpx.Response(429, headers=encoded, content=after.encode("utf-8", "surrogatepass"))
    for wait in (
        retry_after(response.headers),
        Whippy(SourceSettings("c", "whippy")).connection().habits.wait(response),
    ):
        assert wait is None or 0 <= wait < 1e18
    moment = date_of(date)
    assert moment is None or 1900 <= moment.astimezone(UTC).year < 2200
    assert isinstance(error_code(response), str)
    for fetcher in FETCHERS.values():
        assert isinstance(fetcher.connection().habits.transient(response), bool)


HOSTILE_HEADERS = {
    "Date": "Mon, 01 Jan 0001 00:00:00 GMT",
    "Retry-After": "²",
    "X-RateLimit-Remaining-Interval-Milliseconds": "²",
    "Set-Cookie": f"a=b; Max-Age={'9' * 4000}; Expires=Mon, 99 Jan 99999999 00:00:00 GMT",
    "Link": "<²>; rel=next",
    "Content-Type": "application/json; charset=base64",
    "X-Odd": "caf\u00e9 \u00b2",
}


@pytest.mark.parametrize("name", ["openmrp", "whippy", "askelephant", "digital99", "livedesk"])
def test_hostile_headers_cost_no_page(name):
    """Over HTTP: an answer that is throttled at first, a list then, both with odd headers."""
    page = '{"data": [], "payload": [], "meta": {"count": 0}, "metadata": {"next_cursor": null}, '
    page += '"page_info": {"has_next_page": false, "next_page_url": null}, '
    page += '"has_more": false, "next_cursor": null}'
    throttled = Answer("too many", 429, {**HOSTILE_HEADERS, "Retry-After": "0"})
    with provider(throttled, Answer(page, 200, HOSTILE_HEADERS)) as said:
        own = SourceSettings(
            name, name, base_url=said.url, secrets={"token": "t", "key": "k"}, account_id="1"
        )
        found = list(_walked(own))
    assert [page.done for page in found][-1]
    assert not any(page.payloads for page in found)


def _walked(own):
    fetcher = fetcher_for(own)
    with api_for(fetcher) as api:
        yield from fetcher.fetch(api, Start(Mode.FULL, datetime(2024, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    "location", ["http://[", "//:/x", "javascript:1", "http://\u00b2:99999/", "\u00ff", "x" * 9000]
)
def test_a_redirect_to_what_is_no_address_fails_as_a_redirect(location):
    with (
        provider(Answer("", 302, {"Location": location})) as said,
        Api("crm", said.url, {}, Limits(rate=1000, timeout=5, attempts=1)) as api,
        pytest.raises(SourceError),
    ):
        api.get("/")
