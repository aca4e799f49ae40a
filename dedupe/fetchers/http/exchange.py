"""What goes to and fro between `Api` and who asks it: answers, limits, habits, counts, and why it failed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import httpx

from dedupe.errors import ContractChanged, CredentialsRefused, SourceError


class Unauthorized(CredentialsRefused):
    """401: the credentials themselves are refused."""


class RequestRefused(ContractChanged):
    """The provider refused one request for what it asks (400, 404, 409, 422 …)."""

    def __init__(self, message: str, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(message)


class Stopped(SourceError):
    """The operator stopped the walk; what is stored stays, the next run goes on from there."""


class Reply(NamedTuple):
    """One answer: its status, its headers, its body as it was read (JSON)."""

    status: int
    headers: httpx.Headers
    body: Any

    def link(self, relation: str) -> str | None:
        """Where the Link header (RFC 8288) leads for a relation, `next` for example."""
        for link in httpx.Response(self.status, headers=self.headers).links.values():
            parts = {str(name).lower(): value for name, value in link.items()}
            if relation in parts.get("rel", "").lower().split() and "anchor" not in parts:
                return parts.get("url")
        return None


@dataclass(frozen=True)
class Limits:
    """How hard a source may be asked."""

    rate: float = 10.0  # requests a second, retries included
    timeout: float = 30.0  # seconds a request may take in all
    attempts: int = 6  # of one request
    longest_wait: float = 300.0  # seconds; a provider that asks for more is unavailable
    largest_reply: int = 32 * 1024 * 1024
    backoff: float = 0.5  # seconds before the first retry, doubled each time


@dataclass(frozen=True)
class RetryPolicy:
    """Where a provider differs: how long a 429 asks to wait, which other answers are worth a retry."""

    wait: Callable[[httpx.Response], float | None] = lambda _response: None
    transient: Callable[[httpx.Response], bool] = lambda _response: False


class Tokens(Protocol):
    """Credentials that expire and are renewed; used by several threads at once."""

    def shown(self) -> Mapping[str, str]:
        """The headers that hold the token. SourceError when none is to be had."""
        ...

    def refused(self, shown: Mapping[str, str]) -> None:
        """The provider did not take it: the next one is a new one."""
        ...

    def close(self) -> None: ...


@dataclass
class RequestCounts:
    """What talking to the provider took, over the life of an Api."""

    requests: int = 0
    retries: int = 0
    throttled_seconds: float = 0.0
    bytes: int = 0


class FailedAttempt(NamedTuple):
    """A try that may be repeated: what to raise if it isn't, and how long the provider asks to wait."""

    error: SourceError
    wait: float | None = None
    throttled: bool = False


def expected(reply: Reply, expect: Callable[[Reply], object]) -> Reply | FailedAttempt:
    """The reply, unless it is not what `expect` takes: ContractChanged then says why."""
    try:
        expect(reply)
    except ContractChanged as changed:
        return FailedAttempt(changed)
    return reply
