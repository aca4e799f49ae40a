"""The first step of the command `dedupe`: load everything else, or say why that can't be."""

from __future__ import annotations

import sys

from dedupe.cli import memory
from dedupe.cli.exits import BAD_INPUT


def main() -> None:
    if told := memory.refusal():
        _end(told)
    try:
        from dedupe.cli.main import main as run  # not above: what it loads is what may fail
    except (ImportError, MemoryError, OSError, RuntimeError) as error:
        if told := memory.shortage(error):
            _end(told)
        raise
    run()


def _end(told: str) -> None:
    sys.stderr.write(f"dedupe: {told}\n")
    sys.exit(BAD_INPUT)
