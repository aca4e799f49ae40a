"""The HTTP client for providers: authentication, rate limit, timeouts, retries, and errors classed by
recovery.

    api = Api("helpdesk", "https://api.example.org", {"X-Key": token}, Limits(rate=10))
    reply = api.get("/v1/contacts", {"limit": 100})

Redirects are never followed and no other host is ever contacted, so credentials stay with the provider.
All threads of a source share its waits for the rate limit and for retries. Errors and counts never hold a
value.
"""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from dedupe.errors import ContractChanged, CredentialsRefused, SourceUnavailable
from dedupe.fetchers.http.cookies import NoCookies
from dedupe.fetchers.http.deadline import transport
from dedupe.fetchers.http.decoding import ACCEPTED, NotDecoded, TooLarge, decoded
from dedupe.fetchers.http.exchange import (
    FailedAttempt,
    Limits,
    Reply,
    RequestCounts,
    RequestRefused,
    RetryPolicy,
    Stopped,
    Tokens,
    Unauthorized,
    expected,
)
from dedupe.fetchers.http.proxies import proxy_of
from dedupe.fetchers.http.rate_limit import RateLimiter
from dedupe.fetchers.http.request import Request
from dedupe.fetchers.http.responses import (
    certificate_fault,
    date_of,
    error_code,
    retry_after,
    transport_fault,
    with_body,
)
from dedupe.fetchers.http.urls import Params, leads_elsewhere, path_behind
from dedupe.timed_streams import deadline

__all__ = ["Api", "Limits", "Reply", "RequestCounts", "RequestRefused", "RetryPolicy", "Stopped", "Tokens"]

Expect = Callable[[Any], object]

_RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})
_HEADERS = {"Accept": "application/json", "Accept-Encoding": ACCEPTED, "User-Agent": "contact-dedupe"}
_GLANCE = 0.2  # seconds between two looks, while waiting, whether the answer is still wanted
_JITTER = random.SystemRandom()


