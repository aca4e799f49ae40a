"""What a receiver does is an answer; only public addresses are connected to."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from dedupe.deliveries.addresses import is_public
from dedupe.deliveries.sending import MessageSender, ReceiverAnswer, retry_after
from dedupe.deliveries.signing import signed_headers
from dedupe.deliveries.subscription import Target
from tests.receiver import SECRET, Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def sent(target: Target) -> ReceiverAnswer:
    with MessageSender(target) as sender:
        return sender.send("an-id", b'{"a":1}')


def test_a_message_arrives_as_it_was_signed(receiver: Receiver) -> None:
    assert sent(receiver.target()) == ReceiverAnswer(True)
    [came] = receiver.came
    signed = signed_headers([SECRET], "an-id", int(came.headers["webhook-timestamp"]), came.raw)
    assert {name: came.headers[name] for name in signed} == signed
    assert abs(int(signed["webhook-timestamp"]) - time.time()) < 60
    assert came.headers["content-type"] == "application/json"
    assert came.headers["host"] == receiver.url.split("/")[2]


def test_connections_are_used_again(receiver: Receiver) -> None:
    with MessageSender(receiver.target()) as sender:
        assert all(sender.send(str(number), b"{}").accepted for number in range(20))
        assert len(sender._pool.connections) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    with receiving() as elsewhere:
        receiver.answer = lambda _: (status, {"location": elsewhere.url})
        assert sent(receiver.target()).reason == f"status {status}: a redirect, which is not followed"
        assert elsewhere.came == []


def test_retry_after_is_told_in_seconds(receiver: Receiver) -> None:
    for status, overloaded in [(500, False), (429, True), (503, True)]:
        answer = (status, {"retry-after": "120"})
        receiver.answer = lambda _, answer=answer: answer  # type: ignore[misc]
        assert sent(receiver.target()) == ReceiverAnswer(False, f"status {status}", 120.0, overloaded)


def test_retry_after_may_be_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 85 < (retry_after(soon) or 0) < 95
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert [retry_after(text) for text in ("", "soon", "-5", "Wed, 99 Xyz", "9" * 40, "é")] == [None] * 6


@contextmanager
def dripping(seconds: float) -> Iterator[str]:
    """A server that sends a byte now and then, and never comes to an end."""
    ended = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with closing(connection):
                connection.recv(65536)
                for byte in b"HTTP/1.1 200 OK\r\nx-slow: " + b"x" * 1000:
                    if ended.wait(seconds):
                        return
                    try:
                        connection.send(bytes([byte]))
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            ended.set()
            thread.join()


def test_an_answer_by_a_byte_now_and_then_ends_at_the_timeout() -> None:
    with dripping(0.05) as url:
        began = time.monotonic()
        answer = sent(Target(url, (SECRET,), allow_private_addresses=True, timeout=0.5))
        assert answer == ReceiverAnswer(False, "no answer within 0.5 s")
        assert time.monotonic() - began < 5


def test_nobody_there_is_an_answer() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    assert sent(Target(url, (SECRET,), allow_private_addresses=True)).reason == "can't be reached"


def test_a_name_that_nobody_knows_is_an_answer() -> None:
    assert sent(Target("https://nobody.invalid/", (SECRET,))).reason == "can't be reached"


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::"),
    ],
)
def test_an_address_that_is_not_public_is_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_a_public_address_is_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f000001", "2130706433"])
def test_this_machine_is_refused_whatever_it_is_called(receiver: Receiver, host: str) -> None:
    url = receiver.url.replace("127.0.0.1", host)
    answer = sent(receiver.target(url=url, allow_private_addresses=False))
    assert answer.reason.startswith(("it leads to an address that is not public", "can't be reached"))
    assert receiver.came == []


def test_without_tls_nothing_goes_to_a_public_address() -> None:
    answer = sent(Target("http://8.8.8.8/", (SECRET,), allow_private_addresses=True))
    assert answer.reason == "it leads to a public address, which needs https"


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """What a name leads to, another answer each time: the resolver is an attacker's."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *rest: Any, **more: Any) -> Any:
        if host != "rebinding.example":
            return real(host, port, *rest, **more)
        asked.append(str(host))
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return asked


def test_the_address_that_was_checked_is_the_one_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is public when it is looked at and this machine when it is connected to."""
    asked = resolving(monkeypatch, ["192.0.2.1"], ["127.0.0.1"])
    monkeypatch.setattr("dedupe.deliveries.addresses.is_public", lambda address: address == "192.0.2.1")
    url = receiver.url.replace("127.0.0.1", "rebinding.example")
    assert not sent(receiver.target(url=url, allow_private_addresses=False, timeout=0.3)).accepted
    assert (asked, receiver.came) == (["rebinding.example"], [])


def test_one_private_address_among_several_is_enough(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, ["8.8.8.8", "127.0.0.1"])
    url = receiver.url.replace("127.0.0.1", "rebinding.example")
    answer = sent(receiver.target(url=url, allow_private_addresses=False))
    assert answer.reason.startswith("it leads to an address that is not public")


def test_the_host_header_and_tls_go_by_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client hello names the host; a server without a certificate for it is refused with the reason."""
    resolving(monkeypatch, ["127.0.0.1"])
    named: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def shake() -> None:
            connection, _ = listener.accept()
            with closing(connection), pytest.raises(OSError):
                context.wrap_socket(connection, server_side=True)

        thread = threading.Thread(target=shake)
        thread.start()
        url = f"https://rebinding.example:{listener.getsockname()[1]}/"
        answer = sent(Target(url, (SECRET,), allow_private_addresses=True))
        thread.join()
    assert not answer.accepted
    assert named == ["rebinding.example"]


def test_only_the_host_of_an_address_is_shown() -> None:
    assert (
        Target("https://hooks.example.org:8443/T0/secret?key=1", ()).shown == "https://hooks.example.org:8443"
    )
    assert Target("https://[2606:4700::1]/x", ()).shown == "https://[2606:4700::1]"
    assert "hush" not in repr(Target("https://x.example/", (b"hush",)))
