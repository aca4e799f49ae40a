"""A provider declared in the configuration: what `options` may say about it, checked as a whole."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from urllib.parse import urlsplit

import jmespath
from jmespath.exceptions import JMESPathError

from dedupe.errors import ConfigurationError
from dedupe.fetchers.mapping import mistakes
from dedupe.fetchers.options import mistaken_values
from dedupe.fetchers.settings import SourceSettings

PAGINGS = ("page", "offset", "cursor", "link", "none")
_TYPES: dict[str, tuple[tuple[type, ...] | type, str]] = {
    "headers": (Mapping, 'a table, as { "X-Version" = "2" }'),
    "params": (Mapping, 'a table, as { sort = "created" }'),
    "volatile": ((list, tuple), "a list of keys"),
    **dict.fromkeys(("first_page", "size"), (int, "a whole number")),
    **dict.fromkeys(("limit", "backoff"), ((int, float), "a number")),
}
_EXPRESSIONS = ("rows", "id", "updated_at", "next", "more", "count", "order", "one_row")


@dataclass(frozen=True)
class Declaration:
    """Expressions are JMESPath. Every key but `url` has a default."""

    url: str
    auth: str = "bearer"  # bearer, raw, basic (the token is key:secret), header:NAME
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str | int] = field(default_factory=dict)  # sent with every page
    rows: str = "data"  # the list of contacts in an answer
    id: str = "id"  # of a contact
    updated_at: str = ""  # of a contact, if it shows one
    volatile: tuple[str, ...] = ()  # top-level keys that change by themselves
    paging: str = "page"
    page_param: str = "page"
    first_page: int = 1
    size_param: str = ""
    size: int = 100
    offset_param: str = "offset"
    cursor_param: str = "cursor"
    next: str = "next_cursor"  # the cursor or link in an answer
    more: str = ""  # whether there is more, where an answer says so
    count: str = ""  # how many contacts there are in all
    order: str = ""  # of a contact: what the list is sorted by, ascending
    since_param: str = ""  # asks for what changed since a moment: incremental
    since_format: str = "iso"  # iso, unix
    one: str = ""  # the path of one contact, with {id}: 404 there means gone
    one_row: str = "@"  # the contact in that answer
    limit: float = 5.0  # requests a second that the provider allows
    backoff: float | None = None
    full_walk: str | None = None
    hours: str | None = None

    @property
    def base_url(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def path(self) -> str:
        return urlsplit(self.url).path or "/"


def is_declared(settings: SourceSettings) -> bool:
    return "url" in settings.options


def declaration_of(settings: SourceSettings) -> Declaration:
    """ConfigurationError with every mistake, named by source and key."""
    if found := mistaken_declaration(settings):
        raise ConfigurationError([f"sources.{settings.name}.{mistake}" for mistake in found])
    return _declared(settings.options)


def mistaken_declaration(settings: SourceSettings) -> list[str]:
    """Every mistake of a declaration and its map, a line each."""
    known = {one.name for one in fields(Declaration)}
    found = [f"options.{key}: there is no such key" for key in settings.options if key not in known]
    mistyped = _mistyped({key: value for key, value in settings.options.items() if key in known})
    found += mistyped or [*_wrong(_declared(settings.options)), *mistaken_values(settings.options)]
    found += mistakes(settings.mapping)
    if not settings.mapping:
        found.append('map: say where a contact\'s fields are, for example email = "emails[].address"')
    return found


def _declared(options: Mapping[str, Any]) -> Declaration:
    known = {one.name for one in fields(Declaration)}
    given = {key: value for key, value in options.items() if key in known}
    if isinstance(given.get("volatile"), list):
        given["volatile"] = tuple(given["volatile"])
    return Declaration(**given)


def _mistyped(options: Mapping[str, Any]) -> list[str]:
    """Values of another type than their default's."""
    found = []
    for key, value in options.items():
        fits, say = _TYPES.get(key, (str, "a text"))
        if not isinstance(value, fits) or isinstance(value, bool):
            found.append(f"options.{key}: {say}")
    return found


def headers_of(declared: Declaration, secrets: Mapping[str, str]) -> dict[str, str]:
    """The request headers that hold the credentials."""
    token, kind = secrets.get("token", ""), declared.auth.partition(":")
    if kind[0] == "header":
        own = {kind[2]: token}
    elif kind[0] == "basic":
        pair = f"{secrets['key']}:{secrets.get('secret', '')}" if "key" in secrets else token
        own = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    else:
        own = {"Authorization": token if kind[0] == "raw" else f"Bearer {token}"}
    return {**declared.headers, **own}


def _wrong(declared: Declaration) -> list[str]:
    found = []
    parts = urlsplit(str(declared.url))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        found.append("options.url: an address such as https://api.example.org/v1/contacts")
    if declared.paging not in PAGINGS:
        found.append(f"options.paging: one of {', '.join(PAGINGS)}")
    if declared.auth not in ("bearer", "raw", "basic") and not declared.auth.startswith("header:"):
        found.append("options.auth: bearer, raw, basic or header:NAME")
    if declared.limit <= 0:
        found.append("options.limit: requests a second that they allow, more than 0")
    if declared.since_format not in ("iso", "unix"):
        found.append("options.since_format: iso or unix")
    for key in _EXPRESSIONS:
        expression = getattr(declared, key)
        if expression and not _is_expression(expression):
            found.append(f"options.{key}: {expression!r} is not a JMESPath expression")
    return found


def _is_expression(text: str) -> bool:
    try:
        jmespath.compile(text)
    except JMESPathError:
        return False
    return True
