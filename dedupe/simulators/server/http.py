"""A small HTTP/1.1 server on loopback: a thread per connection, keep-alive, and broken answers on demand.

The standard library's `http.server` parses headers with the email package and writes them one by one; here
a page costs less than its JSON, and the connection can be dropped in the middle of an answer.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from types import TracebackType
from typing import NamedTuple
from urllib.parse import parse_qsl

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


class SimulatedRequest(NamedTuple):
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]  # names in lower case
    body: bytes

    def parameter(self, name: str) -> str | None:
        """The last value given for a query parameter."""
        return next((value for key, value in reversed(self.query) if key == name), None)


@dataclass
class Response:
    status: int
    body: bytes
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    send_only: int | None = None  # so many bytes of the body, then the connection is let go of
    bytes_per_second: float | None = None
    clock_skew: float = 0.0  # seconds that the Date header is ahead

    def head(self) -> bytes:
        lines = [
            f"HTTP/1.1 {self.status} {_PHRASES.get(self.status, 'Unknown')}",
            f"Date: {formatdate(time.time() + self.clock_skew, usegmt=True)}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


Answer = Callable[[SimulatedRequest], Response | None]
"""What answers a request; None lets go of the connection without a word."""


class _Connection(socketserver.StreamRequestHandler):
    server: Server
    disable_nagle_algorithm = True

    def handle(self) -> None:
        with self.server.holding(self.connection), contextlib.suppress(OSError):
            while (request := self._read()) is not None:
                response = self.server.answer(request)
                if response is None or not self._write(response):
                    return
                if request.headers.get("connection", "").lower() == "close":
                    return

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def _read(self) -> SimulatedRequest | None:
        line = self.rfile.readline(65537).decode("latin-1")
        parts = line.split()
        if len(parts) != 3:
            return None
        headers: dict[str, str] = {}
        while (header := self.rfile.readline(65537)) not in (b"\r\n", b"\n", b""):
            name, _, value = header.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()
        length = headers.get("content-length", "")
        body = self.rfile.read(int(length)) if length.isdigit() else b""
        path, _, query = parts[1].partition("?")
        return SimulatedRequest(parts[0], path, parse_qsl(query, keep_blank_values=True), headers, body)

    def _write(self, response: Response) -> bool:
        """Send the answer; False when the connection is not to be used again."""
        body = response.body if response.send_only is None else response.body[: response.send_only]
        if response.bytes_per_second is None:
            self.connection.sendall(response.head() + body)
        else:
            self.connection.sendall(response.head())
            for place in range(len(body)):
                if self.server.closing.wait(1 / response.bytes_per_second):
                    return False
                self.connection.sendall(body[place : place + 1])
        return response.send_only is None


class Server(socketserver.ThreadingTCPServer):
    """Listens on 127.0.0.1 from the moment it is made (port 0: a free one); `close()` leaves nothing open."""

    allow_reuse_address = True
    daemon_threads = False
    request_queue_size = 256

    def __init__(self, answer: Answer, name: str, port: int) -> None:
        self.answer = answer
        self.closing = threading.Event()
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Connection)
        self.port: int = self.server_address[1]
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), name=f"simulator-{name}")
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @contextlib.contextmanager
    def holding(self, connection: socket.socket):  # type: ignore[no-untyped-def]
        with self._guard:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._guard:
                self._open.discard(connection)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that went away; print anything else, which is a bug of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def close(self) -> None:
        self.closing.set()
        self.shutdown()
        self._thread.join()
        with self._guard:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
