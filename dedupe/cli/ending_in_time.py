"""An end within seconds of SIGTERM, whatever the command is at. Imports next to nothing: it is loaded first.

A stop unwinds as Ctrl-C does: requests under way are finished, locks freed. That takes as long as a
receiver's answer or a query takes, and while a library computes Python runs no handler of signals at all.
Whoever stops us (systemd, Kubernetes, a container) kills after its own time, so we end before: nothing that
was committed is lost by it, and the next run goes on from there.
"""

from __future__ import annotations

import os
import signal
import threading
import time

from dedupe.cli.interruption import INTERRUPTED

WITHIN = 9.5  # seconds from SIGTERM: who stops us is told to expect ten, and `Ending` may take nine


def end_in_time() -> None:
    """From now on SIGTERM ends this process within `WITHIN` seconds. To be called in the main thread."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    # The interpreter writes the signal's number there at once, from C, whatever the main thread is at.
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(reading,), name="ending", daemon=True).start()


def _wait(reading: int) -> None:
    while os.read(reading, 1) != bytes([signal.SIGTERM]):
        pass
    time.sleep(WITHIN)
    os.write(
        2, b"dedupe: ended in the middle of something; what was complete is kept, and the next run goes on\n"
    )
    os._exit(INTERRUPTED)
