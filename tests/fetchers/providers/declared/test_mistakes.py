"""Every mistake of a declaration is told at once, by its key."""

from __future__ import annotations

from typing import Any

import pytest

from dedupe.fetchers.providers.declared.paths import is_path, put
from dedupe.fetchers.registry import mistakes_of
from dedupe.fetchers.settings import SourceSettings

URL = "https://api.example.org/people"
GRANT = {"token_url": "https://login.example.org/token"}
POST = {"method": "post", "paging": "cursor"}
LINKS = {"paging": "link", "next": "link:next"}


def mistaken(**options: Any) -> list[str]:
    own = SourceSettings("crm", "acme", options={"url": URL, **options}, mapping={"email": "email"})
    return [one.removeprefix("sources.crm.options.") for one in mistakes_of(own)]


@pytest.mark.parametrize(
    "options",
    [
        {"url": URL + "?tenant=7", "end": "short page"},
        {**LINKS, "end": "absent"},
        {**LINKS, "end": ["absent", "empty page"]},
        {**POST, "body": {"filters": [{"a": 1}]}, "cursor_param": "page.after", "size_param": "filters[0].n"},
        {"auth": "oauth", "oauth": {**GRANT, "scope": "a b", "resource": "r", "in_body": True}},
        {"auth": "oauth", "oauth": {"token_url": "http://127.0.0.1:8000/token"}},
        {"auth": "query:key", "params": {"app": {"env": "APP"}, "sort": "id"}},
        {"headers": {"X-Tenant": {"file": "tenant"}}, "auth": "none"},
        {**POST, "auth": "body:auth.key"},
        {"format": "csv", "delimiter": "\t", "encoding": "cp1252", "paging": "none"},
        {"format": "ndjson", "paging": "cursor", "next": "header:X-Next", "end": "empty"},
        {"rows": "@", "key_as": "id", "count": "header:X-Total", "more": "header:X-More"},
        {"since": {"filter": "changed gt {since}"}, "updated_at": "changed", "since_format": "unix_ms"},
        {"paging": "cursor", "next": '"@odata.nextLink"', "stable": True},
    ],
)
def test_declarations_that_are_right(options):
    assert mistaken(**options) == []


@pytest.mark.parametrize(
    ("options", "key", "say"),
    [
        ({"url": "https://ann:secret@api.example.org/people"}, "url", "user"),
        ({"url": URL + "#part"}, "url", "#"),
        ({"url": " " + URL}, "url", "address"),
        ({"url": "https://api.example.org:port/"}, "url", "address"),
        ({"url": URL + "?page=2"}, "url", "page"),
        ({"url": URL + "?sort=id", "params": {"sort": "name"}}, "url", "sort"),
        ({"url": URL + "?key=1", "auth": "query:key"}, "url", "key"),
        ({"method": "put"}, "method", "get, post"),
        ({"body": {"limit": 1}}, "body", "post"),
        ({"params": {"sort": True}}, "params.sort", "text"),
        ({"params": {"sort": {"variable": "X"}}}, "params.sort", "env"),
        ({"headers": {"X-Key": {"env": ""}}}, "headers.X-Key", "env"),
        ({"headers": {"X-Key": 7}}, "headers.X-Key", "text"),
        ({"auth": "header:"}, "auth", "header:NAME"),
        ({"auth": "body:key"}, "auth", "post"),
        ({**POST, "auth": "body:a..b"}, "auth", "path"),
        ({**POST, "cursor_param": "page[after]"}, "cursor_param", "path"),
        ({"auth": "oauth"}, "oauth.token_url", "address"),
        ({"auth": "oauth", "oauth": {"token_url": "login"}}, "oauth.token_url", "address"),
        ({"auth": "oauth", "oauth": {"token_url": "http://login.example.org/t"}}, "oauth.token_url", "https"),
        ({"auth": "oauth", "oauth": {**GRANT, "client_secret": "s"}}, "oauth.client_secret", "never"),
        ({"auth": "oauth", "oauth": {**GRANT, "in_body": "yes"}}, "oauth.in_body", "true or false"),
        ({"auth": "oauth", "oauth": {**GRANT, "scope": ["a"]}}, "oauth.scope", "text"),
        ({"oauth": GRANT}, "oauth", "auth"),
        ({"format": "xml"}, "format", "json, csv, ndjson"),
        ({"format": "csv", "delimiter": ";;"}, "delimiter", "one character"),
        ({"format": "csv", "encoding": "klingon"}, "encoding", "no encoding"),
        ({"format": "csv", "paging": "cursor"}, "next", "header"),
        ({"paging": "cursor", "next": "header:", "end": "absent"}, "next", "behind the colon"),
        (LINKS, "end", "absent"),
        ({"end": "someday"}, "end", "someday"),
        ({"end": "null"}, "end", "null"),
        ({"end": "count"}, "end", "options.count"),
        ({"end": "more"}, "end", "options.more"),
        ({"paging": "none", "end": "null"}, "end", "one answer"),
        ({"end": [1]}, "end", "one or several"),
        ({"stable": "yes"}, "stable", "true or false"),
        ({"paging": "none", "stable": True}, "stable", "pages"),
        ({"size": 0}, "size", "1 or more"),
        ({"since": {"a": "b"}, "updated_at": "u"}, "since", "{since}"),
        ({"since": {"a": "{since}"}}, "updated_at", "time of change"),
        ({"since": {"a": "{since}"}, "since_param": "s", "updated_at": "u"}, "since", "not both"),
        ({"one": "/people"}, "one", "{id}"),
        ({"count": "header:"}, "count", "behind the colon"),
        ({"rows": "header:X"}, "rows", "JMESPath"),
    ],
)
def test_a_mistake_is_named_by_its_key_and_says_what_to_do(options, key, say):
    [found] = mistaken(**options)
    assert found.startswith(f"{key}: ")
    assert say in found
    assert "secret@" not in found


def test_all_of_them_are_told_at_once():
    options = {
        "url": "acme",
        "paging": "pages",
        "auth": "secret",
        "rows": "a[",
        "speed": 1,
        "size": "many",
        "end": ["someday"],
        "format": "xml",
        "params": {"a": []},
        "one": "/x",
        "hours": "night",
    }
    own = SourceSettings(
        "crm",
        "acme",
        base_url="https://a.example?b=c",
        options=options,
        mapping={"fullname": "a[", "email": "b"},
    )
    found = mistakes_of(own)
    for key in (*(f"options.{key}" for key in options), "base_url", "map.fullname"):
        assert any(one.startswith(f"sources.crm.{key}") for one in found), key


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("a", {"k": 1, "a": 7}),
        ("a.b", {"k": 1, "a": {"b": 7}}),
        ("k.b", {"k": {"b": 7}}),
        ("a[1].b", {"k": 1, "a": [None, {"b": 7}]}),
        ("a[0][1]", {"k": 1, "a": [[None, 7]]}),
    ],
)
def test_a_value_is_put_into_a_body_by_its_path(path, made):
    body = {"k": 1}
    assert is_path(path)
    assert put(body, path, 7) == made
    assert body == {"k": 1}


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", "[0]", "a[]", "a[b]", "a[1", "a[9999]"])
def test_what_is_no_path(path):
    assert not is_path(path)
