"""A check that a pooled connection is alive, without a round trip to the server.

A server that goes, restarts or ends a session closes its side, which the kernel knows (of a machine that
vanished, by the keepalives): there is something to read although nothing was asked. Only then is the server
asked.
"""

from __future__ import annotations

import select

import psycopg
from sqlalchemy.exc import DisconnectionError


def refuse_ended(connection: psycopg.Connection[object], _record: object, _pooled: object) -> None:
    """SQLAlchemy's `checkout` event. Raises DisconnectionError for an ended connection, so that the pool
    opens another."""
    if connection.closed or (_is_heard(connection) and not _answers(connection)):
        raise DisconnectionError("the server has ended this connection")


def _is_heard(connection: psycopg.Connection[object]) -> bool:
    """Whether the server sent something unasked: that it ends, or harmless news such as a changed setting."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _answers(connection: psycopg.Connection[object]) -> bool:
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error:
        return False
    return True
