"""Which fetcher serves which provider."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from dedupe.errors import ConfigurationError
from dedupe.fetchers.askelephant import AskElephant
from dedupe.fetchers.declaration import is_declared
from dedupe.fetchers.declared import declared_provider
from dedupe.fetchers.digital99 import digital99
from dedupe.fetchers.fetcher import Fetcher
from dedupe.fetchers.http import Api, Limits
from dedupe.fetchers.livedesk import livedesk
from dedupe.fetchers.mapping import mistakes
from dedupe.fetchers.openmrp import OpenMrp
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.whippy import Whippy

FILE = "file"

_FETCHERS: dict[str, Callable[[SourceSettings], Fetcher]] = {
    "openmrp": OpenMrp,
    "digital99": digital99,
    "whippy": Whippy,
    "askelephant": AskElephant,
    "livedesk": livedesk,
}
_OPTIONS: dict[str, frozenset[str]] = {
    "openmrp": frozenset({"users"}),
    "whippy": frozenset({"limit", "updated_after"}),
    FILE: frozenset({"complete"}),
}
_COMMON_OPTIONS = frozenset({"full_walk", "hours", "backoff"})
PROVIDERS = (*_FETCHERS, FILE)
"""What `provider` can be in the configuration."""


def fetcher_for(settings: SourceSettings) -> Fetcher:
    """The fetcher of a source. ConfigurationError when its provider is unknown or declared wrongly."""
    make = _FETCHERS.get(settings.provider)
    if make is None and is_declared(settings):
        return declared_provider(settings)
    if make is None:
        known = ", ".join(PROVIDERS)
        raise ConfigurationError(
            f"sources.{settings.name}.provider: {settings.provider} is none of {known}, "
            "and no options.url declares it"
        )
    if found := unknown_options(settings) + mistakes(settings.mapping):
        raise ConfigurationError([f"sources.{settings.name}.{mistake}" for mistake in found])
    return make(settings)


def unknown_options(settings: SourceSettings) -> list[str]:
    known = _COMMON_OPTIONS | _OPTIONS.get(settings.provider, frozenset())
    return [f"options.{key}: there is no such key" for key in settings.options if key not in known]


def api_for(fetcher: Fetcher, stop: threading.Event | None = None) -> Api:
    """The way to a source's provider, at half its rate limit unless configured."""
    settings, connection = fetcher.settings, fetcher.connection()
    limits = Limits(rate=settings.rate or connection.limit / 2, timeout=settings.timeout)
    if (backoff := settings.options.get("backoff")) is not None:
        limits = replace(limits, backoff=float(backoff))
    return Api(settings.name, connection.base_url, connection.headers, limits, connection.habits, stop)
