"""What sources told is read and merged at once, by an incremental run.

    merge_told(database, settings) -> LiveReport

It takes up whatever waits, told by this process or another, or left by one that was killed, while a night
merges too. Where only a full night can tell whom the news concerns, it goes on waiting.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from dedupe.engines.engine import Engine
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.live_run import NowMerged, merge_now
from dedupe.pipeline.merge_inputs import MergeSettings
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
    """`taken` contacts were read, and merged but for those of components that were held back: `held` says
    why, a line each."""

    taken: int
    run_id: str | None = None
    held: tuple[str, ...] = ()


def merge_told(database: Database, settings: LiveSettings) -> LiveReport:
    """Merge up to `AT_ONCE` contacts that sources told of.

    Raises LockHeld while another such run merges, and IndexUnusable where only a full night can tell whom
    they concern.
    """
    began = datetime.now(UTC)
    with database.begin() as connection:
        waiting = told_changes.waiting(connection, AT_ONCE)
        if not waiting:
            return LiveReport(0)
        erased = Erased.load(connection, settings.erasure_key, settings.normalize)
    read_some(database, settings.sources, settings.normalize, _by_source(waiting), erased)
    told = [str(one.source_contact_id) for one in waiting]
    done = merge_now(database, settings.merge, settings.engine, some=told, began=began)
    with database.begin() as connection:
        told_changes.merged(connection, waiting)
    return _report(len(waiting), done)


def merge_news(database: Database, settings: MergeSettings, engine: Engine) -> LiveReport:
    """Merge what was noted since the last run, and isn't in the snapshot of a night at work. Raises as
    `merge_told`."""
    with database.begin() as connection:
        news = changes.merging_news(connection)
    if not news.seen:
        return LiveReport(0)
    return _report(news.touched, merge_now(database, settings, engine))


def _report(taken: int, done: NowMerged) -> LiveReport:
    return LiveReport(taken, done.report.run_id if done.report else None, tuple(done.held))


def _by_source(waiting: Sequence[Waiting]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {}
    for one in waiting:
        found.setdefault(one.source_id, []).append(one.source_contact_id)
    return found
