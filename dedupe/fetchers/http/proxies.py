"""The HTTP proxy on the way to a provider, as the environment names it."""

from __future__ import annotations

from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from dedupe.errors import ConfigurationError

_HERE = ("localhost", "127.0.0.1", "::1")


def proxy_of(base_url: str) -> str | None:
    """The proxy URL of $HTTPS_PROXY, $HTTP_PROXY or $ALL_PROXY, unless $NO_PROXY names the host.

    Loopback is always contacted directly. Raises ConfigurationError for a proxy that doesn't speak HTTP.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    known = getproxies()
    proxy = known.get(parts.scheme) or known.get("all")
    if not proxy or host in _HERE or proxy_bypass(host):
        return None
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if urlsplit(proxy).scheme not in ("http", "https"):
        raise ConfigurationError("the proxy that the environment names must be an http or https one")
    return proxy
