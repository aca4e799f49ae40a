"""The types that `Api` and its callers exchange: replies, limits, retry policies, counts and errors."""

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
    """The operator stopped the walk; what is stored stays, and the next run continues from there."""


class Reply(NamedTuple):
    """One answer: its status, its headers and its parsed body (JSON)."""

    status: int
    headers: httpx.Headers
    body: Any

    def link(self, relation: str) -> str | None:
        """The target of a relation in the Link header (RFC 8288), such as `next`."""
        for link in httpx.Response(self.status, headers=self.headers).links.values():
            parts = {str(name).lower(): value for name, value in link.items()}
            if relation in parts.get("rel", "").lower().split() and "anchor" not in parts:
                return parts.get("url")
        return None


@dataclass(frozen=True)
class Limits:
    """The limits for requests to one source."""

    rate: float = 10.0  # requests a second, retries included
    timeout: float = 30.0  # seconds a request may take in all
    attempts: int = 6  # of one request
    longest_wait: float = 300.0  # seconds; a provider that asks for more is unavailable
    largest_reply: int = 32 * 1024 * 1024
    backoff: float = 0.5  # seconds before the first retry, doubled each time


@dataclass(frozen=True)
class RetryPolicy:
    """A provider's own rules: the wait that a 429 asks for, and which other answers are retried."""

    wait: Callable[[httpx.Response], float | None] = lambda _response: None
    transient: Callable[[httpx.Response], bool] = lambda _response: False


class Tokens(Protocol):
    """Credentials that expire and are renewed; used by several threads at once."""

    def shown(self) -> Mapping[str, str]:
        """The headers that hold the token. Raises SourceError when no token can be had."""
        ...

    def refused(self, shown: Mapping[str, str]) -> None:
        """Discard a token that the provider refused; the next one is new."""
        ...

    def close(self) -> None: ...


@dataclass
class RequestCounts:
    """Counts of requests, retries, waits and bytes over the life of an Api."""

    requests: int = 0
    retries: int = 0
    throttled_seconds: float = 0.0
    bytes: int = 0


class FailedAttempt(NamedTuple):
    """A failed try that may be repeated: the error to raise if it isn't, and the wait that the provider
    asks for in seconds."""

    error: SourceError
    wait: float | None = None
    throttled: bool = False


def expected(reply: Reply, expect: Callable[[Reply], object]) -> Reply | FailedAttempt:
    """The reply, checked by `expect`. Raises ContractChanged with the reason when it has another shape."""
    try:
        expect(reply)
    except ContractChanged as changed:
        return FailedAttempt(changed)
    return reply
