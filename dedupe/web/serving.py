"""Runs the application: on loopback only, unless tokens are required."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from dedupe.errors import ConfigurationError, UsageError
from dedupe.web.callers import PEER
from dedupe.web.connections import DeadlineProtocol

STARTS_WITHIN = 15.0  # seconds
ENDED_WITHIN = 4  # seconds for requests under way, of the ten in which all must end
BACKLOG = 1024  # connections that wait to be accepted


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def hosts_for(host: str, allowed: list[str]) -> frozenset[str]:
    """The accepted host names when bound to `host`; other than loopback names, the operator must configure
    them.

    Raises ConfigurationError where they are not named.
    """
    ours = {"localhost", "127.0.0.1", "[::1]"} if is_loopback(host) else set()
    if not is_loopback(host) and host not in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        ours.add(f"[{host}]" if ":" in host else host.lower())
    names = ours | {name.lower() for name in allowed}
    if not names:
        raise ConfigurationError("serve.allowed_hosts: name the hosts by which the service will be called")
    return frozenset(names)


def bound(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises UsageError when the address isn't available."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sets TCP_NODELAY only where it is: without, every answer on a kept
    # connection waits for the client's delayed acknowledgement, 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise UsageError(f"can't listen on {host} port {port}: {error.strerror}") from None
    return listener


def serve(app: FastAPI, listener: socket.socket, ending: Callable[[], None] = lambda: None) -> None:
    """Serve until interrupted; requests under way are finished first. `ending` is called as soon as that
    begins."""
    server = _server(app)
    server.ending = ending
    server.run(sockets=[listener])


@contextlib.contextmanager
def serving(app: FastAPI, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve in a thread while the block lasts; gives the URL."""
    with bound(host, port) as listener:
        server = _server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="web")
        thread.start()
        try:
            _wait_until_started(server, thread)
            name = f"[{host}]" if ":" in host else host
            yield f"http://{name}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


class _Server(uvicorn.Server):
    """Tells when it was asked to end."""

    ending: Callable[[], None] = staticmethod(lambda: None)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.ending()
        super().handle_exit(sig, frame)


def _server(app: FastAPI) -> _Server:
    settings = uvicorn.Config(
        _with_peer(app),
        proxy_headers=False,  # below, behind the peer's address
        http=DeadlineProtocol,
        backlog=BACKLOG,
        access_log=False,  # its lines hold the query string; ours (guarding.py) don't
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=ENDED_WITHIN,
        lifespan="on",
        ws="none",
    )
    return _Server(settings)


def _with_peer(app: FastAPI) -> ASGIApp:
    """The application, told by the connection where it comes from before forwarded headers say otherwise.
    Those of a proxy on this machine are believed ($FORWARDED_ALLOW_IPS names others)."""
    inner: Any = ProxyHeadersMiddleware(app, os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"))  # type: ignore[arg-type]

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[PEER] = scope["client"][0] if scope.get("client") else ""
        await inner(scope, receive, send)

    return answer


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise UsageError("the web server did not start")
        time.sleep(0.01)
