"""The way to a Postgres elsewhere is encrypted, unless the operator said otherwise.

libpq's own default, sslmode=prefer, goes on in plain text where the server, or who stands before it, says
that it has no TLS: contacts and statements would be readable on the way, and nobody would know.
"""

from __future__ import annotations

import ipaddress
import os
from contextlib import suppress
from typing import Any

import psycopg
from sqlalchemy import URL

from dedupe.errors import ConfigurationError, DatabaseUnavailable

_MAY_BE_PLAIN = ("disable", "allow", "prefer")
_OTHERWISE = "or say database.require_tls = false where the network itself is trusted"


_SECRET = ("password", "sslpassword", "oauth_client_secret")


def shown(url: URL) -> str:
    """The address without any secret, also where one stands behind the `?`."""
    return url.difference_update_query(_SECRET).render_as_string(hide_password=True)


def over_tls(url: URL) -> URL:
    """The address with TLS required where it leads to another machine and says nothing of TLS.

    Raises ConfigurationError where it, or $PGSSLMODE, allows plain text there.
    """
    hosts = _hosts(url)
    if not hosts or all(_is_here(host) for host in hosts):
        return url
    given = url.query.get("sslmode") or os.environ.get("PGSSLMODE")
    if given in _MAY_BE_PLAIN:
        raise ConfigurationError(
            f"database.url: sslmode={given} may go to {hosts[0]} in plain text: write sslmode=verify-full "
            f"(with sslrootcert) or require, {_OTHERWISE}"
        )
    return url if given else url.update_query_dict({"sslmode": "require"})


def refuse_plain(connection: psycopg.Connection[Any]) -> None:
    """Raises DatabaseUnavailable for a connection to another machine without TLS, whatever it was made by (a
    service file, say)."""
    if connection.pgconn.ssl_in_use or _is_here(connection.info.host) or _is_here(connection.info.hostaddr):
        return
    connection.close()
    raise DatabaseUnavailable(
        f"The connection to Postgres on another machine has no TLS: turn it on there, {_OTHERWISE}."
    )


def _hosts(url: URL) -> list[str]:
    """The hosts that an address names; none where libpq finds one elsewhere."""
    given = url.query.get("host", ())
    listed = [given] if isinstance(given, str) else [*given]
    return [host for one in [url.host, *listed] if one for host in one.split(",")]


def _is_here(host: str) -> bool:
    """Whether it is this machine: a socket's folder, a loopback name or address."""
    if host.startswith(("/", "@")) or host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
