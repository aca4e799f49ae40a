"""Files of contacts: CSV, JSON lines, vCard and Parquet, read the same way for import, match and normalize.

    read_file(path, source=None, mapping=None, *, format=None, encoding=None, ids="row") -> FileRead

    FileRead.given       pa.Table of schema GIVEN, a row a record; (source, external_id) are distinct
    FileRead.columns     pa.Table of text, row for row with `given`: every column of the file under its own
                         name (`read.column("truth_id")`); empty for vCard
    FileRead.raw()       pa.Table source, external_id, payload (JSON text): what the file said, for storage
    FileRead.quarantine  rows that can't be read: line, reason, text
    FileRead.cleaned     values in which NUL or lone surrogates were replaced
    FileRead.notes       what was found and decided, in words without values
    FileRead.understood  what the columns mean
    FileRead.readings    each column, of vCards each property: what it was taken for, or why not, and what its
                         cells look like

    read_table(table, source, mapping) -> FileRead: an Arrow table instead of a file

    read_payloads(rows, mapping) -> GivenBatch: stored payloads of a file's source, read again

`mapping` is column → field (see `understanding.FIELDS`; `identifier:NAMESPACE`; `custom` keeps a column out).
A source column goes before `source`; without either it is the file's name. Without a record id a row is named
by its place (`ids="row"`) or by its content (`ids="content"`, for imports: an unchanged row stays itself).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from dedupe.arrays.untyped import Array, pc
from dedupe.errors import InputError
from dedupe.fetchers.files.child_rows import with_children
from dedupe.fetchers.files.columns.column_report import ColumnReading, in_words, nothing_known, readings
from dedupe.fetchers.files.columns.contacts import json_objects
from dedupe.fetchers.files.columns.interpretation import Understood, understand
from dedupe.fetchers.files.columns.rows import given_rows
from dedupe.fetchers.files.csv import Quarantined, TextTable, read_csv
from dedupe.fetchers.files.encodings import encoding_of, repaired, repaired_table, text_of_file
from dedupe.fetchers.files.formats import Format, format_of, refuse_packed
from dedupe.fetchers.files.record_keys import (
    Ids,
    contents_of,
    digest,
    distinct_keys,
    free_key,
    key_column,
    keys_of,
)
from dedupe.fetchers.files.text_tables import as_texts, read_json, read_parquet, table_of
from dedupe.fetchers.files.vcards import PropertyReport, read_card, read_cards, uid_of
from dedupe.fetchers.given import (
    REPLACEMENT,
    Cleaned,
    GivenBatch,
    clean_text,
    given_batch,
    json_text,
)
from dedupe.schemas import GIVEN

_VCARD = "vcard"
_WITH_CHILD_ROWS = "ERPNext"


@dataclass(frozen=True)
class FileRead:
    """A file as given contacts, with all that is known about the reading."""

    given: pa.Table
    columns: pa.Table
    understood: Understood
    quarantine: tuple[Quarantined, ...] = ()
    cleaned: tuple[Cleaned, ...] = ()
    notes: tuple[str, ...] = ()
    payloads: Array | None = field(default=None, repr=False)
    readings: tuple[ColumnReading, ...] = ()

    def column(self, name: str) -> Array:
        """One column of the file as text. Raises InputError when it isn't there."""
        if name not in self.columns.column_names:
            raise InputError(f"the file has no column {name}")
        return self.columns.column(name)

    def without_columns(self) -> FileRead:
        """The given contacts without the file's own columns, for who needs no more of them."""
        return replace(self, columns=self.columns.schema.empty_table(), payloads=None)

    def without_records(self) -> FileRead:
        """The report on the reading, with empty tables in place of the records."""
        return replace(self.without_columns(), given=GIVEN.empty_table())

    def of_source(self, name: str) -> FileRead:
        """The rows of one source alone."""
        mine = pc.equal(self.given.column("source"), name)
        if pc.all(mine).as_py():
            return self
        payloads = None if self.payloads is None else self.payloads.filter(mine)
        return replace(
            self, given=self.given.filter(mine), columns=self.columns.filter(mine), payloads=payloads
        )

    def slice(self, start: int, length: int) -> FileRead:
        """Some of the rows."""
        payloads = None if self.payloads is None else self.payloads.slice(start, length)
        given, columns = (table.slice(start, length) for table in (self.given, self.columns))
        return replace(self, given=given, columns=columns, payloads=payloads)

    def raw(self) -> pa.Table:
        """source, external_id and payload of every record."""
        payload = json_objects(self.columns) if self.payloads is None else self.payloads
        return self.given.select(["source", "external_id"]).append_column("payload", payload)


