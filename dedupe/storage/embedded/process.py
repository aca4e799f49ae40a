"""The process of the embedded server: its settings, its process id, and its last error message."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import psutil

PORT = 5432  # of the socket's name only: nothing listens on TCP
SAME_START = 10.0  # seconds from the fork that makes a server to the start it writes down, on a busy machine

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": str(PORT),
    "max_connections": "100",
    # Containers give /dev/shm 64 MB; a parallel join would fail there.
    "dynamic_shared_memory_type": "mmap",
    "max_wal_size": "2GB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Above ERROR stands LOG: the log tells of the server, and never of a statement or a value in it.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


def server_pid(data: Path) -> int | None:
    """The id of the process that serves the cluster in `data`; None if the recorded one is gone or is another
    program."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        process = psutil.Process(int(lines[0]))
        if process.status() == psutil.STATUS_ZOMBIE or process.name() != "postgres":
            return None
        return process.pid if _serves(process, data, started=int(lines[2])) else None
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError, psutil.NoSuchProcess):
        return None


def _serves(process: psutil.Process, data: Path, started: int) -> bool:
    try:
        return Path(process.cwd()) == data.resolve()
    except psutil.AccessDenied:  # root in a container may not look; a clock that was set may mislead us then
        return abs(process.create_time() - started) < SAME_START


def neutralize_stale_pid(data: Path) -> None:
    """Make a dead server's process id harmless: by now it may belong to another process, or to a zombie.

    Postgres would take that for a living server. Only the number is replaced, by ours, which Postgres ignores
    in its parents; from the rest of the file it finds out whether backends of the dead server still use the
    data.
    """
    path = data / "postmaster.pid"
    try:
        lines = path.read_text().splitlines(keepends=True)
        if not psutil.pid_exists(int(lines[0])):
            return
    except (FileNotFoundError, IndexError, ValueError):
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.write(descriptor, "".join([f"{os.getpid()}\n", *lines[1:]]).encode())
    finally:
        os.close(descriptor)


def last_error(said: str) -> str:
    """The last line that the server calls fatal or an error, else its last line."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    grave = [line for line in lines if any(word in line for word in ("FATAL:", "PANIC:", "error:"))]
    return " ".join((grave or lines)[-2:]).rstrip(".")
