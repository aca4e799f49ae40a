"""An OpenID provider over real HTTP on loopback, which can be told to err: one switch for each mistake that a
client must notice."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT, SECRET = "dedupe-client", "the client's secret"


def rsa(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@dataclass
class Provider:
    """`claims` are added to the ID token, those that are None taken out. `public`: no client secret."""

    issuer: str = ""
    key: Any = field(default_factory=lambda: rsa("one"))
    signs_by: Any = None  # another key than the published one
    algorithm: str = "RS256"
    offers: list[str] = field(default_factory=lambda: ["RS256"])
    claims: dict[str, Any] = field(default_factory=dict)
    nonce: str | None = None
    issuer_named: str | None = None
    unsigned: bool = False
    token_status: int = 200
    slow_body: bool = False
    public: bool = False
    key_requests: int = 0
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer_named or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": self.offers,
            "response_types_supported": ["code"],
        }

    def authorized(self, asked: dict[str, str]) -> str:
        """The address that a browser is sent back to, once its user has signed in."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form["code"], None)
        if asked is None or self.token_status != 200:
            return self.token_status if asked else 400, {"error": "invalid_grant"}
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if not self.public and authorization != f"Basic {basic}":
            return 401, {"error": "invalid_client"}
        made = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(made).decode().rstrip("=")
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": "subject-1",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": self.nonce or asked["nonce"],
            "email": "ada@example.org",
            "email_verified": True,
            "groups": ["reviewers"],
            **self.claims,
        }
        signed = self._signed({name: value for name, value in claims.items() if value is not None})
        return 200, {"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def _signed(self, claims: dict[str, Any]) -> str:
        key = self.signs_by or self.key
        if self.unsigned or isinstance(key, bytes):
            head = {"alg": "none" if self.unsigned else "HS256", "typ": "JWT"}
            text = ".".join(_unpadded(json.dumps(one).encode()) for one in (head, claims))
            mac = b"" if self.unsigned else hmac.digest(key, text.encode(), "sha256")
            return f"{text}.{_unpadded(mac)}"
        header: dict[str, Any] = {"alg": self.algorithm}
        if isinstance(key, (RSAKey, ECKey)):
            header["kid"] = key.kid
        return jwt.encode(header, claims, key, algorithms=[self.algorithm])

    def keys(self) -> dict[str, Any]:
        self.key_requests += 1
        return {"keys": [self.key.as_dict(private=False)]}

    def confused(self) -> bytes:
        """The published public key, taken for the secret of an HMAC."""
        return bytes(self.key.as_pem(private=False))


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/.well-known/openid-configuration":
                self._answer(200, provider.document())
            elif parts.path == "/keys":
                self._answer(200, provider.keys())
            elif parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", provider.authorized(_flat(parts.query)))
                self.end_headers()
            else:
                self._answer(404, {})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer(*provider.token(_flat(body), self.headers.get("Authorization", "")))

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            body = b" " * (2 << 20) if provider.slow_body else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _unpadded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
