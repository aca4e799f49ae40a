"""A pooler that gives each transaction whatever connection is free is found out."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from dedupe.errors import DatabaseUnavailable, LockHeld
from dedupe.storage.database import Database, normalized_url, pooled_by_transaction

ENCRYPTION_REQUESTS = (80877103, 80877104)  # SSL, GSS


class Pooler:
    """A pooler with one connection to the server, which all its clients take turns with."""

    def __init__(self, url: str, *, by_transaction: bool, address: str = "127.0.0.1") -> None:
        self._url, self._by_transaction = url, by_transaction
        self._shared = psycopg.connect(url)
        self._turn = threading.Lock()
        self._door = socket.create_server((address, 0))
        self.port = self._door.getsockname()[1]
        threading.Thread(target=self._welcome, daemon=True).start()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._shared.close()

    def _welcome(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        own = self._shared if self._by_transaction else psycopg.connect(self._url)
        server = socket.socket(fileno=own.pgconn.socket)
        server.setblocking(True)  # from here on the driver only closes it
        try:
            with client:
                _greet(client)
                self._relay(client, server)
        finally:
            server.detach()
            if own is not self._shared:
                own.close()

    def _relay(self, client: socket.socket, server: socket.socket) -> None:
        holding = False
        while (said := _message(client)) and said[:1] != b"X":
            if self._by_transaction and not holding:
                holding = self._turn.acquire()
            server.sendall(said)
            if said[:1] not in (b"Q", b"S"):
                continue
            while (answer := _message(server))[:1] != b"Z":
                client.sendall(answer)
            client.sendall(answer)
            if holding and answer[5:] == b"I":
                self._turn.release()
                holding = False


def _greet(client: socket.socket) -> None:
    while True:
        (length, code) = struct.unpack("!ii", _exactly(client, 8))
        _exactly(client, length - 8)
        if code not in ENCRYPTION_REQUESTS:
            break
        client.sendall(b"N")
    settings = {"server_version": "18.0", "client_encoding": "UTF8", "standard_conforming_strings": "on"}
    parameters = b"".join(_framed(b"S", f"{key}\0{value}\0".encode()) for key, value in settings.items())
    key = _framed(b"K", struct.pack("!ii", 1, 1))
    client.sendall(_framed(b"R", struct.pack("!i", 0)) + parameters + key + _framed(b"Z", b"I"))


def _framed(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!i", len(content) + 4) + content


def _message(peer: socket.socket) -> bytes:
    head = _exactly(peer, 5)
    return head + _exactly(peer, struct.unpack("!i", head[1:])[0] - 4) if head else b""


def _exactly(peer: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length and (more := peer.recv(length - len(received))):
        received += more
    return received


@contextmanager
def pooler(database_url: str, *, by_transaction: bool) -> Iterator[Database]:
    url = normalized_url(database_url)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    pooler = Pooler(plain, by_transaction=by_transaction)
    try:
        with Database(f"postgresql://anybody@127.0.0.1:{pooler.port}/{url.database}") as database:
            yield database
    finally:
        pooler.close()


@pytest.mark.parametrize("by_transaction", [True, False])
def test_a_pooler_is_refused_if_it_pools_by_transaction(database_url: str, by_transaction: bool) -> None:
    with pooler(database_url, by_transaction=by_transaction) as database:
        assert pooled_by_transaction(database) == by_transaction
        if by_transaction:
            with pytest.raises(DatabaseUnavailable, match="name the server itself"), database.lock("any"):
                pass


BOUNCER = shutil.which("pgbouncer")


@pytest.mark.skipif(
    BOUNCER is None or (os.geteuid() == 0 and shutil.which("setpriv") is None), reason="no pgbouncer"
)
@pytest.mark.parametrize("mode", ["session", "transaction"])
def test_pgbouncer_is_served_by_session_and_refused_by_transaction(database_url: str, mode: str) -> None:
    with bouncer(database_url, mode) as address, Database(address) as database:
        if mode == "transaction":
            with pytest.raises(DatabaseUnavailable, match="name the server itself"), database.lock("any"):
                pass
            return
        for _ in range(12):  # psycopg prepares a statement that comes often
            with database.begin() as connection:
                assert connection.execute(text("SHOW timezone")).scalar_one() == "UTC"
                assert connection.execute(text("SELECT count(*) FROM dedupe.sources")).scalar_one() == 0
        with database.lock("any") as locked, Database(address) as other:
            with pytest.raises(LockHeld), other.lock("any"):
                pass
            with locked.begin() as connection:
                connection.execute(text("SELECT 1"))


@contextmanager
def bouncer(database_url: str, mode: str) -> Iterator[str]:
    """A real pgbouncer in front of the server; gives the address through it."""
    folder = Path(tempfile.mkdtemp())
    url = normalized_url(database_url)
    port = _free_port()
    socket_folder = url.query.get("host", url.host)
    (folder / "users").write_text(f'"{url.username}" "{url.password}"\n')
    (folder / "ini").write_text(
        f"[databases]\n* = host={socket_folder} port={url.query.get('port', url.port or 5432)}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {folder}/users\npool_mode = {mode}\ndefault_pool_size = 8\n"
    )
    command = [str(BOUNCER), "-q", str(folder / "ini")]
    if os.geteuid() == 0:  # it refuses to run as root; the server's user may enter the socket's folder
        user = Path(str(socket_folder)).stat().st_uid
        (folder / "users").chmod(0o644)
        shutil.chown(folder, user)
        command = ["setpriv", f"--reuid={user}", "--regid=65534", "--clear-groups", *command]
    process = subprocess.Popen(command)
    try:
        for _ in range(200):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
                break
            time.sleep(0.05)
        yield f"postgresql://{url.username}:{url.password}@127.0.0.1:{port}/{url.database}"
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
