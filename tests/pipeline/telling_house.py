"""Sources that tell of single contacts: what they tell is stored, and what is stored is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from dedupe.fetchers.live_change import LiveChange
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.live_changes import ChangeVerdict
from dedupe.storage.database import Database
from dedupe.wiring.live import LiveIntake
from tests.pipeline.collecting_house import live

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FORMS = SourceSettings("forms", "file")
DESK = SourceSettings(
    "desk", "digital99", base_url="http://127.0.0.1:9", secrets={"token": "t"}, account_id="42"
)
SALES = SourceSettings("sales", "askelephant", base_url="http://127.0.0.1:9", secrets={"token": "t"})


class TellingHouse:
    def __init__(self, database: Database, *sources: SourceSettings, key: bytes | None = None) -> None:
        self.database = database
        every = {one.name: one for one in (sources or (FORMS, DESK, SALES))}
        self.intake = LiveIntake(every, NormalizeSettings(fallback_region="US"), key)

    def tells(self, source: str, *changes: LiveChange) -> list[ChangeVerdict]:
        with self.database.begin() as connection:
            return self.intake.store(connection, source, changes)

    def told(self, source: str, *changes: LiveChange) -> list[str]:
        """The outcomes alone."""
        return [one.outcome.value for one in self.tells(source, *changes)]

    def held(self, source: str) -> dict[str, Any]:
        """external id → payload of the source's live contacts."""
        return live(self.database, source)


def row(external_id: str | None, *, hours: float | None = None, **cells: Any) -> LiveChange:
    """A contact as it was so many hours after noon; without, as it is now."""
    return LiveChange(external_id, cells, as_of=at(hours))


def gone(external_id: str, *, hours: float | None = None) -> LiveChange:
    return LiveChange(external_id, deleted=True, as_of=at(hours))


def event(payload: Mapping[str, Any], *, hours: float | None = None) -> LiveChange:
    """A partial one, as the Chatwoot family tells."""
    return LiveChange(str(payload["id"]), dict(payload), partial=True, as_of=at(hours))


def at(hours: float | None) -> datetime | None:
    return None if hours is None else NOON + timedelta(hours=hours)
