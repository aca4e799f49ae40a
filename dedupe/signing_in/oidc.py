"""Signing in at an OpenID provider: authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636).

    begun = provider.begin()                    the browser goes to begun.url; its cookie keeps begun.secret
    identity = provider.finish(secret, answer)  what it comes back with

State, nonce and code verifier follow from the secret in the browser's cookie, so that nothing is stored for
whoever only begins, and an answer counts in the browser alone that began.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_token_request
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from dedupe.errors import ProviderUnavailable, SignInRefused
from dedupe.signing_in.provider_http import fetch_json
from dedupe.signing_in.proxy import LONGEST_NAME
from dedupe.signing_in.roles import Identity

WELL_KNOWN = "/.well-known/openid-configuration"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""By which an ID token may be signed: with a private key of the provider's. Never `none`, and never a secret
that others know too (RFC 8725)."""
LEEWAY = 60  # seconds that clocks may differ
KEPT = 3600.0  # seconds for which keys and addresses of the provider are kept
KEYS_AGAIN = 30.0  # seconds between two looks for a key that isn't known

_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class OpenIdSettings:
    """`name_claim`: what people are called by; `groups_claim`: whose groups give roles; a dot leads into an
    object. `redirect_url`: where the provider sends browsers back to, as it knows it."""

    issuer: str
    client_id: str
    client_secret: str | None
    redirect_url: str
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    name_claim: str = "email"
    groups_claim: str = "groups"
    label: str = "your organization"


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    url: str
    secret: str


