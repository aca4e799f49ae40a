"""The command `doctor`: is everything in order, and what should a person mend?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import typer

from dedupe.cli import exits
from dedupe.cli.context import CommandContext
from dedupe.cli.nights import Sources
from dedupe.cli.screen import say_out, working
from dedupe.config import Settings
from dedupe.deliveries.subscription import EventSubscription
from dedupe.errors import ConfigurationError, DedupeError, IndexUnusable
from dedupe.fetchers.healthcheck import Checkup, checkup
from dedupe.resolution.code_state import code_hash
from dedupe.storage import held_contacts, match_index, merge_runs, sources, sync_runs, writebacks
from dedupe.storage import subscriptions as subscription_states
from dedupe.storage.database import Connection, Database, pooled_by_transaction
from dedupe.storage.migrating import pending
from dedupe.wiring import databases, rooms
from dedupe.wiring.live import live_intake
from dedupe.wiring.subscriptions import subscriptions


def doctor(context: typer.Context, names: Sources = None) -> None:
    """Look over the database and each source; nothing is changed, each source gets three small requests."""
    settings = context.ensure_object(CommandContext).settings
    chosen = rooms.source_settings(settings, names)
    with working("Looking"), ThreadPoolExecutor(max(1, len(chosen))) as threads:
        looked_over = list(threads.map(checkup, chosen))
        of_database = _database(settings, looked_over)
    of_webhooks = [*_webhooks(settings), *_subscriptions(settings)]
    for one in [of_database, *of_webhooks, *looked_over]:
        _tell(one)
    if not all(one.works for one in (of_database, *of_webhooks)):
        raise typer.Exit(exits.BAD_INPUT)
    if any(not one.works for one in looked_over):
        raise typer.Exit(exits.SOURCE_FAILED)


def _webhooks(settings: Settings) -> list[Checkup]:
    """What `dedupe serve` would refuse of the webhooks; nothing where there are none."""
    named = [name for name, section in settings.sources.items() if section.webhook is not None]
    if not named:
        return []
    made = Checkup("webhooks", ", ".join(named))
    try:
        live_intake(settings)
        made.findings.append("their secrets and expressions can be used")
    except ConfigurationError as error:
        made.works = False
        made.advice += error.mistakes
    return [made]


def _subscriptions(settings: Settings) -> list[Checkup]:
    """What keeps other systems from being told; nothing where none is configured."""
    if not settings.webhooks:
        return []
    made = Checkup("webhooks out", ", ".join(one.name for one in settings.webhooks))
    try:
        configured = subscriptions(settings)
        made.findings.append("their secrets can be used")
        if databases.not_made_yet(settings):
            return [made]
        with databases.database_as_it_is(settings) as database, database.connect() as connection:
            for one in [] if pending(database) else configured:
                _look_at_subscription(connection, one, made)
    except DedupeError as error:
        made.works = False
        made.advice += error.mistakes if isinstance(error, ConfigurationError) else [str(error)]
    return [made]


def _look_at_subscription(connection: Connection, one: EventSubscription, made: Checkup) -> None:
    state = subscription_states.state(connection, one.name, one.kinds)
    if state is None:
        made.findings.append(f"{one.name} has not begun yet: `dedupe serve` delivers")
        return
    if state.lost:
        made.advice.append(f"{one.name}: {state.lost}")
    said = f"{one.name} lacks {state.behind + state.waiting:,} events; {state.dead:,} were given up"
    why = f"; the last failure: {state.reason}" if state.reason else ""
    if state.dead or state.rests_until:
        made.advice.append(f"{said}{why}; look with `dedupe webhooks dead {one.name}`, then `replay`")
    else:
        made.findings.append(said)


def _database(settings: Settings, of_sources: list[Checkup]) -> Checkup:
    """Look over the database; an error is reported like other findings, so that the sources are still
    checked."""
    made = Checkup("database", "postgres")
    try:
        if folder := databases.not_made_yet(settings):
            made.findings.append(f"there is none yet; {databases.how_to_migrate(settings)}, in {folder}")
            return made
        with databases.database_as_it_is(settings) as database:
            made.findings.append(f"it answers at {database.address}")
            written = [name for name, one in settings.sources.items() if one.writeback is not None]
            _look(database, made, of_sources, databases.how_to_migrate(settings), written)
    except DedupeError as error:
        made.works = False
        made.advice += str(error).splitlines()
    return made


def _look(
    database: Database, made: Checkup, of_sources: list[Checkup], remedy: str, written: list[str]
) -> None:
    if pending(database):
        made.advice.append(f"its tables are missing or of an older release: {remedy}")
    else:
        with database.connect() as connection:
            _look_at_index(connection, made)
            _look_at_held(connection, made)
            for one in of_sources:
                _recall(connection, one)
            _look_at_writeback(connection, made, written)
    if pooled_by_transaction(database):
        made.works = False
        made.advice.append("a pooler hands each transaction another session: name the server itself")


def _look_at_index(connection: Connection, made: Checkup) -> None:
    """Report on the index of match keys; every page is read."""
    try:
        match_index.usable(connection, code_hash())
        found = match_index.check(connection)
    except IndexUnusable as error:
        made.advice.append(str(error))
    else:
        made.findings.append(
            f"the index of match keys has {found.keys:,} keys of {found.contacts:,} source contacts; "
            f"{found.changed:,} ({found.drift:.1%}) changed since the last full night"
        )


def _look_at_writeback(connection: Connection, made: Checkup, configured: list[str]) -> None:
    """Report golden ids of ours that stand at providers whose write-back nothing configures any more."""
    for name, number in writebacks.held_elsewhere(connection, configured).items():
        made.advice.append(
            f"{number:,} golden ids that were written back stand at {name}, and nothing of that is "
            "configured any more, so that a fetch takes them for values of the provider's: put "
            f"[sources.{name}.writeback] back, with withdraw = true to clear them"
        )


def _look_at_held(connection: Connection, made: Checkup) -> None:
    """Report on components that are held back from live merging, and why."""
    held = held_contacts.count(connection)
    if not held.components or held.since is None:
        return
    made.advice.append(
        f"{held.components:,} components with {held.contacts:,} changed source contacts are held back from "
        f"live merging since {held.since:%Y-%m-%d %H:%M} UTC; a change of a member, or the next night, asks "
        "again"
    )
    for run_id in held_contacts.runs(connection):
        reasons = (merge_runs.get(connection, run_id).gate or {}).get("reasons", [])
        made.advice.append(f"  run {run_id}: {'; '.join(reasons)}")


def _recall(connection: Connection, one: Checkup) -> None:
    """Report the source's runs so far."""
    source = sources.by_name(connection, one.source)
    if source is None:
        one.findings.append("nothing of it was fetched yet")
        return
    last = source.last_complete_at
    one.findings.append(
        f"last complete run: {last:%Y-%m-%d %H:%M} UTC" if last else "no run was complete yet"
    )
    run = sync_runs.latest(connection, source.id)
    if run is not None and run.reason:
        one.findings.append(f"the latest run ({run.mode}) was {run.status}: {run.reason}")
    if sync_runs.is_held(connection, source.id):
        one.advice.append(f"it is held at its last good state: look why, then --accept {one.source}")


def _tell(one: Checkup) -> None:
    say_out(f"{one.source} ({one.provider}): {'works' if one.works else 'does not work'}")
    for finding in one.findings:
        say_out(f"  {finding}")
    for advice in one.advice:
        say_out(f"  → {advice}")