class Api:
    """A provider's HTTP interface for one source; used by several threads at once."""

    def __init__(
        self,
        source: str,
        base_url: str,
        headers: Mapping[str, str],
        limits: Limits | None = None,
        habits: RetryPolicy | None = None,
        stop: threading.Event | None = None,
        secret_params: Mapping[str, str] | None = None,
        tokens: Tokens | None = None,
    ) -> None:
        """`secret_params` are added to the query of every request; no cursor, log or error holds them."""
        logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it writes addresses with their query
        self.source = source
        self.base_url = base_url.rstrip("/")
        self.limits = limits or Limits()
        self.habits = habits or RetryPolicy()
        self.counts = RequestCounts()
        self.skew: float | None = None  # seconds that the provider's clock is ahead, by its last answer
        self.pace = RateLimiter(self.limits.rate)
        self._secret_params = dict(secret_params or {})
        self._tokens = tokens
        self._stop = stop or threading.Event()
        self._lock = threading.Lock()
        self._abandoned = 0
        self._client = httpx.Client(
            headers={**_HEADERS, **headers},
            timeout=self.limits.timeout,
            follow_redirects=False,
            cookies=NoCookies(),
            transport=transport(proxy_of(base_url)),
            trust_env=False,  # of the environment only what `proxy_of` takes, and SSL_CERT_FILE
        )

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()
        if self._tokens is not None:
            self._tokens.close()

    @contextmanager
    def abandoned(self) -> Iterator[None]:
        """Raise Stopped in threads that wait for a slot or a retry while the block lasts; requests under
        way continue."""
        with self._lock:
            self._abandoned += 1
        try:
            yield
        finally:
            with self._lock:
                self._abandoned -= 1

    def get(self, path: str, params: Params | None = None, expect: Expect | None = None) -> Reply:
        """Send a GET request; see `ask`."""
        return self.ask(
            Request(path, params or ()), None if expect is None else lambda reply: expect(reply.body)
        )

    def ask(self, request: Request, expect: Callable[[Reply], object] | None = None) -> Reply:
        """Send a request and give the answer, after as many tries as it needs.

        `expect` raises ContractChanged for an answer of another shape than agreed. Such an answer is
        retried, like one that can't be decoded: both occur while a provider is in trouble.

        Raises SourceUnavailable when the tries are used up, CredentialsRefused on 401 and 403,
        RequestRefused on other 4xx, ContractChanged on a redirect or a body that is wrong or too large,
        Stopped when the walk is stopped.
        """
        for attempt in range(1, self.limits.attempts + 1):
            outcome = self._tried(request)
            if isinstance(outcome, Reply) and expect is not None:
                outcome = expected(outcome, expect)
            if isinstance(outcome, Reply):
                return outcome
            unsure = request.once and not outcome.throttled
            if unsure or attempt == self.limits.attempts or not self._may_retry():
                raise outcome.error
            self._before_retry(outcome, attempt)
        raise AssertionError("a request is tried at least once")

    def linked(self, link: str) -> list[tuple[str, str]]:
        """The query of a link that the provider gave, to be sent to the path that answered.

        Raises ContractChanged when the link leads to another host, port or scheme.
        """
        if leads_elsewhere(link, self.base_url):
            raise ContractChanged(f"{self.source}: a link leads to another host; it was not followed")
        return parse_qsl(urlsplit(link).query, keep_blank_values=True)

    def behind(self, link: str, asked: Request) -> str:
        """The path and query of a link in the answer to `asked`, without our secrets.

        Raises ContractChanged when the link leads to another host, port or scheme, or isn't a URL.
        """
        if leads_elsewhere(link, self.base_url):
            raise ContractChanged(f"{self.source}: a link leads to another host; it was not followed")
        found = path_behind(link, asked.address(self.base_url, {}), self._secret_params)
        if found is None:
            raise ContractChanged(f"{self.source}: a link is no address; it was not followed")
        return found

    def _tried(self, request: Request) -> Reply | FailedAttempt:
        """Try once; a refused token is renewed and sent once more."""
        self._wait(self.pace.slot(), throttled=False)
        if self._tokens is None:
            return self._try(request, {})
        shown = self._tokens.shown()
        try:
            return self._try(request, shown)
        except Unauthorized:
            self._tokens.refused(shown)
        self._wait(self.pace.slot(), throttled=False)
        return self._try(request, self._tokens.shown())

    def _try(self, request: Request, headers: Mapping[str, str]) -> Reply | FailedAttempt:
        with self._lock:
            self.counts.requests += 1
        try:
            with deadline(self.limits.timeout):
                return self._once(request, headers)
        except httpx.TimeoutException:
            seconds = f"{self.limits.timeout:g}"
            return FailedAttempt(SourceUnavailable(f"{self.source}: no whole answer within {seconds} s"))
        except (httpx.InvalidURL, UnicodeEncodeError):  # of a redirect too: the library looks where it leads
            what = f"{self.source}: a cursor, a link or a redirect is no address; is base_url right?"
            raise ContractChanged(what) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            return self._transport_failed(error)

    def _once(self, request: Request, headers: Mapping[str, str]) -> Reply | FailedAttempt:
        url = request.address(self.base_url, self._secret_params)
        own = {**request.headers, **headers}
        with self._client.stream(request.method, url, content=request.content, headers=own) as response:
            if (clock := date_of(response.headers.get("date", ""))) is not None:
                self.skew = (clock - datetime.now(UTC)).total_seconds()
            body = self._body(response)
        if response.is_success:
            return self._parsed(response, body, request)
        return self._refusal(with_body(response, body))

    def _body(self, response: httpx.Response) -> bytes:
        encodings = response.headers.get_list("content-encoding", split_commas=True)
        try:
            body = b"".join(decoded(response.iter_raw(), encodings, self.limits.largest_reply))
        except TooLarge:
            most = self.limits.largest_reply
            raise ContractChanged(f"{self.source}: an answer is over {most} bytes") from None
        except NotDecoded as error:
            raise httpx.DecodingError(str(error)) from None
        except (httpx.ReadError, httpx.RemoteProtocolError):
            raise httpx.DecodingError("it broke off before its end") from None
        with self._lock:
            self.counts.bytes += len(body)
        return body

    def _parsed(self, response: httpx.Response, body: bytes, request: Request) -> Reply | FailedAttempt:
        try:
            return Reply(response.status_code, response.headers, request.read(body))
        except ValueError:
            kind = re.sub(r"[^\w/+.-].*", "", response.headers.get("content-type", "")) or "no content type"
            what = f"status {response.status_code} with a body that is not {request.format} ({kind})"
            return FailedAttempt(ContractChanged(f"{self.source}: {what}"))

    def _refusal(self, response: httpx.Response) -> FailedAttempt:
        status = response.status_code
        code = error_code(response)
        said = f"{self.source}: status {status}" + (f" ({code})" if code else "")
        if status in _RETRIED or status >= 500 or self.habits.transient(response):
            return FailedAttempt(SourceUnavailable(said), self._asked_wait(response), throttled=status == 429)
        if status in (401, 403):
            what = "the credentials" if status == 401 else "the permissions (scope) of the credentials"
            refused = Unauthorized if status == 401 else CredentialsRefused
            raise refused(f"{said}: {what} must be mended by a person")
        if response.is_redirect or 300 <= status < 400:
            raise ContractChanged(f"{said}: a redirect, which is never followed; is base_url right?")
        raise RequestRefused(said, status, code)

    def _asked_wait(self, response: httpx.Response) -> float | None:
        asked = retry_after(response.headers)
        return self.habits.wait(response) if asked is None and response.status_code == 429 else asked

    def _transport_failed(self, error: httpx.HTTPError) -> FailedAttempt:
        if isinstance(error, httpx.LocalProtocolError):
            what = "its secret is empty or holds a blank or a line end, so it fits into no header"
            raise CredentialsRefused(f"{self.source}: {what}") from None
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            what = f"{self.source}: its TLS certificate is not valid{certificate_fault(str(error))}"
            raise SourceUnavailable(what) from None
        return FailedAttempt(SourceUnavailable(f"{self.source}: {transport_fault(error, self.base_url)}"))

    def _may_retry(self) -> bool:
        """Whether the run's retry budget allows another: fifty, and one more for every two requests
        (chosen)."""
        with self._lock:
            return self.counts.retries < 50 + self.counts.requests // 2

    def _before_retry(self, failed: FailedAttempt, attempt: int) -> None:
        wait = failed.wait
        if wait is not None and wait > self.limits.longest_wait:
            raise SourceUnavailable(f"{self.source}: it asks to wait {wait:.0f} s") from failed.error
        if wait is None:
            ceiling = min(self.limits.backoff * 2 ** (attempt - 1), 30.0)
            wait = _JITTER.uniform(ceiling / 2, ceiling)
        else:
            wait += _JITTER.uniform(0, min(1.0, self.limits.backoff))
        with self._lock:
            self.counts.retries += 1
        if failed.throttled:
            self.pace.pause(wait)
        self._wait(wait, throttled=failed.throttled)

    def _wait(self, seconds: float, *, throttled: bool) -> None:
        if throttled:
            with self._lock:
                self.counts.throttled_seconds += seconds
        until = time.monotonic() + seconds
        while True:
            if self._stop.is_set():
                raise Stopped(f"{self.source}: stopped by the operator")
            if self._abandoned:
                raise Stopped(f"{self.source}: nobody wants the answer any more")
            if (left := until - time.monotonic()) <= 0:
                return
            self._stop.wait(min(left, _GLANCE))
