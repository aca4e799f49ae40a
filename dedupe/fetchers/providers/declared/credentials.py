"""The credentials of a declared provider: in a header, in the query, in the body, or by OAuth 2.0.

A secret never stands in the declaration. `auth` says where the source's token goes; any other header or
parameter may be a reference, `{ env = "VARIABLE" }` or `{ file = "PATH" }`, whose value is passed as the
secret `headers.NAME` or `params.NAME` of the source.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from dedupe.fetchers.http.oauth import Grant
from dedupe.fetchers.providers.declared.declaration import Declaration

PLAIN = ("bearer", "raw", "basic", "oauth", "none")
NAMED = ("header", "query", "body")
REFERRING = ("headers", "params")
REFERENCE = ("env", "file")
Secrets = Mapping[str, str]


def secrets_needed(options: Mapping[str, Any], given: tuple[str, ...]) -> tuple[str, ...]:
    """Which of `token`, `key` and `secret` are needed for `auth`; `given`: those that the configuration
    names."""
    auth = options.get("auth", "bearer")
    oauth = options.get("oauth")
    if auth == "none":
        return ()
    if auth == "oauth":
        own = isinstance(oauth, Mapping) and "client_id" in oauth
        return ("secret",) if own else ("key", "secret")
    if auth == "basic" and "key" in given:
        return ("key", "secret") if "secret" in given else ("key",)
    return ("token",)


def references(options: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The headers and parameters, as `headers.NAME` and `params.NAME`, that refer to a secret."""
    return {
        f"{section}.{name}": value
        for section in REFERRING
        if isinstance(options.get(section), Mapping)
        for name, value in options[section].items()
        if isinstance(value, Mapping)
    }


def is_reference(value: Any) -> bool:
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    ((kind, where),) = value.items()
    return kind in REFERENCE and isinstance(where, str) and where != ""


def headers_of(declared: Declaration, secrets: Secrets) -> dict[str, str]:
    """The source's own headers, those with credentials included."""
    return {
        **{name: _value("headers", name, value, secrets) for name, value in declared.headers.items()},
        **_authorization(declared, secrets),
    }


def secret_params_of(declared: Declaration, secrets: Secrets) -> dict[str, str]:
    """The secret parameters of every query, which are never logged or stored."""
    own = {
        name: _value("params", name, value, secrets)
        for name, value in declared.params.items()
        if isinstance(value, Mapping)
    }
    place, _, name = declared.auth.partition(":")
    return {**own, name: secrets.get("token", "")} if place == "query" else own


def plain_params(declared: Declaration) -> dict[str, str | int]:
    return {name: value for name, value in declared.params.items() if not isinstance(value, Mapping)}


def grant_of(declared: Declaration, secrets: Secrets) -> Grant | None:
    """The OAuth grant, where tokens are obtained by one."""
    if declared.auth != "oauth":
        return None
    own = dict(declared.oauth)
    return Grant(
        token_url=own.pop("token_url"),
        client_id=own.pop("client_id", None) or secrets.get("key", ""),
        client_secret=secrets.get("secret", ""),
        in_body=own.pop("in_body", False),
        parameters=own,
    )


def _authorization(declared: Declaration, secrets: Secrets) -> dict[str, str]:
    token, (place, _, name) = secrets.get("token", ""), declared.auth.partition(":")
    if place == "header":
        return {name: token}
    if place == "basic":
        pair = f"{secrets['key']}:{secrets.get('secret', '')}" if "key" in secrets else token
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    if place in ("bearer", "raw"):
        return {"Authorization": token if place == "raw" else f"Bearer {token}"}
    return {}


def _value(section: str, name: str, value: Any, secrets: Secrets) -> str:
    return secrets.get(f"{section}.{name}", "") if isinstance(value, Mapping) else str(value)
