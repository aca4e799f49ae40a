"""An authenticating proxy says who its visitor is, in headers. They are believed from its addresses alone:
anybody else could write them too."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dedupe.errors import SignInRefused
from dedupe.signing_in.roles import Identity

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LONGEST_NAME = 200
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class ProxyHeaders:
    """`user`, `groups`: names of the headers; groups are separated by commas or semicolons. `trusted`: the
    proxy's addresses."""

    user: str
    groups: str
    trusted: tuple[Network, ...]

    def identity(self, values: Callable[[str], Sequence[str]], peer: str) -> Identity | None:
        """Who the proxy says it is; None where it says nothing. `values`: those of a header, one for each
        time it was sent; `peer`: the address that the connection comes from.

        Raises SignInRefused for headers from elsewhere, sent twice, or that can be no name.
        """
        users, groups = values(self.user), values(self.groups)
        if not users and not groups:
            return None
        if not self._is_trusted(peer):
            raise SignInRefused("the headers that name a user come from an address that is no trusted proxy")
        if len(users) != 1 or len(groups) > 1:
            raise SignInRefused("the proxy's headers must be sent once each")
        name = _readable(users[0]).strip()
        if not name or len(name) > LONGEST_NAME or _UNPRINTABLE.search(name):
            raise SignInRefused("the proxy's header of the user holds no name")
        named = re.split("[,;]", _readable(groups[0])) if groups else []
        return Identity(name, tuple(one.strip() for one in named if one.strip()))

    def _is_trusted(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any(one in network for network in self.trusted for one in (address, mapped) if one is not None)


def _readable(value: str) -> str:
    """A header's text, which arrives as Latin-1 and is UTF-8 where it can be."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
