"""A file checked against what is known: for each row the golden contact that it most likely is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow

from dedupe.arrays.untyped import pa
from dedupe.config import Settings
from dedupe.fetchers.files.read import FileRead, read_file
from dedupe.review.who import Answer, Who
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from dedupe.wiring.files import FileOptions, conventions

AT_ONCE = 200  # rows asked about together (chosen: with their holders some ten thousand contacts)
REASONS = 3  # told of a row, for it and against it
FOUND = ("golden_id", "probability", "decision", "why", "against", "unread")


def read_list(path: Path, options: FileOptions) -> FileRead:
    """Raises InputError, naming the file, where it can't be read."""
    return read_file(
        path, options.source, options.mapping, encoding=options.encoding, records=options.records
    )


def answers(
    database: Database, visitor: Visitor, who: Who, read: FileRead, options: FileOptions, settings: Settings
) -> Iterator[Answer]:
    """An answer for each row of the file, in its order; nothing is stored. Each portion is a transaction."""
    how = conventions(read.given, options, settings)
    for start in range(0, len(read.given), AT_ONCE):
        with database.begin() as connection:
            yield from who.ask_of_each(connection, visitor, read.given.slice(start, AT_ONCE), how)


def annotated(read: FileRead, found: list[Answer]) -> pyarrow.Table:
    """The file's own columns and, beside them, what was found; a column of a file that is called so too keeps
    its name, and ours gets `match_` before it."""
    table = read.columns if read.columns.num_columns else read.given.select(["external_id"])
    for name, values in zip(FOUND, zip(*map(_cells, found), strict=True), strict=False):
        ours = f"match_{name}" if name in table.column_names else name
        table = table.append_column(ours, pa.array(list(values)))
    return table


def _cells(answer: Answer) -> tuple[Any, ...]:
    """One for each of `FOUND`."""
    unread = "; ".join(answer.unread)
    if not answer.matches:
        return None, None, None, None, None, unread
    best = answer.matches[0]
    why, against = (
        "; ".join(step.sentence for step in steps[:REASONS]) for steps in (best.reasons, best.against)
    )
    return str(best.golden_id), round(best.probability, 4), best.decision, why, against, unread
