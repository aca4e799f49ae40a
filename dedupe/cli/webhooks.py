"""Commands about webhooks out: `dedupe webhooks list / status / dead / replay / test / deliver`."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
import uuid_utils.compat as uuids

from dedupe.cli.context import CommandContext
from dedupe.cli.people import AsJson
from dedupe.cli.screen import counted, print_json, say, say_out, table
from dedupe.cli.service import wait_for_the_end
from dedupe.config import Settings
from dedupe.deliveries.sending import MessageSender
from dedupe.deliveries.subscription import EventSubscription
from dedupe.errors import InputError, NotFound, SourceUnavailable
from dedupe.pipeline.event_messages import test_message
from dedupe.storage import access_log, subscriptions, undelivered
from dedupe.storage.access_log import Visitor
from dedupe.storage.event_cursors import event_cursor
from dedupe.storage.subscriptions import SubscriptionState
from dedupe.wiring import databases, webhook_sender
from dedupe.wiring.subscriptions import subscription
from dedupe.wiring.subscriptions import subscriptions as configured

webhooks = typer.Typer(no_args_is_help=True, help="Other systems that are told of golden contacts.")

WebhookName = Annotated[str, typer.Argument(metavar="NAME", help="Its name in the configuration.")]
AT_ONCE = 1000  # dead letters read at a time


@webhooks.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """The webhooks of the configuration; of an address only the host is shown."""
    found = configured(_settings(context))
    if as_json:
        print_json([_shown(one) for one in found])
        return
    rows = [
        [
            one.name,
            one.target.shown,
            ", ".join(one.kinds),
            ", ".join(sorted(one.sources)) or "all",
            len(one.target.secrets),
            "yes" if one.include_values else "no",
        ]
        for one in found
    ]
    table("Webhooks", ["name", "host", "kinds", "sources", "secrets", "values"], rows)


@webhooks.command()
def status(
    context: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Default: all.")] = None,
    as_json: AsJson = False,
) -> None:
    """How far each webhook is: what it still lacks, what was given up, and why."""
    settings = _settings(context)
    found = [subscription(settings, name)] if name else configured(settings)
    with databases.open_database(settings) as database, database.begin() as connection:
        states = {one.name: subscriptions.state(connection, one.name, one.kinds) for one in found}
    if as_json:
        print_json([{**_shown(one), "state": _state(states[one.name])} for one in found])
        return
    counts = ["behind", "waiting", "dead", "oldest", "delivered", "last", "rests until", "last failure"]
    table("Webhooks", ["name", *counts], [_row(one.name, states[one.name]) for one in found])


@webhooks.command()
def dead(context: typer.Context, name: WebhookName, as_json: AsJson = False) -> None:
    """The events that were given up, in the order in which they happened."""
    settings = _settings(context)
    one, after, found = subscription(settings, name), 0, list[undelivered.DeadLetter]()
    with databases.open_database(settings) as database, database.begin() as connection:
        while some := undelivered.dead(connection, one.name, after, AT_ONCE):
            found += some
            after = some[-1].position
    if as_json:
        print_json([asdict(each) for each in found])
        return
    rows = [
        [
            str(each.event_id),
            each.kind,
            str(each.golden_id),
            each.attempts,
            _time(each.first_failed_at),
            _time(each.died_at),
            each.reason,
        ]
        for each in found
    ]
    columns = ["event", "kind", "golden contact", "attempts", "first failed", "given up", "last failure"]
    table(f"Dead letters of {one.name}", columns, rows)


@webhooks.command()
def replay(
    context: typer.Context,
    name: WebhookName,
    event: Annotated[list[str] | None, typer.Argument(metavar="[EVENT…]", help="Their ids.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """Deliver dead letters again, in their order. They come late: `replays` in the message says so."""
    settings = _settings(context)
    one = subscription(settings, name)
    if bool(event) == every:
        raise InputError("name the events to replay, or give --all")
    with databases.open_database(settings) as database, database.begin() as connection:
        count = undelivered.replay(connection, one.name, None if every else _event_ids(event or []))
        access_log.write(connection, Visitor(getpass.getuser(), "cli"), "replay")
    if event and not count:
        raise NotFound("none of these events is a dead letter of this webhook")
    say_out(f"{counted(count, 'event is', 'events are')} to be delivered again")


@webhooks.command()
def test(context: typer.Context, name: WebhookName) -> None:
    """Send a signed message about nobody, once, and say what came back."""
    one = subscription(_settings(context), name)
    with MessageSender(one.target) as sender:
        answer = sender.send(str(uuids.uuid7()), test_message(one, datetime.now(UTC)))
    if not answer.accepted:
        raise SourceUnavailable(f"{one.target.shown} did not accept the test: {answer.reason}")
    say_out(f"{one.target.shown} accepted the test")


@webhooks.command()
def deliver(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="What is due now, and leave.")] = False,
) -> None:
    """Deliver events until interrupted, as `dedupe serve` does by itself; one process at a time."""
    settings = _settings(context)
    told = configured(settings)
    if not told:
        raise InputError("no webhook is configured: [[webhooks]] makes one")
    with databases.open_database(settings) as database:
        if not once:
            with webhook_sender.delivering(database, settings):
                say("Delivering. Ctrl-C ends it.")
                wait_for_the_end()
            return
        sender = webhook_sender.WebhookSender(database, told)
        with database.lock(webhook_sender.DELIVERY_LOCK) as locked:
            done = sender.once(locked)
    rows = [[name, it.accepted, it.failed, it.dead, it.reason] for name, it in done.items()]
    table("Delivered", ["name", "accepted", "failed", "given up", "last failure"], rows)


def _settings(context: typer.Context) -> Settings:
    return context.ensure_object(CommandContext).settings


def _event_ids(given: list[str]) -> list[UUID]:
    try:
        return [UUID(one) for one in given]
    except ValueError:
        raise InputError("an event is named by its id, as `dedupe webhooks dead` shows it") from None


def _shown(one: EventSubscription) -> dict[str, Any]:
    return {
        "name": one.name,
        "host": one.target.shown,
        "kinds": one.kinds,
        "sources": sorted(one.sources),
        "secrets": len(one.target.secrets),
        "include_values": one.include_values,
    }


def _state(state: SubscriptionState | None) -> dict[str, Any] | None:
    return {**asdict(state), "position": event_cursor(state.position)} if state else None


def _row(name: str, state: SubscriptionState | None) -> list[Any]:
    if state is None:
        return [name, "has not begun yet", *[""] * 7]
    why = "; ".join(filter(None, (state.lost, state.reason)))
    counts = [state.behind, state.waiting, state.dead, _time(state.oldest), state.delivered]
    return [name, *counts, _time(state.last_delivered_at), _time(state.rests_until), why]


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""
