"""All mistakes of a declaration, each with its key."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from dedupe.errors import ConfigurationError
from dedupe.fetchers.mapping import mistakes
from dedupe.fetchers.options import mistaken_values
from dedupe.fetchers.providers.declared.credentials import (
    NAMED,
    PLAIN,
    REFERRING,
    is_reference,
    plain_params,
    references,
    secret_params_of,
)
from dedupe.fetchers.providers.declared.declaration import (
    ALONE,
    ENDS,
    ENDS_OF,
    FOLLOWED,
    FORMATS,
    METHODS,
    PAGINGS,
    SINCE,
    Declaration,
    declaration_of,
)
from dedupe.fetchers.providers.declared.expressions import HEADER, LINK, is_expression
from dedupe.fetchers.providers.declared.paths import is_path
from dedupe.fetchers.settings import SourceSettings

_TABLE, _TEXTS = (Mapping,), (str, list, tuple)
_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "headers": (_TABLE, 'a table, as { "X-Version" = "2" }'),
    "params": (_TABLE, 'a table, as { sort = "created" }'),
    "body": (_TABLE, "a table, as { limit = 100 }"),
    "since": (_TABLE, 'a table, as { filter = "updated gt {since}" }'),
    "oauth": (_TABLE, 'a table, as { token_url = "https://…", scope = "contacts.read" }'),
    "volatile": (_TEXTS, "a list of keys"),
    "end": (_TEXTS, f"one or several of {', '.join(ENDS)}"),
    "stable": ((bool,), "true or false"),
    **dict.fromkeys(("first_page", "size"), ((int,), "a whole number")),
    **dict.fromkeys(("limit", "backoff"), ((int, float), "a number")),
}
_EXPRESSIONS = ("rows", "id", "updated_at", "next", "more", "count", "order", "one_row")
_IN_HEADERS = {"next": (HEADER, LINK), "more": (HEADER,), "count": (HEADER,)}
_LOCAL = ("localhost", "127.0.0.1", "::1")


def mistaken_declaration(settings: SourceSettings) -> list[str]:
    """The mistakes of the options and the map, a line each."""
    known = {one.name for one in fields(Declaration)}
    options = {key: value for key, value in settings.options.items() if key in known}
    found = [f"options.{key}: there is no such key" for key in settings.options if key not in known]
    mistyped = dict(_mistyped(options))
    right = {key: value for key, value in options.items() if key not in mistyped}
    found += [f"options.{key}: {say}" for key, say in mistyped.items()]
    found += [
        f"options.{key}: {say}"
        for key, say in _wrong(declaration_of({"url": "", **right}))
        if key.partition(".")[0] not in mistyped
    ]
    found += mistaken_values(right) + mistakes(settings.mapping)
    if not settings.mapping:
        found.append('map: say where a contact\'s fields are, for example email = "emails[].address"')
    return found


def checked(settings: SourceSettings) -> Declaration:
    """The declaration. Raises ConfigurationError with every mistake, by source and key."""
    if found := mistaken_declaration(settings):
        raise ConfigurationError([f"sources.{settings.name}.{mistake}" for mistake in found])
    return declaration_of(settings.options)


Mistakes = Iterator[tuple[str, str]]


def _mistyped(options: Mapping[str, Any]) -> Mistakes:
    """Values of another type than their default's."""
    for key, value in options.items():
        fits, say = _TYPES.get(key, ((str,), "a text"))
        texts = all(isinstance(one, str) for one in value) if isinstance(value, list | tuple) else True
        if not isinstance(value, fits) or (isinstance(value, bool) and key != "stable") or not texts:
            yield key, say


def _wrong(declared: Declaration) -> Mistakes:
    yield from _wrong_address(declared)
    yield from _wrong_choices(declared)
    yield from _wrong_expressions(declared)
    yield from _wrong_end(declared)
    yield from _wrong_credentials(declared)
    yield from _wrong_request(declared)


def _wrong_address(declared: Declaration) -> Mistakes:
    if say := mistaken_address(declared.url):
        yield "url", say
        return
    query = {name for name, _ in parse_qsl(urlsplit(declared.url).query, keep_blank_values=True)}
    if twice := sorted(query & {*declared.params, *_own_params(declared)}):
        yield "url", f"its query says {', '.join(twice)}, which is sent as a parameter, too: say it once"


def mistaken_address(url: str, example: str = "https://api.example.org/v1/contacts") -> str | None:
    """Why no request can be sent to the URL, or None."""
    try:
        parts = urlsplit(url)
        broken = parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0
        broken = broken or url != url.strip()
    except ValueError:
        broken = True
    if broken:
        return f"an address such as {example}"
    if "@" in parts.netloc:
        return "it holds a user or a password: secrets stand in variables or files, see auth"
    if "#" in url:
        return "what stands behind # is never sent: leave it out"
    return None


def _wrong_choices(declared: Declaration) -> Mistakes:
    choices: dict[str, Sequence[str]] = {
        "paging": PAGINGS,
        "format": FORMATS,
        "method": METHODS,
        "since_format": ("iso", "unix", "unix_ms"),
    }
    for key, known in choices.items():
        if getattr(declared, key) not in known:
            yield key, f"one of {', '.join(known)}"
    if declared.limit <= 0:
        yield "limit", "requests a second that they allow, more than 0"
    if declared.size < 1:
        yield "size", "contacts on a page, 1 or more"
    if len(declared.delimiter) != 1:
        yield "delimiter", 'one character, as "," or ";"'
    try:
        codecs.lookup(declared.encoding)
    except LookupError:
        yield "encoding", f"{declared.encoding!r} is no encoding; write utf-8, cp1252 …"


