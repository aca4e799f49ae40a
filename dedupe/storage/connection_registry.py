"""All driver connections that a database has opened, so that every one is closed whatever happens.

A pool closes the connections that lie in it; it forgets one that is in use meanwhile (by a generator that was
not run to its end, or a frame that Ctrl-C broke off).
"""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import psycopg

_PATIENCE = 2.0  # seconds for a statement of another thread


class OpenConnections:
    """The open connections of a database. Safe to share between threads."""

    def __init__(self) -> None:
        self._connections: set[psycopg.Connection[Any]] = set()
        self._lock = threading.Lock()

    def add(self, connection: psycopg.Connection[Any]) -> None:
        with self._lock:
            self._connections = {one for one in self._connections if not one.closed}
            self._connections.add(connection)

    def cancel(self) -> None:
        """Cancel every statement that runs on one of them; who waits for it gets an error."""
        with self._lock:
            busy = [one for one in self._connections if not one.closed and one.lock.locked()]
        for connection in busy:
            with contextlib.suppress(psycopg.Error):
                connection.cancel_safe(timeout=_PATIENCE)

    def close(self) -> None:
        """Close all connections that are still open; a statement that runs on one is cancelled first."""
        with self._lock:
            left = [one for one in self._connections if not one.closed]
            self._connections = set()
        for connection in left:
            _close(connection)


def _close(connection: psycopg.Connection[Any]) -> None:
    if not connection.lock.acquire(timeout=_PATIENCE):
        connection.cancel()
        if not connection.lock.acquire(timeout=_PATIENCE):
            return  # closing it under a thread that uses it could bring the process down
    try:
        connection.close()
    finally:
        connection.lock.release()
