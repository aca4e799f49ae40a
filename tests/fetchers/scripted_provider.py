"""A provider that answers by script: one answer a request, over real HTTP on loopback."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


@dataclass
class Answer:
    body: bytes | str = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float | None = None  # seconds between two bytes
    head_at_once: bool = False  # only the body drips


@dataclass
class Provider:
    url: str
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def provider(
    *answers: Answer | Callable[[str], Answer], certificate: tuple[Path, Path] | None = None
) -> Iterator[Provider]:
    """Answers in turn, the last one for ever; over TLS with a certificate and its key."""
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            turn = min(len(said.requests), len(answers) - 1)
            said.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            made = answers[turn]
            answer = made if isinstance(made, Answer) else made(self.path)
            body = answer.body.encode() if isinstance(answer.body, str) else answer.body
            try:
                self.send_response(answer.status)
                for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                if answer.drip is not None:
                    self._drip(answer.drip, body, answer.head_at_once)
                    return
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def _drip(self, seconds: float, body: bytes, head_at_once: bool) -> None:
            self.close_connection = True
            buffer: list[bytes] = getattr(self, "_headers_buffer")  # noqa: B009  typeshed hides it
            head = b"".join(buffer) + b"\r\n"
            if head_at_once:
                self.wfile.write(head)
                head = b""
            for place in range(len(head + body)):
                if stop.wait(seconds):
                    return
                self.wfile.write((head + body)[place : place + 1])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    said = Provider(f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield said
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()
