"""What an operator does from the API as from the command line, made from the configuration: publish a night
that waits, accept a source that is held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from dedupe.config import Settings
from dedupe.errors import NotFound, NothingToAccept
from dedupe.fetchers.registry import FILE
from dedupe.pipeline.collecting import CollectOptions, collect
from dedupe.pipeline.merge_report import MergeReport
from dedupe.pipeline.operating import source_state
from dedupe.pipeline.source_report import SourceReport
from dedupe.storage.database import Database
from dedupe.wiring import nights, rooms
from dedupe.wiring.nights import Listener

Publish = Callable[[Database, UUID], MergeReport]
Accept = Callable[[Database, str], SourceReport]


def _of_no_configuration(_database: Database, named: object) -> MergeReport:
    raise NotFound(f"there is no configuration to publish {named} by")


def _no_source(_database: Database, _named: str) -> SourceReport:
    raise NotFound("there is no such source in the configuration")


@dataclass(frozen=True)
class Operating:
    """`configured`: the provider of each source of the configuration. `publish` and `accept` take as long as
    a night and a walk, and raise LockHeld while another is at it."""

    configured: Mapping[str, str] = field(default_factory=dict)
    publish: Publish = _of_no_configuration
    accept: Accept = _no_source


def operating(settings: Settings) -> Operating:
    return Operating(
        {name: section.provider for name, section in settings.sources.items()},
        lambda database, run_id: nights.publish(database, settings, run_id, Listener()),
        lambda database, name: _accepted(settings, database, name),
    )


def _accepted(settings: Settings, database: Database, name: str) -> SourceReport:
    """Walk a held source again, whatever losses or drift it shows. Raises NotFound for one that isn't
    configured, NothingToAccept for one that isn't held or that nobody can walk."""
    section = settings.sources.get(name)
    if section is None:
        raise NotFound("there is no such source in the configuration")
    with database.begin() as connection:
        state = source_state(connection, {name: section.provider}, name)
    if not state.held:
        raise NothingToAccept(f"{name} is not held: there is nothing to accept")
    if section.provider == FILE and section.path is None:
        raise NothingToAccept(f"{name} has no path: import its file again with `dedupe import … --accept`")
    chosen = rooms.source_settings(settings, [name])
    options = CollectOptions(
        accept=(name,),
        besides=settings.sources.keys() - {name},
        erasure_key=rooms.erasure_key(settings),
    )
    [report] = collect(database, chosen, rooms.normalize_settings(settings), options).sources
    return report