def read_file(
    path: Path | str,
    source: str | None = None,
    mapping: Mapping[str, str] | None = None,
    *,
    format: Format | None = None,
    encoding: str | None = None,
    records: str | None = None,
    ids: Ids = "row",
) -> FileRead:
    """Read every record of a file; `records` is the JMESPath of the records in JSON.

    Raises InputError (naming the file) when it can't be read, has no known column, or an option doesn't
    apply.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: it is a folder; name a file (a source's `path` may be a folder)")
    refuse_packed(path)
    kind = format or format_of(path)
    try:
        _refuse_options(kind, mapping, records)
        if kind == _VCARD:
            return _read_vcards(path, source or path.stem, encoding)
        text = _text_table(path, kind, encoding, records, mapping or {})
        understood = understand(text.table.column_names, mapping)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or 'it cannot be read'}") from error
    except pa.ArrowInvalid as error:
        raise InputError(f"{path}: it is not a {kind} file") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    if not understood.tells_of_people:
        raise InputError(f"{path}: {nothing_known(text.table, kind == 'csv')}")
    return _read_columns(text, understood, mapping, source or path.stem, ids)


def read_table(table: pa.Table, source: str = "table", mapping: Mapping[str, str] | None = None) -> FileRead:
    """Read an Arrow table of any column types like a file. Raises InputError when it has no known column."""
    text = as_texts(table, ())
    understood = understand(text.table.column_names, mapping)
    if not understood.tells_of_people:
        raise InputError("no column name of the table is known (record_id, full_name, email, phone …)")
    return _read_columns(text, understood, mapping, source, "row")


def read_payloads(
    rows: Iterable[tuple[str, str, Any]], mapping: Mapping[str, str] | None = None
) -> GivenBatch:
    """Read payloads that `FileRead.raw` made again: (source, external_id, payload as parsed JSON)."""
    rows = list(rows)
    cards = [row for row in rows if is_card(row[2])]
    others = [row for row in rows if not is_card(row[2])]
    batch = given_batch((source, key, read_card(payload[_VCARD])) for source, key, payload in cards)
    if not others:
        return batch
    payloads = [payload if isinstance(payload, dict) else {} for _, _, payload in others]
    table, _ = repaired_table(table_of(payloads, frozenset(mapping or ())))
    sources = pa.array([clean_text(row[0]) for row in others], pa.string())
    keys = pa.array([clean_text(row[1]) for row in others], pa.string())
    given = given_rows(table, mapping, sources, keys)
    return GivenBatch(pa.concat_tables([batch.table, given]), batch.cleaned)


def is_card(payload: Any) -> bool:
    """Whether a stored payload is a vCard as it was written."""
    return isinstance(payload, dict) and set(payload) == {_VCARD} and isinstance(payload[_VCARD], str)


def _refuse_options(kind: Format, mapping: Mapping[str, str] | None, records: str | None) -> None:
    """An option that would change nothing is a misunderstanding, so it is said."""
    if mapping and kind == _VCARD:
        raise InputError("--map names columns, and a vCard has none: leave it out")
    if records is not None and kind != "jsonl":
        raise InputError("--records finds records in JSON, and this is none; leave it out")


def _text_table(
    path: Path, kind: Format, encoding: str | None, records: str | None, mapping: Mapping[str, str]
) -> TextTable:
    if kind == "parquet":
        return read_parquet(path)
    if path.stat().st_size == 0:
        raise InputError("it is empty")
    encoded = encoding_of(path, encoding)
    if kind == "csv":
        return read_csv(path, encoded, mapping.keys())
    return read_json(text_of_file(path, encoded), encoded.name, records, frozenset(mapping))


def _read_columns(
    text: TextTable, understood: Understood, mapping: Mapping[str, str] | None, source: str, ids: Ids
) -> FileRead:
    notes = list(text.notes)
    if understood.product == _WITH_CHILD_ROWS and text.payloads is None:
        whole, children = with_children(text.table)
        text = replace(text, table=whole)
        if children:
            notes.append(f"{children} rows told more of the row above and were read with it")
    table, nul_columns = _without_nul(text.table)
    table, twice = repaired_table(table)
    if twice:
        notes.append(f"text in {', '.join(twice)} was encoded as UTF-8 twice and is read as it was meant")
    fields = understood.fields
    if understood.product:
        notes.append(f"it looks like an export of {understood.product}")
    if nul_columns:
        notes.append(f"characters that can't be stored were replaced in {', '.join(nul_columns)}")
    sources = key_column(table, fields, "source")
    sources = pc.fill_null(sources, source) if sources is not None else pa.repeat(source, table.num_rows)
    keys = keys_of(table, fields, ids)
    kept, keys = distinct_keys(lambda: contents_of(text.table, text.payloads), sources, keys, notes)
    asis, payloads = text.table, text.payloads
    if kept is not None:
        table, asis, sources = table.take(kept), asis.take(kept), sources.take(kept)
        payloads = None if payloads is None else payloads.take(kept)
    given = given_rows(table, mapping, sources, keys)
    cleaned = tuple(Cleaned("", "", column) for column in nul_columns)
    if payloads is None and (nul_columns or twice):
        payloads = json_objects(asis)
    columns = readings(text.table, understood)
    notes += in_words(columns)
    return FileRead(given, table, understood, text.quarantine, cleaned, tuple(notes), payloads, columns)


def _without_nul(table: pa.Table) -> tuple[pa.Table, list[str]]:
    """NUL replaced, and the columns in which it stood."""
    found = []
    for position, name in enumerate(table.column_names):
        column = table.column(position)
        if pc.any(pc.match_substring(column, "\0")).as_py():
            found.append(name)
            table = table.set_column(position, name, pc.replace_substring(column, "\0", REPLACEMENT))
    return table, found


def _read_vcards(path: Path, source: str, encoding: str | None) -> FileRead:
    found, notes = read_cards(path, encoding)
    if not found.cards:
        raise InputError("it holds no vCard")
    quarantine = [
        Quarantined(card.number, "it has no END:VCARD", card.text) for card in found.cards if not card.whole
    ]
    whole = [card.text for card in found.cards if card.whole]
    rows: dict[str, str] = {}
    for text in dict.fromkeys(whole):
        rows[free_key(rows, uid_of(text) or "content:" + digest(text))] = text
    properties = PropertyReport()
    batch = given_batch((source, key, read_card(text, properties)) for key, text in rows.items())
    payloads = pa.array([json_text({_VCARD: text}) for text in rows.values()], pa.string())
    notes.append(f"{len(rows)} cards")
    if twice := sum(repaired(line) != line for text in rows.values() for line in text.split("\n")):
        notes.append(f"{twice} lines were encoded as UTF-8 twice and are read as they were meant")
    if same := len(whole) - len(rows):
        notes.append(f"{same} cards repeat another one word for word and were left out")
    columns = properties.readings(found.dropped)
    notes += in_words(columns)
    return FileRead(
        batch.table,
        pa.table({}) if not rows else pa.table({"record_id": pa.array(list(rows), pa.string())}),
        Understood({}),
        tuple(quarantine),
        batch.cleaned,
        tuple(notes),
        payloads,
        columns,
    )
