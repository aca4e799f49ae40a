"""What a source's configuration says is judged before anything runs."""

import pytest

from dedupe.fetchers.registry import mistakes_of
from dedupe.fetchers.settings import SourceSettings

DECLARED = {"url": "https://api.example.org/people"}
MAP = {"email": "email"}


@pytest.mark.parametrize(
    ("provider", "options"),
    [
        ("whippy", {"hours": "22-6", "full_walk": "weekly", "limit": 500, "backoff": 0.5}),
        ("whippy", {"hours": "0-24"}),
        ("openmrp", {"users": "person"}),
        ("file", {"complete": True}),
        ("acme", {**DECLARED, "size": 50, "limit": 2.5, "params": {"sort": "id"}, "volatile": ["seen"]}),
    ],
)
def test_options_that_are_right(provider, options):
    own = SourceSettings("crm", provider, options=options, mapping=MAP if provider != "file" else {})
    assert mistakes_of(own) == []


@pytest.mark.parametrize(
    ("provider", "key", "value"),
    [
        ("whippy", "hours", "night"),
        ("whippy", "hours", "22-26"),
        ("whippy", "hours", "6-6"),
        ("whippy", "full_walk", "monthly"),
        ("whippy", "limit", "many"),
        ("whippy", "limit", 0),
        ("whippy", "limit", 501),
        ("whippy", "backoff", "long"),
        ("whippy", "users", "person"),
        ("openmrp", "users", "robots"),
        ("file", "complete", "yes"),
        ("acme", "hours", "night"),
        ("acme", "full_walk", "monthly"),
        ("acme", "size", "fifty"),
        ("acme", "limit", 0),
        ("acme", "params", "sort=id"),
        ("acme", "paging", "scroll"),
        ("acme", "rows", "[["),
        ("acme", "auth", 5),
    ],
)
def test_an_option_that_is_none_is_named_with_its_key(provider, key, value):
    options = {**(DECLARED if provider == "acme" else {}), key: value}
    found = mistakes_of(SourceSettings("crm", provider, options=options, mapping=MAP))
    assert len(found) == 1
    assert found[0].startswith(f"sources.crm.options.{key}: ")


@pytest.mark.parametrize("secret", ["t\u00f6ken-4711", "\u200btoken-4711", "token-4711\n", "token-4711 "])
@pytest.mark.parametrize("provider", ["whippy", "askelephant", "openmrp", "digital99", "acme"])
def test_a_secret_that_fits_into_no_header_is_told_at_the_start_without_it(provider, secret):
    options = DECLARED if provider == "acme" else {}
    own = SourceSettings("crm", provider, secrets={"token": secret}, options=options, mapping=MAP)
    [found] = mistakes_of(own)
    assert found.startswith("sources.crm.token: no header can carry it")
    assert "4711" not in found


def test_a_secret_that_is_encoded_anyhow_may_hold_anything():
    own = SourceSettings("crm", "livedesk", secrets={"key": "k\u00e9y", "secret": "s\u00e9cret "})
    assert mistakes_of(own) == []


@pytest.mark.parametrize(
    "url",
    ["api.example.org", "ftp://api.example.org", "https://", "https://a.example.org:port", "https://[::1"],
)
def test_an_address_that_is_none(url):
    assert "base_url" in mistakes_of(SourceSettings("crm", "whippy", base_url=url))[0]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://api.example.org?tenant=7", "without ? and #"),
        ("https://api.example.org/#eu", "without ? and #"),
        ("https://api.example.org/v1?", "without ? and #"),
        ("https://ann:secret@api.example.org", "without user and password"),
    ],
)
@pytest.mark.parametrize("provider", ["digital99", "livedesk", "whippy", "askelephant", "openmrp"])
def test_a_part_of_an_address_that_would_reach_nobody_is_refused(provider, url, why):
    [mistake] = mistakes_of(SourceSettings("crm", provider, base_url=url, account_id="7"))
    assert mistake.startswith("sources.crm.base_url: ")
    assert why in mistake
    assert "secret" not in mistake.replace("secrets", "")
