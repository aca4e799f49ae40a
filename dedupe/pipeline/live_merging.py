"""What sources told is read and merged at once, by an incremental run.

    merge_told(database, settings) -> LiveReport

It takes up whatever waits, told by this process or another, or left by one that was killed. While a night
merges, and where only a full night can tell whom the news concerns, it goes on waiting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from dedupe.engines.engine import Engine
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.merging import merge_now
from dedupe.pipeline.reading import read_some
from dedupe.pipeline.suppression_list import Erased
from dedupe.storage import changes, told_changes
from dedupe.storage.database import Database
from dedupe.storage.told_changes import Waiting

AT_ONCE = 500  # contacts merged together (chosen)


@dataclass(frozen=True)
class LiveSettings:
    """What reading and merging go by, as in a night."""

    sources: Mapping[str, SourceSettings]
    normalize: NormalizeSettings
    merge: MergeSettings
    engine: Engine
    erasure_key: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True)
class LiveReport:
    """`taken` contacts were read and merged; `left`: why they go on waiting, where they do."""

    taken: int
    left: str | None = None
    run_id: str | None = None


def merge_told(database: Database, settings: LiveSettings) -> LiveReport:
    """Merge up to `AT_ONCE` contacts that sources told of, and what else was noted since the last run.

    Raises LockHeld while another run merges, and IndexUnusable where only a full night can tell whom they
    concern.
    """
    with database.begin() as connection:
        waiting = told_changes.waiting(connection, AT_ONCE)
        if not waiting:
            return LiveReport(0)
        erased = Erased.load(connection, settings.erasure_key, settings.normalize)
    read_some(database, settings.sources, settings.normalize, _by_source(waiting), erased)
    merged = merge_news(database, settings.merge, settings.engine)
    if merged.left is None:
        with database.begin() as connection:
            told_changes.merged(connection, waiting)
    return LiveReport(len(waiting), merged.left, merged.run_id)


def merge_news(database: Database, settings: MergeSettings, engine: Engine) -> LiveReport:
    """Merge what was noted since the last run. Raises as `merge_told`."""
    with database.begin() as connection:
        news = changes.merging_news(connection)
    if not news.seen:
        return LiveReport(0)
    report = merge_now(database, settings, engine)
    reasons = "; ".join(report.gate.get("reasons", ())) if report.status == "held" else None
    held = None if reasons is None else f"the publish gate holds it back: {reasons}"
    return LiveReport(news.touched, held, report.run_id)


def _by_source(waiting: Sequence[Waiting]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for one in waiting:
        found.setdefault(one.source_id, []).append(one.source_contact_id)
    return found
