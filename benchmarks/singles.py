"""Single changes told one a request, at a rate, by connections that are kept.

    singles(address, seconds, rate, connections, row) -> Singles

One thread sends and hears on all connections, so that the client costs little of what is measured. What is
refused with a time to try again (429, 503) is sent again after it.
"""

from __future__ import annotations

import heapq
import json
import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TRY_AGAIN = (429, 503)
_HEAD = "POST /v1/source-contacts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@dataclass
class Singles:
    """How many were answered by each status, milliseconds of each that was taken, and how late the last one
    was sent for the first time, in seconds."""

    statuses: Counter[int] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)
    seconds: float = 0.0
    late: float = 0.0


@dataclass
class _Line:
    """A kept connection; what it has asked, and what came of the answer."""

    connection: socket.socket
    number: int = -1
    since: float = 0.0
    answer: bytes = b""

    def send(self, number: int, row: dict[str, Any]) -> None:
        body = json.dumps({"source": "forms", "contacts": [row]}).encode()
        self.number, self.since, self.answer = number, time.perf_counter(), b""
        self.connection.sendall(f"{_HEAD}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def heard(self) -> tuple[int, float] | None:
        """Status and seconds to wait once the answer is whole."""
        self.answer += self.connection.recv(65536)
        head, end, body = self.answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        assert self.answer, "the service has ended the connection"
        if not end or length is None or len(body) < int(length.group(1)):
            return None
        after = re.search(rb"(?i)retry-after: *(\d+)", head)
        return int(head.split(b" ", 2)[1]), float(after.group(1)) if after else 0.0


def singles(
    address: str, seconds: int, rate: int, connections: int, row: Callable[[int], dict[str, Any]]
) -> Singles:
    """Tell `row(0)`, `row(1)` … one by one, so many a second, until all of them are taken."""
    told, total = Singles(), seconds * rate
    port = urlsplit(address).port
    lines = [_Line(socket.create_connection(("127.0.0.1", port))) for _ in range(connections)]
    idle, again, fresh, left = list(lines), list[tuple[float, int]](), 0, total
    with selectors.DefaultSelector() as selector:
        for line in lines:
            line.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(line.connection, selectors.EVENT_READ, line)
        began = time.perf_counter()
        while left:
            now = time.perf_counter() - began
            while idle and (number := _due(again, fresh, total, now, rate)) is not None:
                if number == fresh:
                    fresh, told.late = fresh + 1, now - number / rate
                idle.pop().send(number, row(number))
            for key, _ in selector.select(0.001):
                line = key.data
                if (answer := line.heard()) is None:
                    continue
                status, wait = answer
                told.statuses[status] += 1
                idle.append(line)
                if status in TRY_AGAIN:
                    heapq.heappush(again, (time.perf_counter() - began + wait, line.number))
                    continue
                told.milliseconds.append((time.perf_counter() - line.since) * 1e3)
                left -= 1
        told.seconds = time.perf_counter() - began
    for line in lines:
        line.connection.close()
    return told


def _due(again: list[tuple[float, int]], fresh: int, total: int, now: float, rate: int) -> int | None:
    """The number that is to be told now: one that was refused and has waited, else the next."""
    if again and again[0][0] <= now:
        return heapq.heappop(again)[1]
    return fresh if fresh < total and fresh / rate <= now else None
