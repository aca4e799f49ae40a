"""The middleware around every request: checks Host and size, sets headers, measures, logs one line without
values."""

from __future__ import annotations

import time
import traceback
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import dedupe
from dedupe.tracing import Span, request_span
from dedupe.web.metrics import Metrics
from dedupe.web.problem_types import TOO_LARGE
from dedupe.web.problems import Problem, response

LARGEST_BODY = 1_000_000  # bytes

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_log = structlog.stdlib.get_logger("dedupe.web")


class Guard:
    """The ASGI layer around the whole application."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str], metrics: Metrics) -> None:
        self._app = app
        self._hosts = hosts
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        sender = _Sender(scope, send)
        inner = _as_get(scope)
        with request_span(_method(scope), Headers(scope=scope)) as traced:
            try:
                if (refusal := self._refusal(scope)) is not None:
                    raise refusal
                await self._answer(inner, await _whole(receive), sender)
            except Problem as refused:
                await response(refused)(scope, receive, sender)
            except ClientDisconnect:
                pass  # nobody is there to be answered
            self._trace(traced, scope, inner, sender.status)
            self._tell(scope, inner, sender.status, time.perf_counter() - started)

    async def _answer(self, scope: Scope, receive: Receive, sender: _Sender) -> None:
        try:
            await self._app(scope, receive, sender)
        except Exception as error:  # noqa: BLE001 - the last door: whatever it is becomes a 500 and a log line
            _log.error("our bug", error=type(error).__name__, where=_frames(error), route=_route(scope))
            if sender.status == 0:
                await response(Problem(500, "This is our mistake; the log says where."))(
                    scope, receive, sender
                )

    def _refusal(self, scope: Scope) -> Problem | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name(host) not in self._hosts:
            return Problem(
                421, "We aren't called by this name; serve.allowed_hosts lists those we answer to."
            )
        if scope["method"] not in ("GET", "HEAD", "OPTIONS"):
            origin = headers.get("origin")
            if origin is not None and _host_of(origin) != host.lower():
                return Problem(403, "Another site's page sent this request.")
        length = headers.get("content-length", "0")
        known = length.isdecimal() and len(length) < 20
        return None if known and int(length) <= LARGEST_BODY else _too_large()

    def _trace(self, traced: Span, scope: Scope, inner: Scope, status: int) -> None:
        """By the route's template, never by what was asked for."""
        method, route = _method(scope), _route(inner)
        traced.name(f"{method} {route}")
        # the names of OpenTelemetry's conventions
        traced.say(**{"http.request.method": method, "http.route": route})
        traced.say(**{"http.response.status_code": status})
        if status >= 500 or status == 0:
            traced.failed()

    def _tell(self, scope: Scope, inner: Scope, status: int, seconds: float) -> None:
        route = _route(inner)
        method = _method(scope)
        self._metrics.requests.labels(method, route, str(status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        _log.info("answered", method=method, route=route, status=status, milliseconds=round(seconds * 1e3, 1))


class _Sender:
    """Adds the headers and records the status; 0 until an answer has begun."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._static = str(scope["path"]).startswith("/static/")
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", "max-age=3600" if self._static else "no-store")
        await self._send(message)


def _host_of(origin: str) -> str | None:
    """The host of a URL; None for a malformed one such as `http://[`."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:
        return None


def _as_get(scope: Scope) -> Scope:
    """The request with GET for HEAD: the application answers it, the server omits the body."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else dict(scope)


async def _whole(receive: Receive) -> Receive:
    """The body, read to its end, to be received again: so its size is known before anything acts on it.

    Raises Problem 413, however the body comes, and ClientDisconnect when it never does.
    """
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > LARGEST_BODY:
            raise _too_large()
        more = message.get("more_body", False)
    kept: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def again() -> Message:
        return kept.pop() if kept else await receive()

    return again


def _too_large() -> Problem:
    return Problem(TOO_LARGE, f"A request holds at most {LARGEST_BODY} bytes.")


_PACKAGE = Path(dedupe.__file__).parent
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _method(scope: Scope) -> str:
    return str(scope["method"]) if scope["method"] in _METHODS else "other"


def _name(host: str) -> str:
    """The Host header without its port."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower()


def _route(scope: Scope) -> str:
    return str(getattr(scope.get("route"), "path", "unknown"))


def _frames(error: BaseException) -> list[str]:
    """File, line and function of each frame in our code, and of the last one.

    No message and no locals: they could hold a contact's values.
    """
    steps = traceback.extract_tb(error.__traceback__)
    ours = [step for step in steps[:-1] if Path(step.filename).is_relative_to(_PACKAGE)]
    return [f"{Path(step.filename).name}:{step.lineno} {step.name}" for step in [*ours, *steps[-1:]]]
