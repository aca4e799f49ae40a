"""Audit samples as a CSV for people to fill in, and its import: one row per source contact.

In the column `person` they enter whose each row is: any sign for a person (1, 2 …), the same sign for the
same person within a sample, `?` where nobody can say. The file doesn't show the model's opinion.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from dedupe.errors import InputError
from dedupe.fetchers.files.encodings import encoding_of, text_of_file
from dedupe.review.auditing import ShownSample
from dedupe.review.people import Person

COLUMNS = (
    "audit",
    "sample",
    "side",
    "person",
    "note",
    "source_contact",
    "names",
    "emails",
    "phones",
    "identifiers",
    "company",
    "job_title",
    "place",
    "birth",
    "id",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(path: Path, shown: Iterable[ShownSample]) -> int:
    """Write the samples; gives the number of source contacts. The file holds personal data."""
    rows = [
        _row(one, side, person)
        for one in shown
        for side, people in (("A" if one.right else "", one.left), ("B", one.right))
        for person in people
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)


def read(path: Path, audit: UUID) -> dict[int, tuple[dict[UUID, str], str]]:
    """Read a filled-in file: by sample number the person of each source contact, and the note.

    Accepts any usual encoding and separator, since spreadsheets change both. Raises InputError, with the
    line, for a file of another audit or one that lacks rows.
    """
    found: dict[int, tuple[dict[UUID, str], str]] = {}
    try:
        text = text_of_file(path, encoding_of(path)).removeprefix("\ufeff")
        first = text.partition("\n")[0]
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
        missing = {"audit", "sample", "person", "id"} - set(reader.fieldnames or ())
        if missing:
            raise InputError(f"{path}: lacks the columns {', '.join(sorted(missing))}")
        for row in reader:
            _add(found, row, audit, f"{path}, line {reader.line_num}")
    except OSError as error:
        raise InputError(f"{path}: can't be read: {error.strerror}") from None
    except (UnicodeError, csv.Error) as error:
        raise InputError(f"{path}: can't be read ({type(error).__name__})") from None
    return found


def _add(found: dict[int, tuple[dict[UUID, str], str]], row: dict[str, str], audit: UUID, where: str) -> None:
    if (row.get("audit") or "").strip() != str(audit):
        raise InputError(f"{where}: belongs to another audit than {audit}")
    try:
        number, seed = int(row["sample"]), UUID(row["id"])
    except (TypeError, ValueError):
        raise InputError(f"{where}: the columns sample and id must stay as they were written") from None
    persons, note = found.get(number, ({}, ""))
    persons[seed] = (row["person"] or "").strip()
    found[number] = persons, note or (row.get("note") or "").strip()


def _row(one: ShownSample, side: str, person: Person) -> dict[str, str]:
    shown = {
        "source_contact": person.key,
        "names": "; ".join(person.names),
        "emails": "; ".join(person.emails),
        "phones": "; ".join(person.phones),
        "identifiers": "; ".join(person.identifiers),
        "company": person.company or "",
        "job_title": person.job_title or "",
        "place": person.place or "",
        "birth": person.birth or "",
    }
    fixed = {"audit": str(one.sample.audit_id), "sample": str(one.sample.number), "side": side}
    return {
        **fixed,
        "person": "",
        "note": "",
        "id": str(person.id),
        **{k: _plain(v) for k, v in shown.items()},
    }


def _plain(text: str) -> str:
    """The text in a form that spreadsheets don't take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
