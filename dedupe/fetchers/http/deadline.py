"""httpx with a time limit on a whole request (`timed_streams`).

httpx has no public way to replace its streams; in a release without the private one, connections are closed
under a request that is out of time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore
import httpx

from dedupe.timed_streams import TimedStream, time_left

_POOL, _STREAMS = "_pool", "_network_backend"  # httpx's and httpcore's own


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
        left = time_left(None, httpx.ConnectTimeout)
        timer = threading.Timer(left or 0.0, self._inner.close)
        if left is not None:
            timer.daemon = True
            timer.start()
        try:
            response = self._inner.handle_request(request)
        except httpx.TransportError:
            time_left(None, httpx.ReadTimeout)
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
            time_left(None, httpx.ReadTimeout)
            yield piece

    def close(self) -> None:
        self._inner.close()


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = time_left(timeout, httpcore.ConnectTimeout)
        return TimedStream(super().connect_tcp(host, port, left, local_address, socket_options))
