"""A deadline for receiving a request: head and body must arrive within seconds of its first byte.

uvicorn has no such limit: its keep-alive timer, between two requests, stops at the first byte of the next,
so a client could hold a connection with half a request for as long as it likes.
"""

from __future__ import annotations

import asyncio
import logging

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from dedupe.web.problems import Problem, response

REQUEST_WITHIN = 10.0  # seconds from the first byte, or from connecting, to the last

_log = logging.getLogger("dedupe.web")


class DeadlineProtocol(H11Protocol):
    """Ends incomplete requests: with 408 where nothing was answered yet, else by closing the connection."""

    within = REQUEST_WITHIN
    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_clock()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look_at_clock()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look_at_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the server's words; ours are a problem's
        """Answer malformed HTTP in the format of all other errors."""
        self._refuse(Problem(400, "This is no HTTP request that we can read."))

    def _look_at_clock(self) -> None:
        """Start or stop our timer: it runs while a request arrives; between two requests the server's own
        does."""
        if self._under_way or self._begun:
            self._unset_keepalive_if_required()
            self._start_clock()
            return
        self._stop_clock()
        if self.conn.their_state is h11.IDLE and self.timeout_keep_alive_task is None:
            self._start_clock()  # it was answered before its body was here, and only now may the next come

    @property
    def _under_way(self) -> bool:
        return self.conn.their_state is h11.SEND_BODY

    @property
    def _begun(self) -> bool:
        """Whether a part of a request's head has arrived."""
        return self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])

    def _start_clock(self) -> None:
        if self._clock is None and not self.transport.is_closing():
            self._clock = self.loop.call_later(self.within, self._time_is_up)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _time_is_up(self) -> None:
        self._clock = None
        _log.info("a request that did not come whole was ended")
        if self._begun or (self._under_way and not self.cycle.response_started):
            self._refuse(Problem(408, f"A request must be here whole within {self.within:.0f} seconds."))
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Answer in place of the application, which sees a disconnect, and close.

        Only close where the application has answered already: it may refuse a request before its body is
        there.
        """
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._send(problem)
        self.transport.close()

    def _send(self, problem: Problem) -> None:
        answer = response(problem)
        headers = [*answer.raw_headers, (b"cache-control", b"no-store"), (b"connection", b"close")]
        for event in (
            h11.Response(status_code=problem.status, headers=headers),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
