"""OAuth 2.0 client credentials (RFC 6749, 4.4): tokens by the machine's own id and secret.

oauthlib writes the token request and reads the answer; our own `Api` sends it, with its deadline, bounds
and retries, because a token endpoint fails like any other.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlsplit

from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error

from dedupe.errors import ContractChanged, CredentialsRefused
from dedupe.fetchers.http.client import Api, Limits, Reply, RequestRefused
from dedupe.fetchers.http.request import Request
from dedupe.fetchers.http.urls import origin_of

_EARLY = 60.0  # seconds before its end that a token is no longer shown, or a tenth of its life
_LONGEST = 30 * 24 * 3600  # seconds that a token is shown, whatever its endpoint says


@dataclass(frozen=True)
class Grant:
    """What a source's tokens are requested with. `parameters`: scope, audience and whatever else the
    endpoint needs."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    parameters: Mapping[str, str] = field(default_factory=dict)
    in_body: bool = False  # the credentials, instead of in the Authorization header

    @property
    def headers(self) -> dict[str, str]:
        """The client's own credentials, each part encoded as a form (RFC 6749, 2.3.1)."""
        if self.in_body:
            return {}
        pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    @property
    def request(self) -> Request:
        own = dict(self.parameters)
        if self.in_body:
            own["client_secret"] = self.client_secret
        client = BackendApplicationClient(self.client_id)
        form = client.prepare_request_body(include_client_id=self.in_body, **own)
        parts = urlsplit(self.token_url)
        return Request(parts.path + (f"?{parts.query}" if parts.query else ""), form=form)


def granted(source: str, grant: Grant, limits: Limits, stop: threading.Event | None = None) -> GrantedTokens:
    """The tokens of a source; no token is requested yet."""
    api = Api(source, origin_of(grant.token_url), grant.headers, limits, stop=stop)
    return GrantedTokens(api, grant)


class GrantedTokens:
    """The token of one source, requested at first use, at its end and after a refusal."""

    def __init__(self, api: Api, grant: Grant) -> None:
        self._api, self._grant = api, grant
        self._token: str | None = None
        self._until: float | None = None
        self._lock = threading.Lock()

    def shown(self) -> dict[str, str]:
        with self._lock:
            if self._token is None or (self._until is not None and time.monotonic() >= self._until):
                self._renew()
            return {"Authorization": f"Bearer {self._token}"}

    def refused(self, shown: Mapping[str, str]) -> None:
        with self._lock:
            if shown == {"Authorization": f"Bearer {self._token}"}:
                self._token = None

    def close(self) -> None:
        self._api.close()

    def _renew(self) -> None:
        asked = time.monotonic()
        answer = self._answer()
        lifetime = answer.get("expires_in")
        lifetime = None if lifetime is None else min(max(0, lifetime), _LONGEST)
        self._token = answer["access_token"]
        self._until = None if lifetime is None else asked + lifetime - min(_EARLY, lifetime / 10)

    def _answer(self) -> Any:
        try:
            reply = self._api.ask(self._grant.request)
        except CredentialsRefused as refused:
            raise self._refused(str(refused)) from None
        except RequestRefused as refused:
            raise self._refused(str(refused)) from None
        return self._understood(reply)

    def _refused(self, said: str) -> CredentialsRefused:
        host = urlsplit(self._grant.token_url).hostname
        what = "a person must mend the client id, its secret or the scope that is asked for"
        return CredentialsRefused(f"{said}, from {host}, where its tokens come from: {what}")

    def _understood(self, reply: Reply) -> Any:
        """Parse the answer by oauthlib. Raises ContractChanged, without the answer's content, where it
        holds no token."""
        client = BackendApplicationClient(self._grant.client_id)
        answer: Mapping[str, Any] = {}
        with suppress(OAuth2Error, ValueError, TypeError, AttributeError, OverflowError):
            answer = client.parse_request_body_response(json.dumps(reply.body))
        kind, token = answer.get("token_type", "bearer"), answer.get("access_token")
        if str(kind).lower() == "bearer" and isinstance(token, str) and re.fullmatch(r"[!-~]+", token):
            return answer
        host = urlsplit(self._grant.token_url).hostname
        what = f"{host} gave no bearer token that can be used"
        raise ContractChanged(f"{self._api.source}: {what}; is oauth.token_url right?")
