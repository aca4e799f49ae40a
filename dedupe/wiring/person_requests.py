"""What requests of persons (for access, for erasure) need from the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dedupe.config import Settings
from dedupe.errors import ConfigurationError
from dedupe.pipeline import erasure
from dedupe.pipeline.access_requests import AccessRules
from dedupe.pipeline.erasure import ErasedReport
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from dedupe.wiring import review_services, rooms
from dedupe.wiring.subscriptions import names


class Erase(Protocol):
    """Erases who is named, or tells what that would do."""

    def __call__(
        self, database: Database, visitor: Visitor, what: Sequence[str], *, dry_run: bool = False
    ) -> ErasedReport: ...


def eraser(settings: Settings) -> Erase:
    """A function that erases who is named. Raises ConfigurationError where no key is configured."""
    key = rooms.erasure_key(settings)
    if key is None:
        raise ConfigurationError(
            "privacy.erasure_key_env (or erasure_key_file): name what holds the key of erasures' hashes first"
        )
    named = names(settings)

    def erase(
        database: Database, visitor: Visitor, what: Sequence[str], *, dry_run: bool = False
    ) -> ErasedReport:
        return erasure.erase(
            database,
            rooms.normalize_settings(settings),
            key,
            what,
            rooms.readers(settings),
            review_services.republish(settings, "erasure"),
            visitor=visitor,
            recipients=named,
            dry_run=dry_run,
        )

    return erase


def rules(settings: Settings) -> AccessRules:
    """By what an answer to a request for access is made."""
    return AccessRules(
        rooms.normalize_settings(settings),
        rooms.readers(settings),
        _kept_for(settings),
        rooms.erasure_key(settings),
        {one.name: one.url.split("/")[2] for one in settings.webhooks},
    )


def _kept_for(settings: Settings) -> dict[str, str]:
    section = settings.privacy
    return {
        "what sources sent": f"while they show it; once it is gone there {_days(section.purge_after_gone)}",
        "what golden contacts showed before": _days(section.history_kept),
        "who looked": _days(section.access_log),
        "events, ids alone": _days(section.events_kept),
        "decisions, links, golden contacts": "while a source contact is there that they are about",
        "hashes of who was erased": "for ever, so that the person is not stored again",
    }


def _days(number: int) -> str:
    return f"{number:,} days" if number else "for ever"
