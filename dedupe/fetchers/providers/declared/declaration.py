"""The options that declare a provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

from dedupe.fetchers.http.urls import origin_of
from dedupe.fetchers.settings import SourceSettings

NUMBERED, FOLLOWED, ALONE = ("page", "offset"), ("cursor", "link"), ("none",)
PAGINGS = (*NUMBERED, *FOLLOWED, *ALONE)
ENDS = {
    "null": "what is at `next` is null",
    "empty": "what is at `next` is an empty text",
    "absent": "there is nothing at `next`",
    "more": "what is at `more` is false",
    "empty page": "a page holds no contact",
    "short page": "a page holds fewer contacts than the first one",
    "count": "as many rows came as what is at `count`",
}
ENDS_OF = {
    **dict.fromkeys(NUMBERED, ("empty page", "short page", "more", "count")),
    **dict.fromkeys(FOLLOWED, ("null", "empty", "absent", "more", "empty page")),
    **dict.fromkeys(ALONE, ()),
}
FORMATS = ("json", "csv", "ndjson")
METHODS = ("get", "post")
SINCE = "{since}"  # stands for the moment in `since`


@dataclass(frozen=True)
class Declaration:
    """The declared provider. Expressions are JMESPath into an answer; some may be `header:NAME` or
    `link:RELATION`.

    Every key but `url` has a default.
    """

    url: str  # its query is kept on every page
    method: str = "get"  # post: `body` is sent, and paging goes into it
    auth: str = "bearer"  # bearer, raw, basic, oauth, none, header:NAME, query:NAME, body:PATH
    oauth: Mapping[str, Any] = field(default_factory=dict)  # token_url, client_id, in_body; scope, audience …
    headers: Mapping[str, Any] = field(default_factory=dict)  # sent with every request
    params: Mapping[str, Any] = field(default_factory=dict)  # sent with every page
    body: Mapping[str, Any] = field(default_factory=dict)  # sent with every page
    format: str = "json"  # of an answer: json, csv, ndjson
    encoding: str = "utf-8"  # of CSV
    delimiter: str = ","  # of CSV
    rows: str = "data"  # the list of contacts in an answer
    key_as: str = ""  # `rows` is an object keyed by id; the key is put into each contact under this name
    id: str = "id"  # of a contact
    updated_at: str = ""  # of a contact, if it shows one
    volatile: tuple[str, ...] = ()  # top-level keys that change by themselves
    paging: str = "page"  # page, offset, cursor, link, none
    page_param: str = "page"  # paging = page: the parameter that numbers the page
    first_page: int = 1  # paging = page: the number of the first one
    size_param: str = ""  # the parameter that says how many contacts a page holds
    size: int = 100  # what is sent in it
    offset_param: str = "offset"  # paging = offset: the parameter that says how many to pass over
    cursor_param: str = "cursor"  # paging = cursor: the parameter that carries what is at `next`
    next: str = "next_cursor"  # the cursor or link in an answer; header: and link: too
    more: str = ""  # whether there is more, where an answer says so; header: too
    count: str = ""  # how many contacts there are in all; header: too
    end: tuple[str, ...] = ()  # how the last answer looks
    stable: bool = False  # no edit moves a contact along the list, and no deletion shifts its cursors
    order: str = ""  # of a contact: what the list is sorted by, ascending
    since_param: str = ""  # asks for what changed since a moment: incremental
    since: Mapping[str, Any] = field(default_factory=dict)  # the same, written out: {since} is the moment
    since_format: str = "iso"  # iso, unix, unix_ms
    one: str = ""  # the path of one contact, with {id}: 404 there means gone
    one_row: str = "@"  # the contact in that answer
    limit: float = 5.0  # requests a second that the provider allows
    backoff: float | None = None
    full_walk: str | None = None
    hours: str | None = None

    @property
    def base_url(self) -> str:
        return origin_of(self.url)

    @property
    def path(self) -> str:
        """The path of `url` with its query."""
        parts = urlsplit(self.url)
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    @property
    def incremental(self) -> bool:
        return bool((self.since_param or self.since) and self.updated_at)

    @property
    def ends(self) -> tuple[str, ...]:
        """The declared `end`, or its default: an explicit statement in the answer."""
        if self.end or self.more or self.paging in ALONE:
            return self.end or (("more",) if self.more else ())
        return ("empty page",) if self.paging in NUMBERED else ("null", "empty")


def is_declared(settings: SourceSettings) -> bool:
    return "url" in settings.options


def declaration_of(options: Mapping[str, Any]) -> Declaration:
    """The declaration from options of valid types; unknown keys are left out."""
    known = {one.name for one in fields(Declaration)}
    given = {key: value for key, value in options.items() if key in known}
    if given.get("format", "json") != "json":
        given.setdefault("rows", "@")  # such a body is its rows
    for key in ("volatile", "end"):
        if isinstance(value := given.get(key, ()), str):
            given[key] = (value,)
        else:
            given[key] = tuple(value)
    return Declaration(**given)
