r"""Export of all facts from one Postgres and import into another, for backup, move and upgrade.

A directory holds one file for each fact table, `<table>.tsv` (Postgres's COPY text: a header line, columns
between tabs, `\N` for null, backslash escapes), and `manifest.json`, which is written last: without it the
export is not whole. Derived tables are not in it; the next night makes them again, with the same ids.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg import sql
from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, Table, exists, func, select

from dedupe import __version__
from dedupe.errors import InputError
from dedupe.storage.copying import driver
from dedupe.storage.damaged_facts import check_columns, mistake
from dedupe.storage.database import Database
from dedupe.storage.driver_errors import translating_errors
from dedupe.storage.locks import NIGHTLY_LOCK
from dedupe.storage.migrating import LOCK, pending, revisions
from dedupe.storage.tables import DERIVED, FACTS, metadata

FORMAT = 1
MANIFEST = "manifest.json"
BLOCK = 1 << 20

Progress = Callable[[str, int], None]
"""Called after each table with its name and its number of rows."""


class TableFile(BaseModel):
    """The manifest's entry for one table."""

    rows: int
    sha256: str
    columns: list[str]


class Manifest(BaseModel):
    """The content of `manifest.json`."""

    format: int
    program: str
    revision: str
    exported_at: datetime
    tables: dict[str, TableFile]


def export_facts(database: Database, directory: Path, progress: Progress | None = None) -> dict[str, int]:
    """Write all facts, as of one moment, into a new or empty directory; gives the number of rows by table.

    The files hold personal data and are readable by their owner only. Raises InputError where the directory
    isn't empty or can't be written.
    """
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(directory.iterdir()):
            raise InputError(f"{directory} is not empty. Name a new directory: an export is written whole.")
        with database.begin(snapshot=True) as connection:
            _fix_spelling(connection)
            written = {}
            for table in _facts():
                written[table.name] = _export_table(connection, table, directory)
                if progress:
                    progress(table.name, written[table.name].rows)
        manifest = Manifest(
            format=FORMAT,
            program=f"contact-dedupe {__version__}",
            revision=revisions()[-1],
            exported_at=datetime.now(UTC),
            tables=written,
        )
        _write(directory / MANIFEST, [manifest.model_dump_json(indent=2).encode() + b"\n"])
    except OSError as error:
        raise _unwritable(directory, error) from error
    return {name: file.rows for name, file in written.items()}


def import_facts(database: Database, directory: Path, progress: Progress | None = None) -> dict[str, int]:
    """Read an export into a migrated database that is empty, in one transaction; gives the number of rows by
    table.

    Raises InputError, and changes nothing, when the database isn't empty or the directory is not a whole
    export that this release understands.
    """
    try:
        manifest = _checked_manifest(directory)
        if pending(database):
            raise InputError("The database's tables are missing or old. Run `dedupe migrate` first.")
        with (
            database.lock(NIGHTLY_LOCK) as database,
            database.lock(LOCK) as database,
            database.begin() as connection,
        ):
            _fix_spelling(connection)
            _claim(connection)
            for table in _facts():
                if table.name in manifest.tables:
                    file = manifest.tables[table.name]
                    _import_table(connection, table, directory, file)
                    if progress:
                        progress(table.name, file.rows)
    except OSError as error:
        raise InputError(f"{error.filename or directory} can't be read: {error.strerror}.") from error
    return {name: file.rows for name, file in manifest.tables.items()}


def _facts() -> list[Table]:
    """The fact tables, each after those it refers to."""
    return [table for table in metadata.sorted_tables if table.info["group"] == FACTS]


# --- out ---


def _export_table(connection: Connection, table: Table, directory: Path) -> TableFile:
    columns = [column.name for column in table.columns]
    order = [column.name for column in table.primary_key.columns]
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT (FORMAT text, HEADER)").format(
        _names(columns), _name(table), _names(order)
    )
    with translating_errors(), driver(connection).cursor() as cursor:
        with cursor.copy(statement) as copy:
            digest = _write(_path(directory, table), (bytes(block) for block in copy))
        return TableFile(rows=cursor.rowcount, sha256=digest, columns=columns)


