"""A night as a process of its own: its memory goes back to the system, requests don't wait for its work, and
what kills it leaves the service alone."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Sequence

STOPPED_WITHIN = 6.0
"""Seconds that a night which is asked to end may take before it is killed (chosen: all must end in ten)."""


class NightProcess:
    """The command of a night, at work. It ends by itself when this process dies, since its standard input
    does."""

    def __init__(self, command: Sequence[str]) -> None:
        # In a session of its own: Ctrl-C at the terminal is for us, who ask it to end.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603
        self._asked = False

    def exit_code(self) -> int | None:
        """None while it is at work; of one that a signal killed, its number, negative."""
        return self._process.poll()

    def ask_to_end(self) -> None:
        """… as Ctrl-C does; asked twice is asked once."""
        if not self._asked:
            self._asked = True
            self._process.send_signal(signal.SIGTERM)

    def end(self) -> int:
        """Ask it to end, and kill it where it doesn't within `STOPPED_WITHIN`; gives its exit code."""
        self.ask_to_end()
        try:
            return self._process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()  # what was not committed is gone; the next night goes on from what was
            return self._process.wait()
        finally:
            self.close()

    def close(self) -> None:
        """Let go of it; one that is at work ends by that."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
