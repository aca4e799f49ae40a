"""The nightly job and its parts, made from the configuration."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import structlog
import uuid_utils.compat as uuids

from dedupe import __version__
from dedupe.config import Settings
from dedupe.engines.engine import Engine
from dedupe.errors import LockHeld
from dedupe.fetchers.settings import SourceSettings
from dedupe.golden.gate import GateLimits
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.collecting import CollectOptions, CollectReport, collect
from dedupe.pipeline.erasure import Keep, Purged, purge
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.merge_report import MergeReport, Stage, Stages
from dedupe.pipeline.merging import merge, publish_run
from dedupe.pipeline.writeback import apply
from dedupe.pipeline.writeback_report import WritebackReport
from dedupe.storage import told_changes
from dedupe.storage.database import Database
from dedupe.storage.locks import NIGHTLY_LOCK
from dedupe.tracing import span
from dedupe.wiring import databases, rooms
from dedupe.wiring.files import match_settings

_log = structlog.get_logger("dedupe.nights")


@dataclass(frozen=True)
class NightJob:
    """Everything that a night needs except the database."""

    sources: Sequence[SourceSettings]
    normalize: NormalizeSettings
    merge: MergeSettings
    engine: Callable[[Callable[[str], None]], AbstractContextManager[Engine]]
    erasure_key: bytes | None = field(default=None, repr=False)
    keep: Keep = field(default_factory=Keep)


@dataclass(frozen=True)
class NightReport:
    collected: CollectReport
    merged: MergeReport
    collecting: Stage
    purged: Purged = field(default_factory=Purged)
    written: tuple[WritebackReport, ...] = ()  # the golden ids that went into providers

    def content(self) -> dict[str, Any]:
        return {
            "version": __version__,
            "collected": {**self.collected.content(), "stage": asdict(self.collecting)},
            "merged": self.merged.to_json(),
            "purged": asdict(self.purged),
            "written": [one.content() for one in self.written],
        }


@dataclass(frozen=True)
class Listener:
    """Callbacks for the progress of a night."""

    collecting: Callable[[Any], None] = field(default=lambda _: None)
    merging: Callable[[str], None] = field(default=lambda _: None)


def night(settings: Settings, sources: Sequence[SourceSettings]) -> NightJob:
    kept = settings.privacy
    keep = Keep(
        _days(kept.purge_after_gone),
        _days(kept.access_log),
        _days(kept.history_kept),
        _days(kept.events_kept),
        tuple(one.name for one in settings.webhooks),
    )
    return NightJob(
        sources,
        rooms.normalize_settings(settings),
        merge_settings(settings),
        partial(rooms.engine_of_nights, settings),
        rooms.erasure_key(settings),
        keep,
    )


def _days(count: int) -> timedelta | None:
    return timedelta(days=count) if count else None


def run(
    database: Database, what: NightJob, options: CollectOptions, listener: Listener, *, plan: bool = False
) -> NightReport:
    """Run a night: collect, then merge; one at a time. Log lines and stored rows carry one run id. What is to
    be written back every night is, at its end. Raises LockHeld while another night runs."""
    run_id, stages, unlocked = uuids.uuid7(), Stages(), database
    with (
        database.lock(NIGHTLY_LOCK) as database,
        structlog.contextvars.bound_contextvars(run_id=str(run_id)),
        span("night", run_id=str(run_id)) as traced,
    ):
        options = replace(options, progress=listener.collecting, run_id=run_id, erasure_key=what.erasure_key)
        began = datetime.now(UTC)
        with stages.stage("collect"):
            collected = collect(database, what.sources, what.normalize, options)
        _log_sources(collected)
        with what.engine(listener.merging) as engine:
            merged = merge(
                database,
                what.merge,
                engine,
                plan=plan,
                full=options.full,
                run_id=run_id,
                tell=listener.merging,
            )
        _log_first_model(merged)
        traced.say(
            status=merged.status, mode=merged.mode, source_contacts=sum(merged.source_contacts.values())
        )
        _log.info("merged", status=merged.status, rows_written=merged.rows_written, **merged.golden)
        served = merged.status in ("published", "unchanged")  # otherwise the old state may still show them
        if served:
            with database.begin() as connection:
                told_changes.settle(connection, began)
        purged = purge(database, what.keep) if served else Purged()
    written = _written_back(unlocked, what.sources, listener) if served else []
    return NightReport(collected, merged, stages.done[0], purged, tuple(written))


def _written_back(
    database: Database, sources: Sequence[SourceSettings], listener: Listener
) -> list[WritebackReport]:
    """Apply the write-back of sources that ask for it every night; the night's own lock is free again."""
    nightly = [one for one in sources if one.writeback is not None and one.writeback.nightly]
    if not nightly:
        return []
    listener.merging("write back")
    try:
        reports = apply(database, nightly)
    except LockHeld as held:
        _log.warning("nothing was written back", reason=str(held))
        return []
    for one in reports:
        tell = _log.warning if one.failure else _log.info
        tell("written back", **one.content())
    return reports


def _log_sources(collected: CollectReport) -> None:
    counts = ("fetched", "new", "changed", "gone", "quarantined", "requests", "retries")
    for one in collected.sources:
        tell = _log.warning if one.failed else _log.info
        numbers = {name: getattr(one, name) for name in counts}
        tell("collected", source=one.source, status=one.status, failure=one.failure, **numbers)


def _log_first_model(merged: MergeReport) -> None:
    """What a night that found no active model learned."""
    told = merged.model
    if "learned" in told:
        event = "learned the first model" if told["learned"] else "too little to learn from"
        numbers = {name: told[name] for name in ("contacts", "expected_matches")}
        _log.info(event, model=told["id"], **numbers)


def publish(database: Database, settings: Settings, run_id: UUID, listener: Listener) -> MergeReport:
    """Continue a night that was held back by the publish gate or only planned."""
    tell = listener.merging
    with (
        database.lock(NIGHTLY_LOCK) as database,
        rooms.engine_of_nights(settings, tell) as engine,
        span("publish a night", run_id=str(run_id)),
    ):
        return publish_run(database, run_id, merge_settings(settings), engine, tell=listener.merging)


def merge_settings(settings: Settings) -> MergeSettings:
    section = settings.golden
    rules = SurvivorshipRules(
        trusted_sources=tuple(section.trust),
        trusted_for={name: tuple(order) for name, order in section.trust_for.items()},
    )
    orders: dict[str, Any] = {name: tuple(order) for name, order in section.fields.items()}
    judged = settings.model_dump_json(include={"normalize", "match", "golden"})
    return MergeSettings(
        match=match_settings(settings),
        rules=replace(rules, **orders),
        limits=GateLimits(**settings.gate.model_dump()),
        link_probability=settings.match.link_probability,
        review_probability=settings.match.review_probability,
        code_version=__version__,
        configuration_hash=hashlib.sha256(judged.encode()).hexdigest(),
        server=databases.server_address(settings),
    )