def _write(path: Path, blocks: Iterator[bytes] | list[bytes]) -> str:
    """Write the blocks and flush them to the disk; gives their SHA-256."""
    digest = hashlib.sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for block in blocks:
            file.write(block)
            digest.update(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _unwritable(directory: Path, error: OSError) -> InputError:
    return InputError(
        f"The facts can't be written to {directory}: {error.strerror} ({error.filename or directory}). "
        "What is there is not a whole export; remove it and name another place."
    )


# --- in ---


def _checked_manifest(directory: Path) -> Manifest:
    path = directory / MANIFEST
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise InputError(
            f"{directory} holds no {MANIFEST}: it is not an export, or not a whole one."
        ) from None
    except ValueError:
        raise InputError(f"{path} is damaged: it is not JSON.") from None
    version = found.get("format") if isinstance(found, dict) else None
    if version != FORMAT:
        raise InputError(f"{path} is of format {version}; this release reads format {FORMAT}.")
    try:
        manifest = Manifest.model_validate(found)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, mistake["loc"])) for mistake in error.errors())
        raise InputError(f"{path} is damaged: {places}.") from None
    if manifest.revision not in revisions():
        raise InputError(
            f"{directory} was exported by a newer release ({manifest.program}, tables {manifest.revision}). "
            "Import it with that release."
        )
    _check_files(directory, manifest)
    return manifest


def _check_files(directory: Path, manifest: Manifest) -> None:
    known = {table.name: {column.name for column in table.columns} for table in _facts()}
    for name, file in manifest.tables.items():
        unknown = set(file.columns) - known.get(name, set())
        if unknown:
            raise InputError(f"{directory} holds what this release does not know: {name} {sorted(unknown)}.")
        with (directory / f"{name}.tsv").open("rb") as opened:
            if hashlib.file_digest(opened, "sha256").hexdigest() != file.sha256:
                raise InputError(f"{opened.name} is damaged: it is not what {MANIFEST} says it is.")
    missing = sorted(known.keys() - manifest.tables.keys())
    if missing and manifest.revision == revisions()[-1]:
        raise InputError(f"{directory / MANIFEST} is damaged: {', '.join(missing)} missing.")


def _claim(connection: Connection) -> None:
    """Keep others from writing facts until the end of the transaction. Raises InputError where there are some
    already."""
    connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
    names = ", ".join(f"{table.schema}.{table.name}" for table in _facts())
    connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
    ours = [table for table in metadata.sorted_tables if table.info["group"] in (FACTS, DERIVED)]
    holding = [table.name for table in ours if connection.scalar(select(exists(select(table).limit(1))))]
    if holding:
        raise InputError(
            f"The database holds something already: {', '.join(holding)}. Facts are imported into a new one "
            "(`dedupe migrate` makes its tables)."
        )


def _import_table(connection: Connection, table: Table, directory: Path, file: TableFile) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT text, HEADER match)").format(
        _name(table), _names(file.columns)
    )
    path = _path(directory, table)
    check_columns(path, table, file.columns)
    with translating_errors(), driver(connection).cursor() as cursor:
        try:
            with path.open("rb") as opened, cursor.copy(statement) as copy:
                while block := opened.read(BLOCK):
                    copy.write(block)
        except psycopg.Error as error:
            raise mistake(error, path, file.columns) or error from None
        rows = cursor.rowcount
    if rows != file.rows:
        raise InputError(f"{table.name} holds {rows} rows where {MANIFEST} says {file.rows}.")
    for column in table.columns:
        if column.identity is not None:
            _go_on_after(connection, table, column.name)


def _go_on_after(connection: Connection, table: Table, column: str) -> None:
    """Let the column's new numbers start above the imported ones."""
    sequence = func.pg_get_serial_sequence(f"{table.schema}.{table.name}", column)
    highest = func.max(table.columns[column])
    connection.execute(select(func.setval(sequence, highest)))  # of no rows: null, and nothing is set


# --- both ---


def _fix_spelling(connection: Connection) -> None:
    """Fix the text format of times and bytes, whatever the server's settings."""
    for setting, value in {"datestyle": "ISO, YMD", "bytea_output": "hex", "extra_float_digits": "1"}.items():
        connection.exec_driver_sql(f"SET LOCAL {setting} = '{value}'")


def _path(directory: Path, table: Table) -> Path:
    return directory / f"{table.name}.tsv"


def _name(table: Table) -> sql.Identifier:
    return sql.Identifier(*([table.schema] if table.schema else []), table.name)


def _names(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join([sql.Identifier(name) for name in columns])
