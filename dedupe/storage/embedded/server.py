"""The embedded PostgreSQL: the binaries come from a package, its life cycle is managed here.

Everything is in `<data folder>/postgres` and belongs to the user that the server runs as:

    lock        flock, held exclusively while a process starts or stops the server
    users       flock, shared by every user of the server; the kernel drops it when one is killed
    password    of the role `dedupe`, mode 0600
    data/       the cluster (`data.new-…` while initdb makes it)
    socket/     the only entrance, mode 0700; a folder in /tmp if this path is too long for a socket
    log         what the server says about itself: no statements, no values

The first user starts the server, the last one stops it. If the last one is killed the server stays, and the
next user finds it running.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import secrets
import shlex
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import platformdirs
import psycopg

from dedupe.errors import DatabaseUnavailable
from dedupe.storage.embedded.files import (
    MAJOR,
    ServerUser,
    binaries,
    check_reachable,
    give,
    make_parents,
    os_errors_explained,
    room,
    server_user,
)
from dedupe.storage.embedded.process import PORT, SETTINGS, last_error, neutralize_stale_pid, server_pid
from dedupe.storage.embedded.socket import is_private, make_socket_folder, remove_socket_folder, socket_folder

ROLE = "dedupe"
PATIENCE, STOP_PATIENCE = 600.0, 60.0  # seconds; crash recovery of a large database takes minutes
ATTEMPTS = 2  # to start (chosen)


def default_data_dir() -> Path:
    """The data folder where none is configured: the user's own, and /var/lib/contact-dedupe for root, whose
    own folders the server's user can't enter."""
    if os.geteuid() == 0:
        return Path("/var/lib/contact-dedupe")
    return Path(platformdirs.user_data_dir("contact-dedupe", appauthor=False))


class Embedded:
    """A context manager by which a process uses the server of a data folder, shared with other processes."""

    def __init__(self, data_dir: Path | None = None, settings: Mapping[str, str] | None = None) -> None:
        """`settings` are Postgres's own; they apply if this process starts the server."""
        self.folder = Path(data_dir or default_data_dir()).resolve() / "postgres"
        self._settings = {**SETTINGS, **(settings or {})}
        self._using: int | None = None

    @property
    def is_made(self) -> bool:
        """Whether its folder holds a cluster, running or not."""
        return (self.folder / "data").exists()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the server unless it answers, and register as a user of it. May be called again when it has
        died."""
        with os_errors_explained(self.folder):
            self._user = self._own_folder()
            with self._locked():
                try:
                    self._ensure_cluster()
                    self._ensure_running()
                except BaseException:
                    self._stop_if_unused()
                    raise
                if self._using is None:
                    self._using = self._open("users")
                    fcntl.flock(self._using, fcntl.LOCK_SH)

    def close(self) -> None:
        """Unregister as a user; stop the server if there is no other."""
        if self._using is None:
            return
        with os_errors_explained(self.folder), self._locked():
            os.close(self._using)
            self._using = None
            self._stop_if_unused()

    def url(self, database: str = ROLE) -> str:
        """The address of one of its databases, with the password."""
        password, host = quote(self._password(), safe=""), quote(str(socket_folder(self.folder)), safe="")
        return f"postgresql://{ROLE}:{password}@/{database}?host={host}&port={PORT}"

    def pid(self) -> int | None:
        """The server's process id; None where it isn't running."""
        return server_pid(self.folder / "data")

    # --- the folder ---

    def _own_folder(self) -> ServerUser:
        """Make the folder, whole or not at all. Raises DatabaseUnavailable where the server's user can't work
        in it."""
        user = server_user(self.folder)
        if not self.folder.exists():
            make_parents(self.folder.parent, user)
            check_reachable(user, self.folder.parent)
            fresh = self.folder.with_name(f"postgres.new-{os.getpid()}-{secrets.token_hex(4)}")
            fresh.mkdir(mode=0o700)
            give(fresh, user)
            try:
                fresh.rename(self.folder)
            except OSError:  # somebody else was quicker, and is at it already
                fresh.rmdir()
                if not self.folder.is_dir():
                    raise
            user = server_user(self.folder)
        owner = self.folder.stat().st_uid
        if owner != user.uid:
            raise DatabaseUnavailable(
                f"{self.folder} belongs to another user (id {owner}). Run as that user, choose another data "
                "folder, or name a server in database.url."
            )
        check_reachable(user, self.folder)
        return user

    def _open(self, name: str) -> int:
        path = self.folder / name
        flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            descriptor = os.open(path, flags | os.O_CREAT, 0o600)
            os.fchown(descriptor, self._user.uid, self._user.gid)
            return descriptor

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        lock = self._open("lock")
        deadline = time.monotonic() + PATIENCE
        try:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > deadline:
                        raise self._unavailable(
                            "another process has been starting or stopping it for long"
                        ) from None
                    time.sleep(0.02)
            yield
        finally:
            os.close(lock)

    def _password(self) -> str:
        try:
            return (self.folder / "password").read_text().strip()
        except FileNotFoundError:
            raise self._unavailable("its password file is missing; put it back from a backup") from None

    # --- the cluster ---

    def _ensure_cluster(self) -> None:
        data = self.folder / "data"
        if data.exists():
            made_by = (data / "PG_VERSION").read_text().strip()
            if made_by != str(MAJOR):
                raise self._unavailable(
                    f"PostgreSQL {made_by} made it and PostgreSQL {MAJOR} can't read it: export the facts "
                    "with the release that made it and import them into an empty data folder"
                )
            return
        password = self.folder / "password"
        if not password.exists():
            descriptor = self._open("password")
            os.write(descriptor, secrets.token_urlsafe(32).encode())
            os.close(descriptor)
        # By a name of its own: the initdb of a starter that was killed may still be at work in another.
        for abandoned in self.folder.glob("data.new-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        fresh = self.folder / f"data.new-{secrets.token_hex(4)}"
        self._initdb(fresh)
        fresh.rename(data)

    def _initdb(self, fresh: Path) -> None:
        command: list[str | Path] = [
            binaries(self._user, self.folder) / "initdb",
            f"--pgdata={fresh}",
            f"--username={ROLE}",
            f"--pwfile={self.folder / 'password'}",
            "--auth=scram-sha-256",
            "--no-locale",
            "--encoding=UTF8",
            "--no-instructions",
            *(["--no-sync"] if self._settings.get("fsync") == "off" else []),
        ]
        made = self._user.run(command, cwd=self.folder)
        if made.returncode != 0:
            raise self._unavailable(f"initdb failed: {last_error(made.stderr)}{room(self.folder)}")

    # --- the server ---

    def _ensure_running(self) -> None:
        deadline = time.monotonic() + PATIENCE
        words = ""
        for attempt in itertools.count():
            # Asked first: it may run in another container, where its process id means nothing to us.
            while not self._answers():
                if self.pid() is None:
                    break
                if time.monotonic() > deadline:
                    raise self._unavailable(f"the server (process {self.pid()}) runs but does not answer")
                time.sleep(0.05)
            else:
                return
            # Backends of a server that was killed may take a moment to notice and let go of its memory.
            patient = attempt < ATTEMPTS or "shared memory block" in words
            if not patient or time.monotonic() > deadline:
                said = words or "its log says nothing"
                raise self._unavailable(f"it does not start: {said}{room(self.folder)}")
            time.sleep(0.2 if attempt else 0)
            words = self._launch()

    def _launch(self) -> str:
        """Start the server and wait until it is ready or has ended; gives its last error if it has ended."""
        place = make_socket_folder(self.folder, self._user)
        neutralize_stale_pid(self.folder / "data")
        log = self.folder / "log"
        with contextlib.suppress(FileNotFoundError):
            log.replace(self.folder / "log.old")
        quoted = str(place).replace('"', '""')
        settings = {**self._settings, "unix_socket_directories": f'"{quoted}"'}
        options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
        pg_ctl = binaries(self._user, self.folder) / "pg_ctl"
        # Relative names, because pg_ctl hands these two to a shell.
        start = ["start", "-D", "data", "-l", "log", "-o", options, "-s", "-w", "-t", str(int(PATIENCE))]
        started = self._user.run([pg_ctl, *start], cwd=self.folder)
        if started.returncode == 0:
            return ""
        return last_error(log.read_text(errors="replace") if log.exists() else started.stderr)

    def _answers(self) -> bool:
        """Whether the server accepts our connections."""
        if not is_private(socket_folder(self.folder), self._user):
            return False  # nobody but us shall hear the password
        try:
            with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=10) as connection:
                found = connection.execute("SELECT FROM pg_database WHERE datname = %s", [ROLE])
                if found.rowcount == 0:
                    connection.execute(f"CREATE DATABASE {ROLE}")
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                raise self._unavailable(
                    "it refuses the password in its password file; put that back"
                ) from None
            return False
        return True

    def _stop_if_unused(self) -> None:
        everyone = self._open("users")
        try:
            fcntl.flock(everyone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        finally:
            os.close(everyone)
        for means in (signal.SIGINT, signal.SIGQUIT):  # fast; then at once, to recover at the next start
            deadline = time.monotonic() + STOP_PATIENCE
            while (pid := self.pid()) is not None and time.monotonic() < deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, means)
                time.sleep(0.02)
        if self.pid() is None:
            remove_socket_folder(self.folder, self._user)

    def _unavailable(self, why: str) -> DatabaseUnavailable:
        return DatabaseUnavailable(f"The embedded Postgres in {self.folder} can't be used: {why}.")
