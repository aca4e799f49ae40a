"""What a client may do with a connection: keep it, leave a request half sent, send without end."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import count
from urllib.parse import urlsplit

import httpx
import pytest

from dedupe.web.connections import Connection
from dedupe.web.guarding import LARGEST_BODY
from dedupe.web.serving import bound
from tests.web.conftest import Open

HEAD = b"POST /v1/lookup HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
HALVES = {
    "nothing": b"",
    "a word of a head": b"GET /heal",
    "half a head": HEAD + b"Content-Le",
    "half a body": HEAD + b"Content-Length: 50\r\n\r\n{",
    "half a chunk": HEAD + b"Transfer-Encoding: chunked\r\n\r\n10\r\n{",
    "a whole request and half of the next": b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /hea",
}


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch, opened: Open) -> httpx.Client:
    """The application, which waits for the rest of a request much shorter than for users."""
    monkeypatch.setattr(Connection, "within", 0.3)
    return opened()


def connected(client: httpx.Client) -> socket.socket:
    where = urlsplit(str(client.base_url))
    assert where.hostname is not None
    assert where.port is not None
    return socket.create_connection((where.hostname, where.port), timeout=20)


def rest(connection: socket.socket) -> bytes:
    """All that comes until the server ends the connection."""
    told = b""
    while piece := connection.recv(65536):
        told += piece
    return told


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_what_is_accepted_sends_at_once(host: str) -> None:
    if host == "::1" and not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with bound(host, 0) as listener, socket.create_connection(listener.getsockname()[:2]):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.proto == socket.IPPROTO_TCP


def test_a_connection_that_is_kept_sends_at_once(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    delayed = []
    made = Connection.connection_made

    def look(self: Connection, transport: object) -> None:
        made(self, transport)  # type: ignore[arg-type]
        served = transport.get_extra_info("socket")  # type: ignore[attr-defined]
        delayed.append(served.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 0)

    monkeypatch.setattr(Connection, "connection_made", look)
    client.get("/healthz")
    assert delayed == [False]


@pytest.mark.parametrize("sent", HALVES.values(), ids=HALVES.keys())
def test_half_a_request_is_ended(hasty: httpx.Client, sent: bytes) -> None:
    with connected(hasty) as connection:
        connection.sendall(sent)
        told = rest(connection)
    assert told.count(b"HTTP/1.1 408 ") == (sent != b"")
    assert told.count(b"application/problem+json") == (sent != b"")


def fill(connection: socket.socket, piece: bytes, pause: float = 0.0) -> None:
    """Send on and on, until the server lets go."""
    for _ in count():
        connection.sendall(piece)
        time.sleep(pause)


def test_a_request_that_trickles_is_ended_however_steady(hasty: httpx.Client) -> None:
    with connected(hasty) as connection, pytest.raises(ConnectionError):
        fill(connection, b"G", 0.02)


def test_hundreds_of_half_requests_keep_nobody_out(hasty: httpx.Client) -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(closing(connected(hasty))) for _ in range(400)]
        for connection in held:
            connection.sendall(HALVES["half a body"])
        assert hasty.get("/healthz").status_code == 200
        assert all(b" 408 " in rest(connection) for connection in held)


def test_a_connection_is_kept_from_request_to_request(monkeypatch: pytest.MonkeyPatch, opened: Open) -> None:
    monkeypatch.setattr(Connection, "within", 5.0)
    body = b'{"email": "nobody@example.org"}'
    with connected(opened()) as connection:
        for _ in range(3):
            for piece in (HEAD, b"Content-Length: %d\r\n\r\n" % len(body), body[:9], body[9:]):
                connection.sendall(piece)
                time.sleep(0.5)  # each request well within what one may take, all together longer
            told = b""
            while not told.endswith(b'{"hits":[]}'):
                told += connection.recv(65536)
            assert told.startswith(b"HTTP/1.1 200 ")


def spaces(number: int) -> Iterator[bytes]:
    return (b" " * 65536 for _ in range(number))


@pytest.mark.parametrize("method", ["POST", "GET", "DELETE"])
@pytest.mark.parametrize("path", ["/v1/lookup", "/sign-in", "/static/style.css", "/nowhere"])
def test_a_body_over_the_limit_is_too_large_however_it_comes(
    client: httpx.Client, method: str, path: str
) -> None:
    for content in (b" " * (LARGEST_BODY + 1), spaces(LARGEST_BODY // 65536 + 1)):
        said = client.request(method, path, content=content)
        assert said.status_code == 413
        assert said.headers["content-type"] == "application/problem+json"


def test_a_body_without_end_is_cut_off(hasty: httpx.Client) -> None:
    with connected(hasty) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        with pytest.raises(ConnectionError):
            fill(connection, b"10000\r\n" + b" " * 65536 + b"\r\n")


def test_a_body_as_large_as_allowed_is_read(client: httpx.Client) -> None:
    body = b'{"email": "nobody@example.org"}'
    headers = {"Content-Type": "application/json"}
    for content in (body.ljust(LARGEST_BODY), iter([body.ljust(LARGEST_BODY)])):
        assert client.post("/v1/lookup", content=content, headers=headers).status_code == 200


def test_what_is_no_http_is_told_as_a_problem(client: httpx.Client) -> None:
    with connected(client) as connection:
        connection.sendall(b"\x16\x03\x01 ann@example.org\r\n\r\n")
        told = rest(connection)
    assert told.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in told
    assert b"ann@" not in told


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/golden-contacts", "GET, HEAD, OPTIONS"),
        ("/v1/lookup", "OPTIONS, POST"),
        ("/v1/audits", "GET, HEAD, OPTIONS, POST"),
        ("/v1/explain", "GET, HEAD, OPTIONS, POST"),
        ("/sign-in", "GET, HEAD, OPTIONS, POST"),
        ("/healthz", "GET, HEAD, OPTIONS"),
        ("/static/style.css", "GET, HEAD, OPTIONS"),
    ],
)
def test_an_address_says_all_that_it_answers_to(client: httpx.Client, path: str, methods: str) -> None:
    refused = client.request("TRACE", path)
    assert (refused.status_code, refused.headers["allow"]) == (405, methods)
    asked = client.options(path)
    assert (asked.status_code, asked.headers["allow"], asked.content) == (204, methods, b"")
    for method in ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"):
        assert (client.request(method, path).status_code == 405) == (method not in methods.split(", "))


@pytest.mark.parametrize("path", ["/healthz", "/", "/v1/events", "/static/style.css", "/openapi.json"])
def test_head_is_get_without_the_body(client: httpx.Client, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == whole.headers["content-type"]
    assert client.head("/v1/nowhere").status_code == 404
    assert client.options("/v1/nowhere").status_code == 404


def test_a_broken_body_behind_the_answer_ends_the_connection_without_a_trace(
    client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    refused = b"POST /v1/lookup HTTP/1.1\r\nHost: evil.example\r\nTransfer-Encoding: chunked\r\n\r\n"
    with connected(client) as connection:
        connection.sendall(refused)
        assert connection.recv(65536).startswith(b"HTTP/1.1 421 ")
        connection.sendall(b"no chunk\r\n")
        assert b"HTTP/1.1" not in rest(connection)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
