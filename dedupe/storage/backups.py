"""Everything in Postgres as one file, and back, by the pg_dump and pg_restore of the packaged PostgreSQL.

A backup is of one moment, taken while others work; what is restored is as it was then, derived tables
included, so that the next night goes on from there. The file has pg_dump's custom format, which pg_restore
reads as well. Beside it lies its SHA-256, as sha256sum has it: a damaged file may decompress to other rows.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, exists, literal, select, text

from dedupe.errors import DatabaseUnavailable, InputError
from dedupe.storage.database import Database
from dedupe.storage.embedded.files import installed_binaries
from dedupe.storage.locks import NIGHTLY_LOCK
from dedupe.storage.migrating import LOCK, migrate, revisions
from dedupe.storage.tables import SCHEMA, metadata
from dedupe.storage.tables.columns import PUBLIC_SCHEMA

_SCHEMAS = (SCHEMA, PUBLIC_SCHEMA)
_REVISION = re.compile(r"^(\d{4})$", re.MULTILINE)
_AS_ADVICE = "name another one, or make it anew with `dedupe backup`"


def back_up(database: Database, path: Path) -> str:
    """Write all our tables, as of now, over the file, readable by its owner only; gives its SHA-256.

    Raises InputError where pg_dump can't read this server, and DatabaseUnavailable where it fails otherwise.
    """
    path.touch(0o600)
    path.chmod(0o600)
    chosen = [f"--schema={name}" for name in _SCHEMAS]
    ran = _run(
        database,
        ["pg_dump", "--format=custom", "--lock-wait-timeout=10000", *chosen],
        f"--file={path}",
    )
    if ran.returncode:
        if "version mismatch" in ran.stderr:
            raise InputError("this server is newer than the pg_dump that we bring: use the server's own")
        raise DatabaseUnavailable(f"pg_dump failed: {_said(ran)}")
    return _sha256(path)


def sum_of(path: Path) -> Path:
    """Where the SHA-256 of a backup lies."""
    return path.with_name(f"{path.name}.sha256")


def restore(database: Database, path: Path) -> list[str]:
    """Fill an empty database from a backup, in one transaction, and bring older tables up to this release;
    gives the revisions that were run for that.

    Raises InputError, with nothing changed, where the database holds something, or the file is no whole
    backup or one of a newer release; LockHeld while a night or another restore is at work.
    """
    _check_revision(path)
    with database.lock(NIGHTLY_LOCK) as held, held.lock(LOCK) as locked:
        with locked.begin() as connection:
            _check_empty(connection)
            for name in _SCHEMAS:
                connection.execute(text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))
        ran = _run(database, ["pg_restore", "--single-transaction", "--exit-on-error"], str(path))
    if ran.returncode:
        raise InputError(
            f"{path}: pg_restore stopped, and the database is left without tables: {_said(ran)}; {_AS_ADVICE}"
        )
    run = migrate(database)
    with database.each() as connection:
        connection.execute(text("ANALYZE"))
    return run


def _check_revision(path: Path) -> None:
    """Raise InputError unless it is a backup of this release or an older one."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    beside = sum_of(path)
    if beside.exists() and beside.read_text("utf-8", "replace").split()[:1] != [_sha256(path)]:
        raise InputError(f"{path} is damaged: its SHA-256 is not that of {beside.name}; name another one")
    ran = _tool(["pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(path)])
    found = _REVISION.findall(ran.stdout)
    if ran.returncode or len(found) != 1:
        raise InputError(f"{path} is no backup as `dedupe backup` makes it: {_said(ran)}; {_AS_ADVICE}")
    if found[0] not in revisions():
        raise InputError(f"{path} was made by a newer release (tables {found[0]}): restore it with that one")


def _sha256(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _check_empty(connection: Connection) -> None:
    """Raise InputError where our tables hold a row."""
    there = set(
        connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"), {"schema": SCHEMA}
        )
    )
    ours = [table for table in metadata.sorted_tables if table.name in there]
    holding = [
        table.name
        for table in ours
        if connection.scalar(select(exists(select(literal(1)).select_from(table))))
    ]
    if holding:
        raise InputError(
            f"the database holds something already: {', '.join(holding)}. A backup is restored into an empty "
            "one: name another database, or another folder in database.data_dir"
        )


def _run(database: Database, command: Sequence[str], target: str) -> subprocess.CompletedProcess[str]:
    """Run a tool of PostgreSQL on the database; the password goes by the environment."""
    _, arguments = database.engine.dialect.create_connect_args(database.engine.url)
    arguments.pop("context", None)  # psycopg's, and no word of libpq
    password = arguments.pop("password", None)
    where = f"--dbname={make_conninfo(**arguments)}"
    own = {"PGPASSWORD": str(password)} if password else {}
    return _tool([*command, "--no-owner", "--no-privileges", where, target], own)


def _tool(
    command: Sequence[str], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # the package's own binaries
        [str(installed_binaries() / command[0]), *command[1:]],
        env={**os.environ, "LC_ALL": "C", **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def _said(ran: subprocess.CompletedProcess[str]) -> str:
    """The tool's first words about its error, without the lines behind it, which may hold values."""
    lines = [line for line in ran.stderr.splitlines() if "error:" in line]
    return lines[0].partition("error:")[2].strip() if lines else "it holds no tables of ours"