@dataclass
class OpenIdProvider:
    """Safe to share between threads."""

    settings: OpenIdSettings
    clock: Callable[[], float] = time.monotonic
    _known: dict[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None
    _looked_at: float = 0.0
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> BegunSignIn:
        """Raises ProviderUnavailable."""
        secret = secrets.token_urlsafe(32)
        url, _ = self._client().create_authorization_url(
            self._endpoint("authorization_endpoint"),
            state=_derived(secret, "state"),
            code_verifier=_derived(secret, "verifier"),
            nonce=_derived(secret, "nonce"),
        )
        return BegunSignIn(str(url), secret)

    def finish(self, secret: str, answer: Mapping[str, str]) -> Identity:
        """Who has signed in. `answer`: the parameters that the browser came back with.

        Raises SignInRefused, which never repeats them, and ProviderUnavailable.
        """
        if not secret or not _same(answer.get("state", ""), _derived(secret, "state")):
            raise SignInRefused("this answer is of another browser or too old: sign in again")
        if answer.get("iss", self.settings.issuer) != self.settings.issuer:
            raise SignInRefused("this answer is of another provider")
        if "error" in answer or not answer.get("code"):
            raise SignInRefused("the provider did not sign you in")
        token = self._tokens(answer["code"], _derived(secret, "verifier"))
        claims = self._checked(token, _derived(secret, "nonce"))
        return self._identity(claims)

    def _client(self) -> Any:
        chosen = self.settings
        return OAuth2Client(
            None,
            client_id=chosen.client_id,
            client_secret=chosen.client_secret,
            scope=" ".join(chosen.scopes),
            redirect_uri=chosen.redirect_url,
            code_challenge_method="S256",
        )

    def _tokens(self, code: str, verifier: str) -> dict[str, Any]:
        """The token response to an authorization code."""
        client = self._client()
        body = prepare_token_request(
            "authorization_code", code=code, redirect_uri=self.settings.redirect_url, code_verifier=verifier
        )
        url = self._endpoint("token_endpoint")
        method = "client_secret_basic" if self.settings.client_secret else "none"
        offered = self._metadata().get("token_endpoint_auth_methods_supported", [method])
        if self.settings.client_secret and method not in offered and "client_secret_post" in offered:
            method = "client_secret_post"
        auth = client.client_auth(method)
        url, headers, body = auth.prepare("POST", url, {"Content-Type": _FORM}, body)
        status, found = fetch_json("POST", url, headers, body)
        if status != 200 or not isinstance(found.get("id_token"), str):
            raise SignInRefused(f"the provider gave no ID token (status {status})")
        return found

    def _checked(self, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """The claims of the ID token, once signature, issuer, audience, times and nonce are right."""
        chosen = self.settings
        try:
            read = self._decoded(token["id_token"])
            options: dict[str, Any] = {
                "iss": {"essential": True, "value": chosen.issuer},
                "aud": {"essential": True, "value": chosen.client_id},
                "sub": {"essential": True, "allow_blank": False},
            }
            params = {
                "nonce": nonce,
                "client_id": chosen.client_id,
                "access_token": token.get("access_token"),
            }
            claims = CodeIDToken(read.claims, read.header, options, params)
            claims.validate(leeway=LEEWAY)
        except (JoseError, ValueError, TypeError) as wrong:
            # the kind alone: a text may repeat claims
            raise SignInRefused(f"the provider's ID token is not valid ({type(wrong).__name__})") from None
        return dict(claims)

    def _decoded(self, id_token: str) -> jwt.Token:
        """Raises JoseError. A key that isn't known may be new: keys are looked for again, now and then."""
        offered = self._metadata().get("id_token_signing_alg_values_supported", ["RS256"])
        allowed = [one for one in ALGORITHMS if one in offered]
        try:
            return jwt.decode(id_token, self._key_set(), algorithms=allowed)
        except (JoseError, ValueError):
            if not self._looked_long_ago():
                raise
        return jwt.decode(id_token, self._key_set(anew=True), algorithms=allowed)

    def _identity(self, claims: Mapping[str, Any]) -> Identity:
        chosen = self.settings
        name = _claim(claims, chosen.name_claim)
        if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
            raise SignInRefused(f"the provider doesn't tell {chosen.name_claim}, by which people are called")
        # some providers, such as Cognito, write it as a text
        if chosen.name_claim == "email" and str(claims.get("email_verified")).lower() == "false":
            raise SignInRefused("the provider has not verified this email address")
        told = _claim(claims, chosen.groups_claim)
        groups = [told] if isinstance(told, str) else told if isinstance(told, list) else []
        subject = f"{chosen.issuer} {claims['sub']}"
        return Identity(name.strip(), tuple(str(one) for one in groups), subject)

    # --- what the provider says of itself ---

    def _endpoint(self, name: str) -> str:
        found = self._metadata().get(name)
        if not isinstance(found, str):
            raise ProviderUnavailable(f"the OpenID provider doesn't tell its {name}")
        return found

    def _metadata(self) -> dict[str, Any]:
        with self._guard:
            if not self._known or self.clock() - self._looked_at > KEPT:
                self._look()
            return self._known

    def _key_set(self, *, anew: bool = False) -> KeySet:
        self._metadata()
        with self._guard:
            if anew:
                self._look()
            assert self._keys is not None
            return self._keys

    def _looked_long_ago(self) -> bool:
        with self._guard:
            return self.clock() - self._looked_at > KEYS_AGAIN

    def _look(self) -> None:
        """Read the provider's addresses and keys. The guard is held."""
        status, known = fetch_json("GET", self.settings.issuer.rstrip("/") + WELL_KNOWN)
        if status != 200 or known.get("issuer") != self.settings.issuer:
            raise ProviderUnavailable("the OpenID provider calls itself otherwise than the configuration")
        if not isinstance(known.get("jwks_uri"), str):
            raise ProviderUnavailable("the OpenID provider doesn't tell its keys")
        _, keys = fetch_json("GET", known["jwks_uri"])
        try:
            self._keys = KeySet.import_key_set({"keys": _signing(keys)})
        except (JoseError, ValueError, TypeError, KeyError):
            raise ProviderUnavailable("the OpenID provider's keys can't be read") from None
        self._known, self._looked_at = known, self.clock()


def _signing(keys: Mapping[str, Any]) -> list[Any]:
    """Its public keys to check signatures by: a symmetric one would be no secret here."""
    found = [one for one in keys.get("keys", []) if isinstance(one, dict)]
    return [one for one in found if one.get("kty") in ("RSA", "EC", "OKP") and one.get("use", "sig") == "sig"]


def _claim(claims: Mapping[str, Any], path: str) -> Any:
    """The claim of that name, or the one that a path with dots leads to."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _derived(secret: str, purpose: str) -> str:
    """A secret of its own for a purpose; nobody learns the first from it, nor the others."""
    made = hmac.digest(secret.encode("utf-8", "surrogatepass"), purpose.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode())
