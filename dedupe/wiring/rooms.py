"""Settings of each room, made from the configuration."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dedupe import config
from dedupe.config import Settings, SourceSection
from dedupe.engines import memory_share
from dedupe.engines.engine import Engine
from dedupe.engines.local import LocalEngine
from dedupe.errors import ConfigurationError
from dedupe.fetchers.providers.declared import references, secrets_needed
from dedupe.fetchers.registry import FILE, PROVIDERS, mistakes_of
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.writeback_settings import WritebackSettings
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.wiring.spark_engines import spark_of_nights

_SECRETS = {"livedesk": ("key", "secret"), FILE: ()}


def erasure_key(settings: Settings) -> bytes | None:
    """The key for the hashes of the suppression list; None where none is configured.

    Raises ConfigurationError where the one configured can't be had.
    """
    section = settings.privacy
    if section.erasure_key_env is not None:
        key, problem = config.secret_of_variable(section.erasure_key_env, "privacy.erasure_key_env")
    elif section.erasure_key_file is not None:
        key, problem = config.secret_of_file(section.erasure_key_file, "privacy.erasure_key_file")
    else:
        return None
    if key is None:
        raise ConfigurationError(problem or "")
    return key.encode()


@contextmanager
def engine_of_nights(settings: Settings, tell: Callable[[str], None]) -> Iterator[Engine]:
    """What matches all contacts of the database; `tell` hears of the stages of another engine."""
    if settings.engine.kind == "spark":
        with spark_of_nights(settings, tell) as found:
            yield found
    else:
        yield engine(settings)


def engine(settings: Settings) -> Engine:
    """The engine of this machine."""
    # A name of its own: a folder that all share is another user's, or a trap. DuckDB makes and removes it.
    spill = Path(tempfile.gettempdir()) / f"contact-dedupe-{secrets.token_hex(8)}"
    limit = settings.engine.memory_limit or memory_share.of_joins(memory_share.allowed())
    return LocalEngine(settings.engine.threads, limit, spill)


def normalize_settings(settings: Settings) -> NormalizeSettings:
    section = settings.normalize
    named = settings.sources.items()
    return NormalizeSettings(
        default_region={name: one.default_region for name, one in named if one.default_region},
        fallback_region=section.fallback_region,
        date_order={name: one.date_order for name, one in named if one.date_order},
        international_without_plus=frozenset(name for name, one in named if one.international_without_plus),
        ours_domains=frozenset(section.ours_domains),
        ours_emails=frozenset(section.ours_emails),
        ours_phones=frozenset(section.ours_phones),
        shared_namespaces=frozenset(section.shared_namespaces),
        unique_namespaces=frozenset(section.unique_namespaces),
    )


def addresses(settings: Settings) -> dict[str, str]:
    """Of each source that has one, the address of a contact's page in it, with `EXTERNAL_ID`."""
    return {name: section.contact_url for name, section in settings.sources.items() if section.contact_url}


def source_settings(settings: Settings, only: list[str] | None = None) -> list[SourceSettings]:
    """The settings of every source that can be fetched, or of those named.

    Raises ConfigurationError with every unset secret. A file's source without a path is skipped unless
    named: its contacts come by `dedupe import`, and it is configured for its settings only.
    """
    found, mistakes = [], []
    for name in only or []:
        if name not in settings.sources:
            mistakes.append(f"sources.{name}: there is no such source")
        elif _by_hand(settings.sources[name]):
            mistakes.append(
                f"sources.{name} has no path: bring it in by `dedupe import FILE --source {name}`"
            )
    for name, section in settings.sources.items():
        if (only and name not in only) or _by_hand(section):
            continue
        source, problems = _source(name, section)
        found.append(source)
        mistakes += problems
    if mistakes:
        where = f"{settings.file}: " if settings.file else ""
        raise ConfigurationError([where + mistake for mistake in mistakes])
    return found


def readers(settings: Settings) -> dict[str, SourceSettings]:
    """The fetchers of every configured source, for `read` only: no secrets are needed."""
    return {name: _source(name, section)[0] for name, section in settings.sources.items()}


def _by_hand(section: SourceSection) -> bool:
    return section.provider == FILE and section.path is None


def _secrets(name: str, section: SourceSection) -> dict[str, tuple[str | None, str | None]]:
    """The secrets of a source by name, each as its value or the reason why it can't be read."""
    needed = _SECRETS.get(section.provider, ("token",))
    referred = {}
    if section.provider not in PROVIDERS:
        needed = secrets_needed(section.options, config.named_secrets(section))
        referred = references(section.options)
    found = {which: config.secret(name, section, which) for which in needed}
    for which, reference in referred.items():
        key = f"sources.{name}.options.{which}"
        if isinstance(variable := reference.get("env"), str):
            found[which] = config.secret_of_variable(variable, key)
        elif isinstance(file := reference.get("file"), str):
            found[which] = config.secret_of_file(Path(file), key)
    return found


def _source(name: str, section: SourceSection) -> tuple[SourceSettings, list[str]]:
    secrets: dict[str, str] = {}
    problems: list[str] = []
    for which, (value, problem) in _secrets(name, section).items():
        if value is not None:
            secrets[which] = value
        elif problem:
            problems.append(problem)
    where = {f"{which}_{kind}" for which in ("token", "key", "secret") for kind in ("env", "file")}
    elsewhere = {
        *where,
        "map",
        "never_store",
        "international_without_plus",
        "webhook",
        "writeback",
        "contact_url",
    }
    plain: dict[str, Any] = section.model_dump(exclude=elsewhere)
    source = SourceSettings(
        name=name,
        secrets=secrets,
        mapping=section.map,
        never_store=tuple(section.never_store),
        writeback=WritebackSettings(**section.writeback.model_dump()) if section.writeback else None,
        **plain,
    )
    return source, [*mistakes_of(source), *problems]
