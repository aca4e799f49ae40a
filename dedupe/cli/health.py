"""`dedupe health`: is the service that runs here ready? For health checks of containers, which have no shell
and no curl."""

from __future__ import annotations

import http.client
from typing import Annotated

import typer

from dedupe.cli import exits
from dedupe.cli.context import CommandContext
from dedupe.cli.screen import say, say_out
from dedupe.config import ServeSection

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where one that listens everywhere is asked
Within = Annotated[float, typer.Option(min=0.1, help="Seconds to wait for an answer.")]


def health(context: typer.Context, within: Within = 5.0) -> None:
    """Ask the service of this configuration, on this machine, whether it is ready: exit 0, or 1."""
    section = context.ensure_object(CommandContext).settings.serve
    address = f"{_EVERYWHERE.get(section.host, section.host)} port {section.port}"
    try:
        status = _answer(section, within)
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        say(f"dedupe: nothing answers at {address}: {reason}")
        raise typer.Exit(exits.NOT_READY) from None
    if status != http.client.OK:
        say(f"dedupe: what answers at {address} says {status}: its log, or `dedupe doctor`, says why")
        raise typer.Exit(exits.NOT_READY)
    say_out("ready")


def _answer(section: ServeSection, within: float) -> int:
    address = _EVERYWHERE.get(section.host, section.host)
    connection = http.client.HTTPConnection(address, section.port, timeout=within)
    try:
        connection.request("GET", "/readyz", headers={"Host": _name(section)})
        return connection.getresponse().status
    finally:
        connection.close()


def _name(section: ServeSection) -> str:
    """A name that the service answers to, whatever address it is asked at."""
    if section.allowed_hosts:
        return section.allowed_hosts[0]
    return f"[{section.host}]" if ":" in section.host else section.host
