"""Another system that takes webhooks, over real HTTP on loopback; it answers as a test wants and keeps what
came."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from dedupe.deliveries.subscription import Target

SECRET = b"a secret of thirty-two bytes here"


@dataclass(frozen=True)
class Message:
    headers: Mapping[str, str]
    raw: bytes
    accepted: bool

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body["data"]
        return found


@dataclass
class Receiver:
    """`answer` gives the status for a message; a dict as well: headers."""

    url: str = ""
    answer: Callable[[Message], int | tuple[int, dict[str, str]]] = lambda _: 204
    came: list[Message] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def accepted(self) -> list[Message]:
        return [one for one in self.came if one.accepted]

    def target(self, **options: Any) -> Target:
        usual = {"url": self.url, "secrets": (SECRET,), "allow_private_addresses": True}
        given: dict[str, Any] = usual | options
        return Target(**given)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    receiver: Receiver

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = self.receiver.answer(Message(headers, raw, accepted=False))
        status, more = said if isinstance(said, tuple) else (said, {})
        with self.receiver.lock:
            self.receiver.came.append(Message(headers, raw, 200 <= status < 300))
        self.send_response(status)
        for name, value in {"content-length": "0", **more}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: tests look at what came."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    handler = type("Handler", (_Handler,), {"receiver": receiver})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
