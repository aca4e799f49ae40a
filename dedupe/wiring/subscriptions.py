"""Subscriptions to events from the configuration, with their secrets."""

from __future__ import annotations

from dedupe import config
from dedupe.config import Settings, SubscriptionSection
from dedupe.deliveries.signing import secret_bytes
from dedupe.deliveries.subscription import ERASED, EventSubscription, Target
from dedupe.errors import ConfigurationError, InputError, NotFound
from dedupe.storage.event_cursors import position_of

FROM_THE_START = "start"
_HOUR = 3600.0


def subscriptions(settings: Settings) -> list[EventSubscription]:
    """Every configured one. Raises ConfigurationError with every mistake, an unset secret among them."""
    found, mistakes = [], list[str]()
    for section in settings.webhooks:
        one, problems = _subscription(section)
        mistakes += [f"webhooks.{section.name}.{problem}" for problem in problems]
        mistakes += _unknown_sources(settings, section)
        found.append(one)
    if mistakes:
        where = f"{settings.file}: " if settings.file else ""
        raise ConfigurationError([where + mistake for mistake in mistakes])
    return found


def names(settings: Settings) -> list[str]:
    """The names of those that are configured."""
    return [section.name for section in settings.webhooks]


def subscription(settings: Settings, name: str) -> EventSubscription:
    """The one of that name. Raises NotFound, and as `subscriptions`."""
    for one in subscriptions(settings):
        if one.name == name:
            return one
    raise NotFound("there is no such webhook in the configuration: [[webhooks]] makes one")


def _subscription(section: SubscriptionSection) -> tuple[EventSubscription, list[str]]:
    secrets, problems = _secrets(section)
    starts_after = None
    if section.from_position is not None:
        try:
            begins = section.from_position
            starts_after = 0 if begins == FROM_THE_START else position_of(begins)
        except InputError as error:
            problems.append(f"from_position: {error}")
    target = Target(section.url, tuple(secrets), section.allow_private_addresses, section.timeout)
    return (
        EventSubscription(
            section.name,
            target,
            tuple(dict.fromkeys((*section.kinds, ERASED))),
            frozenset(section.sources),
            section.include_values,
            section.give_up_after * _HOUR,
            starts_after,
        ),
        problems,
    )


def _secrets(section: SubscriptionSection) -> tuple[list[bytes], list[str]]:
    given = [config.secret_of_variable(one, "secrets_env") for one in section.secrets_env]
    given += [config.secret_of_file(one, "secrets_file") for one in section.secrets_file]
    names = [*section.secrets_env, *map(str, section.secrets_file)]
    secrets, problems = list[bytes](), list[str]()
    for name, (text, problem) in zip(names, given, strict=True):
        if text is None:
            problems.append(problem or "")
            continue
        try:
            secrets.append(secret_bytes(text))
        except ValueError as error:
            problems.append(f"the secret in {name} {error}")
    return secrets, problems


def _unknown_sources(settings: Settings, section: SubscriptionSection) -> list[str]:
    unknown = [name for name in section.sources if settings.sources and name not in settings.sources]
    return [f"webhooks.{section.name}.sources: there is no such source: {name}" for name in unknown]
