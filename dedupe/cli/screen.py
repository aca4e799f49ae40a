"""Output of commands: results to standard output, messages about the work to standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dedupe.errors import InputError

if TYPE_CHECKING:
    from rich.progress import Progress

    from dedupe.clustering.metrics import Figures  # what `lookup` would load for nothing

_WIDE = 200  # of tables that go to a file or a pipe
OUT = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else _WIDE)
ERR = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print a line about the work."""
    ERR.print(text, markup=False)


def agreed(question: str, unasked: str) -> None:
    """Ask the person at the terminal. Raises InputError without a yes, or when there is no terminal.

    `unasked` says how to run the command without being asked.
    """
    try:
        typer.confirm(question, abort=True)
    except typer.Abort:
        raise InputError(f"nothing was done; {unasked}") from None


def say_out(text: str) -> None:
    """Print a line of the result."""
    OUT.print(text, markup=False)


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun: `1 record`, `1,000 records`."""
    return f"{number:,} {one if number == 1 else many}"


def print_json(content: Any) -> None:
    """Print it as JSON: times as ISO 8601, ids as text, sets as sorted lists."""
    typer.echo(json.dumps(content, ensure_ascii=False, indent=1, default=_plain))


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date():
            return value.isoformat()
        case UUID() | Path():
            return str(value)
        case set() | frozenset():
            return sorted(value, key=str)
        case bytes():
            return value.hex()
    if hasattr(value, "item"):  # a number of NumPy, which is not loaded for this
        return value.item()
    raise TypeError(f"{type(value).__name__} has no plain form in JSON")


@contextmanager
def working(what: str) -> Iterator[Progress]:
    """A spinner with the elapsed time, and bars for tasks that are added; nothing without a terminal."""
    from rich.progress import (  # not above: what is quick shows none
        BarColumn,
        MofNCompleteColumn,
        Progress,
        SpinnerColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (
        *(SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
        *(TimeElapsedColumn(), TextColumn("{task.fields[left]}")),
    )
    with Progress(*columns, console=ERR, transient=True, disable=not ERR.is_terminal) as progress:
        progress.add_task(what, total=None, left="")
        yield progress


def time_left(seconds: float | None) -> str:
    """`about 1:05:00 left`; "" while unknown."""
    return "" if seconds is None else f"about {timedelta(seconds=round(seconds))} left"


def table(title: str, columns: list[str], rows: list[list[Any]]) -> None:
    """Print a table, numbers aligned right and the rest left."""
    grid = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for place, name in enumerate(columns):
        number = bool(rows) and all(isinstance(row[place], int | float) for row in rows)
        grid.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        grid.add_row(*[Text(f"{cell:,}" if isinstance(cell, int) else str(cell)) for cell in row])
    OUT.print(grid)


def tell_figures(found: Figures) -> None:
    """Print the figures of a clustering against the truth."""
    rows: list[list[Any]] = [
        ["contacts, people, clusters", f"{found.contacts:,}, {found.people:,}, {found.clusters:,}"],
        ["pairs: precision", f"{found.precision:.5f}  ({found.wrong:,} wrong)"],
        ["pairs: recall", f"{found.recall:.5f}  ({found.found:,} of {found.true_pairs:,})"],
        ["pairs: F1", f"{found.f1:.5f}"],
        ["B-cubed: precision, recall", f"{found.bcubed_precision:.5f}, {found.bcubed_recall:.5f}"],
        ["B-cubed: F1", f"{found.bcubed_f1:.5f}"],
        [
            "golden contacts that hold two people",
            f"{found.wrong_clusters:,} of {found.linked_clusters:,} merged",
        ],
        ["largest cluster", f"{found.largest:,}"],
    ]
    table("Against the truth", ["", ""], rows)
