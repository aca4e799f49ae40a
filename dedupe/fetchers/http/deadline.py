"""A time limit on a whole request.

httpx limits each read, so a server that sends one byte a second could keep a request open for ever. Here
the network stream gets the time left of the request as its limit at each read. httpx has no public way to
do this; in a release without the private one, connections are closed under a request that is out of time.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import httpcore
import httpx

_local = threading.local()
_POOL, _STREAMS = "_pool", "_network_backend"  # httpx's and httpcore's own


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Limit all reads and writes of this thread to so many seconds in total; then they time out."""
    _local.until = time.monotonic() + seconds
    try:
        yield
    finally:
        _local.until = None


def transport(proxy: str | None = None) -> httpx.BaseTransport:
    """An httpx transport whose streams observe the deadline; $SSL_CERT_FILE may name other certificate
    authorities."""
    limits = httpx.Limits(max_connections=16, max_keepalive_connections=16)
    made = httpx.HTTPTransport(limits=limits, proxy=proxy, trust_env=True)
    pool = getattr(made, _POOL, None)
    if not hasattr(pool, _STREAMS):
        return _ClosedInTime(made)
    setattr(pool, _STREAMS, _Backend())
    return made


class _ClosedInTime(httpx.BaseTransport):
    """The fallback: closes connections at the deadline. Other requests on the transport lose theirs too
    and are retried."""

    def __init__(self, inner: httpx.HTTPTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        left = _left(None, httpx.ConnectTimeout)
        timer = threading.Timer(left or 0.0, self._inner.close)
        if left is not None:
            timer.daemon = True
            timer.start()
        try:
            response = self._inner.handle_request(request)
        except httpx.TransportError:
            _left(None, httpx.ReadTimeout)
            raise
        finally:
            timer.cancel()
        stream = _Timed(response.stream)
        return httpx.Response(
            response.status_code, headers=response.headers, stream=stream, extensions=response.extensions
        )

    def close(self) -> None:
        self._inner.close()


class _Timed(httpx.SyncByteStream):
    """A response body that ends at the deadline."""

    def __init__(self, inner: httpx.SyncByteStream | httpx.AsyncByteStream) -> None:
        assert isinstance(inner, httpx.SyncByteStream)
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._inner:
            _left(None, httpx.ReadTimeout)
            yield piece

    def close(self) -> None:
        self._inner.close()


def _left(timeout: float | None, error: type[Exception]) -> float | None:
    until: float | None = getattr(_local, "until", None)
    if until is None:
        return timeout
    left = until - time.monotonic()
    if left <= 0:
        raise error("the request took too long")
    return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(super().connect_tcp(host, port, left, local_address, socket_options))
