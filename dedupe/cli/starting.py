"""The entry point of the command `dedupe`: loads everything else, or says why it can't."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from dedupe.cli.ending_in_time import end_in_time
from dedupe.cli.interruption import INTERRUPTED

_NEW_OBJECTS = 10_000
"""The garbage collector looks for cycles after so many new objects, not after 700: batches make lists of
texts, and looking took a tenth of normalizing a million contacts. Measured; from 100,000 on cycles that hold
a batch's columns stay long enough to be seen in the peak."""


def main() -> None:
    """Load and run the command. Ctrl-C or SIGTERM during loading ends it silently: nothing has begun."""
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:  # the first process of a container would ignore it
        signal.signal(signal.SIGTERM, _leave)
    end_in_time()
    asked = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else ignored, as behind nohup
    if asked:
        signal.signal(signal.SIGINT, _leave)
    run = _loaded()
    gc.set_threshold(_NEW_OBJECTS)
    try:
        if asked:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        run()
    except KeyboardInterrupt:  # before or after what `run` itself looks after
        _leave(signal.SIGINT, None)


def _loaded() -> Callable[[], None]:
    from dedupe.cli import memory  # not above: nothing is loaded before Ctrl-C is looked after

    if message := memory.refusal():
        _end(message)
    try:
        from dedupe.cli.main import main as run  # not above: what it loads is what may fail
    except (ImportError, MemoryError, OSError, RuntimeError) as error:
        if message := memory.shortage(error):
            _end(message)
        raise
    return run


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Exit at once: an exception raised while a library loads may be replaced or swallowed."""
    os.write(2, b"dedupe: interrupted\n")
    os._exit(INTERRUPTED)


def _end(message: str) -> None:
    from dedupe.cli.exits import BAD_INPUT

    sys.stderr.write(f"dedupe: {message}\n")
    sys.exit(BAD_INPUT)
