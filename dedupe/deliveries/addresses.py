"""Connections to addresses that were checked: a name is resolved once, all its addresses are looked at, and
one of those is connected to.

So a name can't lead to this machine or a private network, not even one that is answered otherwise the next
time (DNS rebinding). TLS and the Host header go by the name all the same.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any

import httpcore

from dedupe.timed_streams import TimedStream, time_left

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(httpcore.ConnectError):
    """The name leads to an address that may not be connected to."""


def is_public(address: str) -> bool:
    """Whether an IP address is neither private, loopback, link-local, reserved nor multicast, and holds none
    that is."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address) and (inner := _embedded(found)) is not None:
        return is_public(str(inner))
    return found.is_global and not found.is_multicast


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to."""
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]


class CheckedBackend(httpcore.SyncBackend):
    """httpcore's way to open connections, to checked addresses and within the deadline."""

    def __init__(self, *, allow_private: bool, allow_public: bool = True) -> None:
        super().__init__()
        self._allow_private, self._allow_public = allow_private, allow_public

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: httpcore.ConnectError | httpcore.ConnectTimeout | None = None
        for address in self._checked(host, port):
            left = time_left(timeout, httpcore.ConnectTimeout)
            try:
                stream = super().connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return TimedStream(stream)
        raise failed or httpcore.ConnectError("the name has no address")

    def _checked(self, host: str, port: int) -> list[str]:
        """The addresses of a host. Raises AddressRefused where one of them may not be connected to."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("the name is not known") from None
        addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
        public = [is_public(each) for each in addresses]
        if not self._allow_private and not all(public):
            raise AddressRefused("it leads to an address that is not public (allow_private_addresses)")
        if not self._allow_public and any(public):
            raise AddressRefused("it leads to a public address, which needs https")
        return addresses
