"""Which source in storage belongs to a configured account."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from dedupe.errors import ConfigurationError
from dedupe.fetchers.registry import PROVIDERS
from dedupe.fetchers.settings import SourceSettings
from dedupe.storage import sources
from dedupe.storage.sources import Source


def account_of(connection: Any, own: SourceSettings, configured: Collection[str]) -> Source:
    """The source of that name, made or renamed if need be. Refuses another provider's."""
    _refuse_another_provider(connection, own)
    return sources.ensure(connection, own.name, own.provider, fingerprint(own), configured or [own.name])


def _refuse_another_provider(connection: Any, own: SourceSettings) -> None:
    """What one provider sent can't be read as another's, and its contacts would all seem gone."""
    known = sources.by_name(connection, own.name)
    providers = {known.provider, own.provider} if known is not None else set()
    if len(providers) > 1 and providers & set(PROVIDERS):  # one that is declared may be called otherwise
        assert known is not None
        raise ConfigurationError(
            f"sources.{own.name} holds contacts of {known.provider}: give the source of {own.provider} "
            "another name"
        )


def fingerprint(own: SourceSettings) -> str:
    """Of the account: by its number where it has one, else by its credentials; and by its address."""
    account = own.account_id or "|".join(f"{key}={value}" for key, value in sorted(own.secrets.items()))
    text = f"{own.provider}|{own.base_url}|{account}|{own.path}"
    if "url" in own.options:  # a declared provider's
        text += f"|{own.options['url']}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]
