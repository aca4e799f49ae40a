"""Driver errors translated into errors of `dedupe.errors`, without any value.

Postgres quotes values in its messages ("Key (email)=(…) already exists"). A driver error without a
translation stays what it is, so that repositories can catch it, but its text is replaced by class, SQLSTATE,
table, column and constraint.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
from sqlalchemy import exc
from sqlalchemy.engine import ExceptionContext

from dedupe.errors import DatabaseUnavailable, DedupeError, DiskFull, InputError, LockHeld

UNSTORABLE = (
    "Postgres can't store a text with NUL or a lone surrogate. Clean it in the normalizer; raw payloads are "
    "kept as JSON text with escapes (json.dumps), which holds both"
)
_MEANINGS: tuple[tuple[tuple[str, ...], type[DedupeError], str], ...] = (
    (("22021", "22P05"), InputError, UNSTORABLE),
    (("55P03",), LockHeld, "another run holds what was needed; wait or stop it"),
    (("53100",), DiskFull, "the disk of the Postgres server is full; free space there, and run it again"),
    (
        ("53300",),
        DatabaseUnavailable,
        "Postgres has no connection left; raise its max_connections or stop others",
    ),
    (("28",), DatabaseUnavailable, "Postgres refuses the user or the password; mend them in database.url"),
    (
        ("3D000",),
        DatabaseUnavailable,
        "Postgres has no database of that name; create it or mend database.url",
    ),
    (("42501",), DatabaseUnavailable, "the user in database.url lacks a right; let it own the database"),
    (("25006",), DatabaseUnavailable, "Postgres is read-only (a replica?); name its primary in database.url"),
    (("42P01", "3F000"), DatabaseUnavailable, "the tables are missing; run `dedupe migrate`"),
    (
        ("57014",),
        DatabaseUnavailable,
        "Postgres cancelled a statement: raise statement_timeout for this user, unless somebody cancelled it",
    ),
    (
        ("25P03", "25P04"),
        DatabaseUnavailable,
        "Postgres ended a transaction for its length: raise transaction_timeout and "
        "idle_in_transaction_session_timeout for this user",
    ),
    (("40",), DatabaseUnavailable, "two runs stood in each other's way and this one gave up; run it again"),
    (
        ("08", "53", "57P", "58"),
        DatabaseUnavailable,
        "Postgres broke off or can't go on; see its log, try again",
    ),
)


def house_error(error: BaseException) -> DedupeError | None:
    """The error of `dedupe.errors` for a driver error; None where there is none (a conflict, a bug of
    ours)."""
    if isinstance(error, UnicodeEncodeError):
        return InputError(UNSTORABLE)
    if not isinstance(error, psycopg.Error):
        return None
    if error.sqlstate is None:
        return _without_state(error)
    for states, kind, text in _MEANINGS:
        if error.sqlstate.startswith(states):
            return kind(f"{_capital(text)} ({_facts(error)}).")
    return None


def _without_state(error: psycopg.Error) -> DedupeError | None:
    """The error for what the driver raises by itself: it could not connect, lost the connection, or met a
    NUL."""
    if isinstance(error, psycopg.OperationalError):
        # Of the connection only: address, user and database, never a value. Connecting has no SQLSTATE.
        said = " ".join(str(error).split())
        return DatabaseUnavailable(f"Postgres does not answer or refuses us: {said} (Is database.url right?)")
    if isinstance(error, psycopg.DataError) and "NUL" in str(error):
        return InputError(UNSTORABLE)
    return None


def scrub(error: BaseException) -> str:
    """Remove the values from a driver error's text; gives the new text."""
    if isinstance(error, psycopg.Error) and error.sqlstate is not None:
        error.args = (_facts(error),)
    elif isinstance(error, UnicodeEncodeError):
        error.object = ""  # the text itself
        error.start = error.end = 0
    return str(error)


def translate_driver_error(context: ExceptionContext) -> None:
    """SQLAlchemy's `handle_error` event: raise the translated error, or let the driver's go on without its
    values."""
    original = context.original_exception
    translated = house_error(original)
    text = scrub(original)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (text,)
    if translated is not None and not context.is_pre_ping:
        raise translated


@contextlib.contextmanager
def translating_errors() -> Iterator[None]:
    """The same translation for what is done with the driver directly. Raises the translated error, or
    SQLAlchemy's DBAPIError without values."""
    try:
        yield
    except (psycopg.Error, UnicodeEncodeError) as error:
        means = house_error(error)
        scrub(error)
        if means is not None:
            raise means from error
        if isinstance(error, psycopg.Error):
            raise exc.DBAPIError.instance(None, None, error, psycopg.Error, hide_parameters=True) from error
        raise


def _facts(error: psycopg.Error) -> str:
    said = error.diag
    about = {
        "SQLSTATE": error.sqlstate,
        "table": said.table_name,
        "column": said.column_name,
        "constraint": said.constraint_name,
        "type": said.datatype_name,
    }
    # Class 42 is about the statement itself, and in a statement of ours no value is written out.
    ours = f"; {said.message_primary}" if (error.sqlstate or "").startswith("42") else ""
    named = ", ".join(f"{name} {value}" for name, value in about.items() if value)
    return f"{type(error).__name__}: {named}{ours}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
