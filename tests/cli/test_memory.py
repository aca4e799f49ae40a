"""Too little memory is told with what to do, before a library ends the process without a word."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys

import pytest

from dedupe.cli import memory

START = "from dedupe.cli.starting import main; main()"


@pytest.mark.parametrize("megabytes", [100, 400, 1500])
def test_a_limit_on_the_address_space_is_told_whatever_the_command(tmp_path, megabytes):
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))

    (tmp_path / "crm.csv").write_text("name,email\nAnn Ash,ann@example.org\n")
    command = [sys.executable, "-c", START, "match", "crm.csv", "--output", "out.csv"]
    ran = subprocess.run(command, cwd=tmp_path, preexec_fn=limit, capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert f"limited to {megabytes} MB" in ran.stderr
    assert "ulimit -v unlimited" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_without_a_limit_the_command_starts(tmp_path):
    command = [sys.executable, "-c", START, "--version"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        ImportError("libarrow.so: failed to map segment from shared object"),
        ImportError("/lib/x.so: cannot allocate memory in static TLS block"),
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
        RuntimeError("can't start new thread"),
    ],
)
def test_a_lack_of_memory_is_known_by_whatever_words(error):
    told = memory.shortage(error)
    assert told is not None
    assert "[engine] memory_limit" in told


def test_other_errors_are_no_lack_of_memory():
    assert memory.shortage(RuntimeError("ours")) is None
    assert memory.shortage(ImportError("No module named 'x'")) is None
    assert memory.shortage(OSError(errno.ENOSPC, "full")) is None
