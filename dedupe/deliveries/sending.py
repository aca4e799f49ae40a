"""Sends one message to one receiver, once: signed, within the timeout, to a checked address; no redirect is
followed.

    answer = sender.send("0199…", body)
    answer.accepted       2xx
    answer.reason         why not: `status 503`, `no answer within 10 s`; never what was received
    answer.retry_after    seconds that the receiver asks to wait
    answer.overloaded     429 or 503: it asks so for all that is sent to it (RFC 6585, RFC 9110)

What a receiver does is an answer, never an exception.
"""

from __future__ import annotations

import re
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpcore

from dedupe import __version__
from dedupe.deliveries.addresses import AddressRefused, CheckedBackend
from dedupe.deliveries.signing import signed_headers
from dedupe.deliveries.subscription import Target
from dedupe.timed_streams import deadline

_HEADERS = {"content-type": "application/json", "user-agent": f"contact-dedupe/{__version__}"}
_READ_AT_MOST = 64 << 10  # bytes of an answer: what it says doesn't matter, read to use the connection again
_SECONDS = re.compile(r"[0-9]{1,9}")
_OVERLOADED = (429, 503)
_LONGEST_DATE = 100  # characters of a header that may be a time (chosen)


@dataclass(frozen=True)
class ReceiverAnswer:
    accepted: bool
    reason: str = ""
    retry_after: float | None = None
    overloaded: bool = False


class MessageSender:
    """Keeps connections to one receiver; safe to share between threads."""

    def __init__(self, target: Target, connections: int = 4) -> None:
        self._target = target
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=connections,
            keepalive_expiry=30,
            network_backend=CheckedBackend(
                allow_private=target.allow_private_addresses,
                allow_public=target.url.startswith("https://"),
            ),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.close()

    def send(self, message_id: str, body: bytes) -> ReceiverAnswer:
        """Send a message (JSON in UTF-8) and say what came back; never raises for what the receiver does."""
        try:
            with deadline(self._target.timeout):
                return self._send(message_id, body)
        except httpcore.TimeoutException:
            return ReceiverAnswer(False, f"no answer within {self._target.timeout:g} s")
        except AddressRefused as refused:
            return ReceiverAnswer(False, str(refused))
        except httpcore.ConnectError as error:
            return ReceiverAnswer(False, f"can't be reached{_certificate_fault(str(error))}")
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            return ReceiverAnswer(False, f"the connection broke off ({type(error).__name__})")

    def _send(self, message_id: str, body: bytes) -> ReceiverAnswer:
        signed = signed_headers(self._target.secrets, message_id, int(time.time()), body)
        headers = [*_HEADERS.items(), *signed.items()]
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self._target.timeout)
        with self._pool.stream(
            "POST", self._target.url, headers=headers, content=body, extensions={"timeout": limits}
        ) as response:
            answer = _answer(response)
            size = 0
            for part in response.iter_stream():
                size += len(part)
                if size > _READ_AT_MOST:
                    break
        return answer


def _answer(response: httpcore.Response) -> ReceiverAnswer:
    status = response.status
    if 200 <= status < 300:
        return ReceiverAnswer(True)
    said = f"status {status}" + (": a redirect, which is not followed" if 300 <= status < 400 else "")
    headers = {name.lower(): value.decode("latin-1") for name, value in response.headers}
    asked = retry_after(headers.get(b"retry-after", ""))
    return ReceiverAnswer(False, said, asked, status in _OVERLOADED)


def retry_after(text: str) -> float | None:
    """Seconds to wait by a Retry-After header, which is seconds or a date; None for anything else."""
    text = text.strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    if not text.isascii() or not 0 < len(text) < _LONGEST_DATE:
        return None
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):  # the library raises them all on odd texts
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _certificate_fault(message: str) -> str:
    """What is wrong with a certificate, in OpenSSL's words: they name no value."""
    reason = re.search(r"certificate verify failed: ([A-Za-z ,'-]+)", message)
    return f" ({reason[1].strip()})" if reason else ""
