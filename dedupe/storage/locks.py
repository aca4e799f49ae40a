"""Advisory locks that a session of their own holds, and that transactions rely on.

A session can end at any moment: a failover, an administrator, a firewall. So each transaction under a lock
checks it, as its first and as its last act. Three advisory locks of Postgres make that safe:

    key     the lock itself, of the session
    token   drawn at random and of the same session: if it is free, the session has ended
    fence   shared by every transaction that relies on the lock; a new holder waits until none is left

The fence is taken before the token is looked at. So a transaction either finds the lock lost, or is over
before the next holder's first act.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
from sqlalchemy import Connection, text

from dedupe.errors import DatabaseUnavailable, LockHeld, LockLost
from dedupe.storage.driver_errors import translating_errors

NIGHTLY_LOCK = "nightly"
"""The lock of a whole night, and of every command that must not run at the same time."""
MERGE_LOCK = "merge"
"""The lock of a night that merges, and of a rollback, between which none may be at work."""
RUN_LOCK = "run"
"""The lock of the process that begins nights when they are due."""
_MOMENT, _ASKED = 0.5, 5  # seconds, times
_HOLDER = """
SELECT a.application_name, a.backend_start::timestamp(0)
FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_backend_pid()
  AND (l.classid::bigint << 32 | l.objid::bigint) = %s
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
_IS_HELD = text("""
SELECT EXISTS (SELECT FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1
  AND (classid::bigint << 32 | objid::bigint) = :key
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
""")
_WHO_HOLDS = text("""
SELECT coalesce(a.application_name, 'another session')
FROM pg_locks AS l LEFT JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND (l.classid::bigint << 32 | l.objid::bigint) = :key
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")
_LOST = text("""
SELECT name FROM unnest(CAST(:names AS text[]), CAST(:fences AS bigint[]), CAST(:tokens AS bigint[]))
                 AS held(name, fence, token)
WHERE CASE WHEN pg_try_advisory_xact_lock_shared(fence) THEN pg_try_advisory_xact_lock_shared(token)
           ELSE true END
""")


class AdvisoryLock:
    """A lock of that name, held by this connection after `take`."""

    def __init__(self, name: str, connection: psycopg.Connection[Any]) -> None:
        self.name = name
        self.key, self.fence = _numbers(name)
        self.token = secrets.randbits(64) - (1 << 63)
        self._connection = connection

    def take(self, wait: float) -> None:
        """Take the lock. Raises LockHeld after `wait` seconds."""
        deadline = time.monotonic() + wait
        with translating_errors():
            self._take(self.key, deadline, "is held by")
            self._take(self.fence, deadline, "was lost by a run that is at its last transaction:")
            self._connection.execute(
                "SELECT pg_advisory_lock(%s), pg_advisory_unlock(%s)", [self.token, self.fence]
            )

    def release(self) -> None:
        """Release the lock at once; closing the connection does so only when the server notices."""
        with contextlib.suppress(psycopg.OperationalError):
            self._connection.execute("SELECT pg_advisory_unlock_all()")  # the token too

    def is_lost(self) -> bool:
        """Whether the lock's session has ended, as far as this end of the connection can see.

        Sessions that are ended together end one after the other, so the check is repeated for a moment.
        """
        try:
            for _ in range(_ASKED):
                self._connection.execute("SELECT")
                time.sleep(_MOMENT / _ASKED)
        except psycopg.OperationalError:
            return True
        return False

    def _take(self, key: int, deadline: float, how: str) -> None:
        while True:
            row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()
            if row is not None and row[0]:
                return
            if time.monotonic() >= deadline:
                raise LockHeld(f"The lock {self.name!r} {how} {self._holder(key)}. Wait for it, or stop it.")
            time.sleep(min(0.05 + secrets.randbelow(50) / 1000, max(deadline - time.monotonic(), 0)))

    def _holder(self, key: int) -> str:
        holder = self._connection.execute(_HOLDER, [key]).fetchone()
        return f"{holder[0]}, since {holder[1]} UTC" if holder and holder[0] else "another session"


def is_held(connection: Connection, name: str) -> bool:
    """Whether any session holds the lock of that name; one that was killed holds none."""
    return bool(connection.execute(_IS_HELD, {"key": _numbers(name)[0]}).scalar_one())


def holder(connection: Connection, name: str) -> str | None:
    """Who holds the lock of that name: the name of the session's program; None when nobody does."""
    return connection.execute(_WHO_HOLDS, {"key": _numbers(name)[0]}).scalar()


def lock_key(name: str) -> int:
    """The number of the lock of that name."""
    return _numbers(name)[0]


def _numbers(name: str) -> tuple[int, int]:
    """The key and the fence of a lock."""
    digest = hashlib.sha256(f"contact-dedupe:{name}".encode()).digest()
    key, fence = (int.from_bytes(half, "big", signed=True) for half in (digest[:8], digest[8:16]))
    return key, fence


@contextlib.contextmanager
def checked(connection: Connection, locks: Sequence[AdvisoryLock]) -> Iterator[None]:
    """Raises LockLost unless all locks are held from the beginning to the end of what is done within."""
    if locks:
        _check(connection, locks)
    yield
    if locks:
        _check(connection, locks)


def lost(name: str, because: DatabaseUnavailable | None = None) -> LockLost:
    """The LockLost of a lock, with the error that ended its session if it is known."""

    cause = f" It ended with: {because}" if because else ""
    return LockLost(
        f"The lock {name!r} was lost: its session in Postgres has ended (a restart, a failover, an "
        "administrator, the network), so another run may be at it. This run stopped without publishing; "
        f"what it had fetched is kept. Run it again.{cause}"
    )


def _check(connection: Connection, locks: Sequence[AdvisoryLock]) -> None:
    held = {
        "names": [lock.name for lock in locks],
        "fences": [lock.fence for lock in locks],
        "tokens": [lock.token for lock in locks],
    }
    for name in connection.execute(_LOST, held).scalars():
        raise lost(name)
