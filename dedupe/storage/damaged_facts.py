"""Damage in an export whose checksums fit: what is wrong, in which row of which file.

Checksums fit where somebody edited a file and made them again. Postgres then refuses the row in words that
quote its values; the error made here names the file, the row, the column and the kind of mistake instead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import psycopg
from sqlalchemy import Table

from dedupe.errors import InputError

_PLACE = re.compile(r"COPY \S+, line (\d+)(?:, column (\w+))?")
_KEY = re.compile(r"Key \(([^)]*)\)=\((.*)\) is not present in table")
_MISTAKES = (
    ("23502", "it holds nothing, and must hold something"),
    ("23503", "it names what no row of the export holds"),
    ("23505", "it repeats a row that must be the only one"),
    ("23514", "it holds what is not allowed there"),
    ("22021", "it is not UTF-8 text, or holds a NUL"),
    ("22P04", "it has too few or too many columns, or a header that isn't the manifest's"),
    ("22", "it holds what is not of the column's type"),
)


def check_columns(path: Path, table: Table, columns: Sequence[str]) -> None:
    """Raises InputError unless the manifest names every column once that a row can't be without."""
    twice = sorted(name for name, count in Counter(columns).items() if count > 1)
    if twice:
        raise InputError(f"{path} is damaged: the manifest names {', '.join(twice)} twice.")
    missing = [column.name for column in table.columns if column.name not in columns and _needed(column)]
    if missing:
        raise InputError(f"{path} is damaged: its columns {', '.join(missing)} are missing.")


def mistake(error: psycopg.Error, path: Path, columns: Sequence[str]) -> InputError | None:
    """The InputError for a refusal of the file's rows; None where something other than the rows is
    refused."""
    state = error.sqlstate or ""
    words = next((words for states, words in _MISTAKES if state.startswith(states)), None)
    if words is None:
        return None
    place = _PLACE.search(error.diag.context or "")
    row, column = (int(place[1]), place[2]) if place else _dangling(error, path, columns)
    column = column or error.diag.column_name or _of_constraint(error.diag.constraint_name)
    where = "" if row is None else f", row {row - 1} (line {row})" if row > 1 else ", header"
    return InputError(f"{path}{where}{f', {column}' if column else ''}: {words}. Take another export.")


def _needed(column: object) -> bool:
    return not (
        getattr(column, "nullable", True)
        or getattr(column, "server_default", None) is not None
        or getattr(column, "identity", None) is not None
    )


def _dangling(error: psycopg.Error, path: Path, columns: Sequence[str]) -> tuple[int | None, str | None]:
    """The line and column of a reference to a row that doesn't exist: Postgres checks all references at the
    end."""
    found = _KEY.search(error.diag.message_detail or "")
    if found is None or found[1] not in columns:
        return None, None
    at, value = list(columns).index(found[1]), found[2].encode()
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            cells = line.rstrip(b"\n").split(b"\t")
            if len(cells) > at and cells[at] == value:
                return number, found[1]
    return None, found[1]


def _of_constraint(name: str | None) -> str | None:
    return f"by the rule {name}" if name else None
