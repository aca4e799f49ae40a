"""Which fetcher serves which provider."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import replace

from dedupe.errors import ConfigurationError
from dedupe.fetchers.fetcher import Fetcher
from dedupe.fetchers.http.client import Api, Limits
from dedupe.fetchers.http.oauth import granted
from dedupe.fetchers.http.proxies import proxy_of
from dedupe.fetchers.http.urls import mistaken_base_url
from dedupe.fetchers.mapping import mistakes
from dedupe.fetchers.options import mistaken_options
from dedupe.fetchers.providers.askelephant import AskElephant
from dedupe.fetchers.providers.chatwoot import Chatwoot
from dedupe.fetchers.providers.chatwoot_writing import ATTRIBUTES, ChatwootWriter
from dedupe.fetchers.providers.declared import declared_provider, is_declared, mistaken_declaration
from dedupe.fetchers.providers.digital99 import digital99
from dedupe.fetchers.providers.livedesk import livedesk
from dedupe.fetchers.providers.openmrp import OpenMrp
from dedupe.fetchers.providers.whippy import Whippy
from dedupe.fetchers.providers.whippy_writing import FIELD, WhippyWriter
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.writing import Writer

FILE = "file"
_IN_A_HEADER = re.compile(r"[!-~](?:[ -~]*[!-~])?")

_CHATWOOT_FAMILY = ("digital99", "livedesk")
_ATTRIBUTE = re.compile(rf"{ATTRIBUTES}\.[A-Za-z][A-Za-z0-9_-]{{0,62}}")
_UNWRITABLE = {
    "askelephant": "its contacts have no field that is free for an id (names, emails, phones, a description)",
    "openmrp": "its interface lists actors and changes none",
    "file": "a file is read only",
}

_FETCHERS: dict[str, Callable[[SourceSettings], Fetcher]] = {
    "openmrp": OpenMrp,
    "digital99": digital99,
    "whippy": Whippy,
    "askelephant": AskElephant,
    "livedesk": livedesk,
}
PROVIDERS = (*_FETCHERS, FILE)
"""What `provider` can be in the configuration."""


def fetcher_for(settings: SourceSettings) -> Fetcher:
    """The fetcher of a source. Raises ConfigurationError with every mistake of its provider, options and
    map."""
    if found := mistakes_of(settings):
        raise ConfigurationError(found)
    return _made(settings)


def _made(settings: SourceSettings) -> Fetcher:
    make = _FETCHERS.get(settings.provider)
    return declared_provider(settings) if make is None else make(settings)


def _mistaken_way(fetcher: Fetcher) -> list[str]:
    """Of the provider's address and the proxy before it."""
    base_url = fetcher.connection().base_url
    if mistake := mistaken_base_url(base_url):
        return [mistake]
    try:
        proxy_of(base_url)
    except ConfigurationError as error:
        return error.mistakes
    return []


def _mistaken_secrets(fetcher: Fetcher) -> list[str]:
    """Secrets that can't be sent in a header as they are, by their keys."""
    headers = fetcher.connection().headers.values()
    return [
        f"{which}: no header can carry it, for a letter outside ASCII, a line end or a blank at an end; "
        "copy it again"
        for which, secret in fetcher.settings.secrets.items()
        if secret and not _IN_A_HEADER.fullmatch(secret) and any(secret in value for value in headers)
    ]


def mistakes_of(settings: SourceSettings) -> list[str]:
    """The mistakes of a source's provider, options and map, a line each with its key."""
    provider = settings.provider
    if provider in PROVIDERS:
        found = mistaken_options(provider, settings.options)
        found += mistakes(settings.mapping) if provider != FILE else []
    elif is_declared(settings):
        found = mistaken_declaration(settings)
    else:
        known = ", ".join(PROVIDERS)
        found = [f"provider: {provider} is none of {known}, and no options.url declares it"]
    if settings.base_url is not None and (mistake := mistaken_base_url(settings.base_url)):
        found.append(mistake)
    elif not found and provider != FILE:
        fetcher = _made(settings)
        found = [*_mistaken_way(fetcher), *_mistaken_secrets(fetcher)]
    found += _mistaken_writeback(settings)
    return [f"sources.{settings.name}.{mistake}" for mistake in found]


def _mistaken_writeback(settings: SourceSettings) -> list[str]:
    """Why the provider can't hold a golden id in the field that is named."""
    if settings.writeback is None:
        return []
    field = settings.writeback.field
    if settings.provider in _CHATWOOT_FAMILY:
        if _ATTRIBUTE.fullmatch(field):
            return []
        return [
            f"writeback.field: {settings.provider} holds it in {ATTRIBUTES}.KEY, as {ATTRIBUTES}.golden_id"
        ]
    if settings.provider == "whippy":
        return [] if field == FIELD else [f"writeback.field: whippy holds it in {FIELD} alone"]
    why = _UNWRITABLE.get(settings.provider, "a declared provider is read only")
    return [f"writeback: {why}; {', '.join((*_CHATWOOT_FAMILY, 'whippy'))} can hold a golden id"]


def writer_for(fetcher: Fetcher) -> Writer:
    """The writer of a source whose write-back is configured; `fetcher_for` has checked that it can be."""
    return (
        ChatwootWriter(fetcher.settings, fetcher.product) if isinstance(fetcher, Chatwoot) else WhippyWriter()
    )


def api_for(
    fetcher: Fetcher,
    stop: threading.Event | None = None,
    attempts: int | None = None,
    rate: float | None = None,
) -> Api:
    """The HTTP client of a source; at half the provider's rate limit (chosen) unless configured, or at the
    `rate` given."""
    settings, connection = fetcher.settings, fetcher.connection()
    limits = Limits(rate=rate or settings.rate or connection.limit / 2, timeout=settings.timeout)
    if (backoff := settings.options.get("backoff")) is not None:
        limits = replace(limits, backoff=float(backoff))
    if attempts is not None:
        limits = replace(limits, attempts=attempts)
    grant = connection.grant
    return Api(
        settings.name,
        connection.base_url,
        connection.headers,
        limits,
        connection.habits,
        stop,
        connection.secret_params,
        None if grant is None else granted(settings.name, grant, limits, stop),
    )
