"""Changes that are told at the same time by several requests are stored by one transaction.

A source's changes are stored by one transaction at a time, and a transaction takes longer than a change. So
what comes while one is at work waits, in order, and is stored whole by the next. Each request is answered for
itself, once it is stored.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import Response

from dedupe.errors import DedupeError
from dedupe.web.problem_types import BUSY
from dedupe.web.problems import Problem

MOST_AT_ONCE = 1000  # changes of one transaction, or those of one request (chosen)
MOST_WAITING = 5000
"""Changes that wait before more are refused: what a server stores in some seconds (chosen)."""
SOURCES_AT_ONCE = 4  # transactions, apart from all other requests; see api_lookups.AT_ONCE

Answer: TypeAlias = Response | Exception


@dataclass(frozen=True)
class ToldRequest:
    """A request as it came: `changes` rows of one source."""

    request: Request
    content: bytes
    key: str | None
    changes: int


Waiting: TypeAlias = tuple[ToldRequest, "asyncio.Future[Response]"]
Store: TypeAlias = Callable[[str, Sequence[ToldRequest]], list[Answer]]
"""Stores what these requests tell of a source in one transaction; an answer for each, or its error."""


@dataclass
class ToldTogether:
    """Used by one event loop."""

    store: Store
    _waiting: dict[str, deque[Waiting]] = field(default_factory=dict)
    _count: int = 0
    _at_work: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _limiter: CapacityLimiter | None = None

    async def tell(self, source: str, told: ToldRequest) -> Response:
        """The answer to one request. Raises Problem (503) where too many wait."""
        if self._count and self._count + told.changes > MOST_WAITING:
            raise Problem(BUSY, "More is told than can be stored now; send it again.", {"Retry-After": "2"})
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(source, deque()).append((told, answer))
        self._count += told.changes
        if source not in self._at_work:
            self._at_work[source] = asyncio.create_task(self._work(source))
        return await answer

    async def _work(self, source: str) -> None:
        """Store what waits of a source until nothing does."""
        self._limiter = self._limiter or CapacityLimiter(SOURCES_AT_ONCE)
        try:
            while some := self._next(source):
                told = [one for one, _ in some]
                answers = await to_thread.run_sync(self._stored, source, told, limiter=self._limiter)
                for (_, future), answer in zip(some, answers, strict=True):
                    if future.cancelled():
                        continue
                    if isinstance(answer, Exception):
                        future.set_exception(answer)
                    else:
                        future.set_result(answer)
        finally:
            del self._at_work[source]

    def _next(self, source: str) -> list[Waiting]:
        """The requests that are stored next, the first come first; of one idempotency key one at a time."""
        waiting, some = self._waiting[source], list[Waiting]()
        changes, keys = 0, set[str]()
        while waiting:
            told = waiting[0][0]
            if some and (changes + told.changes > MOST_AT_ONCE or told.key in keys):
                break
            some.append(waiting.popleft())
            changes += told.changes
            keys |= {told.key} if told.key is not None else set()
        self._count -= changes
        if not some:
            del self._waiting[source]
        return some

    def _stored(self, source: str, told: Sequence[ToldRequest]) -> list[Answer]:
        """What is wrong with the source, or with Postgres, is so for all; a bug is laid to one request."""
        try:
            return self.store(source, told)
        except (DedupeError, Problem) as error:
            return [error] * len(told)
        except Exception as bug:  # noqa: BLE001  answered as 500 by the last door, and told there
            if len(told) == 1:
                return [bug]
            return [answer for one in told for answer in self._stored(source, [one])]
