"""The command `dedupe`: its options, its commands, and what an error looks like."""

from __future__ import annotations

import errno
import os
import signal
import sys
import traceback
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any

import structlog
import typer
from typer.main import get_command

from dedupe import tracing
from dedupe.cli import exits, logs, memory, quoting
from dedupe.cli.commands import LoadedWhenUsed
from dedupe.cli.context import CommandContext
from dedupe.cli.interruption import INTERRUPTED
from dedupe.errors import DedupeError

app = typer.Typer(
    name="dedupe",
    cls=LoadedWhenUsed,
    help="Finds who is who among the contacts of many providers and keeps one golden contact a person.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

_log = structlog.stdlib.get_logger("dedupe.traces")
DEBUG_VARIABLE = "DEDUPE_DEBUG"
_FULL = {errno.ENOSPC, errno.EDQUOT}
_ABOUT_THE_MACHINE = _FULL | {errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE, errno.ENFILE}


def _print_version(wanted: bool) -> None:
    if wanted:
        from dedupe.cli.version import version_and_build  # not above: no other command asks

        typer.echo(version_and_build())
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    config: Annotated[Path | None, typer.Option(help="Default: $DEDUPE_CONFIG, else ./config.toml.")] = None,
    verbose: Annotated[
        int, typer.Option("--verbose", "-v", count=True, help="-v progress, -vv details.")
    ] = 0,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log lines as JSON.")] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Show it and its build, and leave."
        ),
    ] = False,
) -> None:
    """Exit codes: 0 done, 1 our bug, 2 bad input or configuration, 3 a source failed, 4 locked, 5 held."""
    logs.configure(verbose, as_json=log_json)
    if (why_not := tracing.start()) is not None:
        _log.warning("no traces", reason=why_not)
    given = context.ensure_object(CommandContext)
    given.config_file, given.verbosity, given.log_json = config, verbose, log_json


def main() -> None:
    """Run the command. An error raised on purpose becomes a message and its exit code; anything else is a
    bug of ours."""
    sys.excepthook = _tell_our_bug
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a stop cleans up as Ctrl-C does
    given, arguments = CommandContext(), sys.argv[1:]

    def tell(text: str) -> None:
        from dedupe.simulators.population.records import (
            PROVIDERS,
        )  # not above: where all goes well nobody asks

        names = quoting.typed(_command(), arguments, {*given.sources, *PROVIDERS})
        typer.echo(f"dedupe: {quoting.unquoted(text, names)}", err=True)

    try:
        sys.exit(_run(given, arguments))
    except DedupeError as error:
        tell(str(error))
        sys.exit(exits.exit_code(error))
    except KeyboardInterrupt:
        sys.exit(_interrupted())
    except BrokenPipeError:
        # the reader of our output left (`dedupe … | head`): that is no error, and nothing more can be said
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(exits.DONE)
    except (MemoryError, ImportError, RuntimeError, OSError) as error:
        shortage = memory.shortage(error) or _of_the_machine(error)
        if shortage is None:
            raise
        tell(shortage)
        sys.exit(exits.BAD_INPUT)


@cache
def _command() -> Any:
    """The command to run. Not app(), which installs an exception hook that prints values."""
    return get_command(app)


def _run(given: CommandContext, arguments: list[str]) -> int:
    """Run the command and give its exit code."""
    try:
        code = _command().main(arguments, "dedupe", standalone_mode=False, obj=given)
    except typer.TyperException as misuse:
        typer.echo(quoting.misused(misuse, arguments), err=True)
        return misuse.exit_code
    except typer.Abort:
        typer.echo("dedupe: nothing was done", err=True)
        return exits.BAD_INPUT
    return _interrupted() if code == INTERRUPTED else code or exits.DONE  # typer returns that for Ctrl-C


def _interrupted() -> int:
    typer.echo("dedupe: interrupted; what was complete is kept, and the next run goes on", err=True)
    return INTERRUPTED


def _of_the_machine(error: BaseException) -> str | None:
    """The message for an error of the operating system that is no bug of ours; else None."""
    if not isinstance(error, OSError) or error.errno not in _ABOUT_THE_MACHINE:
        return None
    where = f"{error.filename}: " if isinstance(error.filename, str | Path) else ""
    what = "free some room, or write elsewhere (of temporary files: TMPDIR)"
    return f"{where}{os.strerror(error.errno or 0)}" + (f"; {what}" if error.errno in _FULL else "")


def _tell_our_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a bug's class and place only: an exception's text can hold a contact's value."""
    if os.environ.get(DEBUG_VARIABLE):
        sys.__excepthook__(kind, error, trace)
        return
    place = traceback.extract_tb(trace)[-1] if trace else None
    where = f" in {Path(place.filename).name}:{place.lineno} ({place.name})" if place else ""
    typer.echo(
        f"dedupe: a bug of ours: {kind.__name__}{where}. Nothing half-written is visible. "
        f"Run it again with {DEBUG_VARIABLE}=1 for the whole trace, which may show contacts' values.",
        err=True,
    )