def _wrong_expressions(declared: Declaration) -> Mistakes:
    for key in _EXPRESSIONS:
        expression = getattr(declared, key)
        elsewhere = expression.startswith(_IN_HEADERS.get(key, ())) if key in _IN_HEADERS else False
        if elsewhere and not expression.partition(":")[2]:
            yield key, "name the header or the relation behind the colon"
        elif expression and not elsewhere and not is_expression(expression):
            yield key, f"{expression!r} is not a JMESPath expression"


def _wrong_end(declared: Declaration) -> Mistakes:
    allowed = ENDS_OF.get(declared.paging, ENDS)
    if unknown := [way for way in declared.end if way not in allowed]:
        fit = f"one or several of {', '.join(allowed)}" if allowed else "nothing: there is one answer"
        yield "end", f"{', '.join(unknown)}: with paging = {declared.paging!r} it is {fit}"
    for key in ("more", "count"):
        if key in declared.end and not getattr(declared, key):
            yield "end", f'"{key}" needs options.{key}, where the answer says it'
    silent = declared.next.startswith((HEADER, LINK)) and not declared.more
    if declared.paging in FOLLOWED and silent and not declared.end:
        yield "end", 'say how the last answer looks: "absent" where the header is missing then, "empty" …'
    if declared.stable and declared.paging in ALONE:
        yield "stable", "it says something of pages, and there are none"
    if declared.format != "json" and declared.paging in FOLLOWED and not _in_header(declared.next):
        yield "next", f"a body of {declared.format.upper()} holds contacts only: header:NAME or link:next"


def _in_header(expression: str) -> bool:
    return expression.startswith((HEADER, LINK))


def _wrong_credentials(declared: Declaration) -> Mistakes:
    place, colon, name = declared.auth.partition(":")
    if declared.auth not in PLAIN and not (place in NAMED and colon and name):
        yield "auth", f"one of {', '.join(PLAIN)}, header:NAME, query:NAME, body:PATH"
    if place == "body" and declared.method != "post":
        yield "auth", 'there is a body only with options.method = "post"'
    for key, value in references({key: getattr(declared, key) for key in REFERRING}).items():
        if not is_reference(value):
            yield key, 'a text, or where it stands: { env = "VARIABLE" } or { file = "PATH" }'
    if declared.auth == "oauth":
        yield from _wrong_grant(declared.oauth)
    elif declared.oauth:
        yield "oauth", 'it is used with options.auth = "oauth"'


def _wrong_grant(grant: Mapping[str, Any]) -> Mistakes:
    url = grant.get("token_url")
    if not isinstance(url, str):
        yield "oauth.token_url", "the address that tokens come from"
    elif say := mistaken_address(url, "https://login.example.org/oauth2/token"):
        yield "oauth.token_url", say
    elif urlsplit(url).scheme != "https" and urlsplit(url).hostname not in _LOCAL:
        yield "oauth.token_url", "https: the client's secret is sent there"
    if not isinstance(grant.get("in_body", False), bool):
        yield "oauth.in_body", "true or false"
    if "client_secret" in grant:
        yield "oauth.client_secret", "a secret never stands here: secret_env or secret_file of the source"
    for key, value in grant.items():
        if key not in ("token_url", "in_body", "client_secret") and not isinstance(value, str):
            yield f"oauth.{key}", "a text"


def _wrong_request(declared: Declaration) -> Mistakes:
    if declared.body and declared.method != "post":
        yield "body", 'it is sent with options.method = "post"'
    for key, value in plain_params(declared).items():
        if isinstance(value, bool) or not isinstance(value, str | int):
            yield f"params.{key}", "a text or a whole number"
    for key, value in declared.headers.items():
        if not isinstance(value, str | Mapping):
            yield f"headers.{key}", "a text"
    if declared.method == "post":
        for key, path in _places(declared).items():
            if path and not is_path(path):
                yield key, f"{path!r} is no path in a body; write it as query.page or filters[0].value"
    if declared.since and SINCE not in repr(declared.since):
        yield "since", f"{SINCE} is nowhere in it: it stands for the moment"
    if declared.since and declared.since_param:
        yield "since", "give since or since_param, not both"
    if (declared.since or declared.since_param) and not declared.updated_at:
        yield "updated_at", "changes can be asked for only where a contact shows its time of change"
    if declared.one and "{id}" not in declared.one:
        yield "one", "the path of one contact, with {id} in it"


def _places(declared: Declaration) -> dict[str, str]:
    """Where in the body paging, the moment and the token go."""
    own = {key: getattr(declared, key) for key in _place_keys(declared)}
    place, _, path = declared.auth.partition(":")
    return {**own, **({"auth": path} if place == "body" else {})}


def _place_keys(declared: Declaration) -> tuple[str, ...]:
    by_paging = {"page": "page_param", "offset": "offset_param", "cursor": "cursor_param"}
    place = (by_paging[declared.paging],) if declared.paging in by_paging else ()
    return (*place, "size_param", "since_param")


def _own_params(declared: Declaration) -> set[str]:
    """Names that paging and credentials put into the query."""
    paging = set() if declared.method == "post" else {getattr(declared, key) for key in _place_keys(declared)}
    return (paging | set(secret_params_of(declared, {}))) - {""}
