"""The sections `[sign_in]`: how people sign in besides API tokens, and what their groups may do."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from dedupe.config.sections import Section

_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}")
_NOT_OURS = frozenset({"authorization", "cookie", "host", "origin"})


class RolesSection(Section):
    """The groups that give each role. Who is in none of them is refused."""

    look: list[str] = Field(default_factory=list, description="groups that may look (scope lookup)")
    review: list[str] = Field(default_factory=list, description="groups that may review, and look")
    admin: list[str] = Field(default_factory=list, description="groups that may do all")


class ProxySection(Section):
    """An authenticating proxy in front (docs/signing-in.md). Its headers are believed from its addresses
    alone, and refused from any other."""

    user_header: str = Field("X-Forwarded-User", description="header that names the visitor")
    groups_header: str = Field(
        "X-Forwarded-Groups", description="header of the visitor's groups, separated by commas"
    )
    trusted: list[str] = Field(description='addresses or networks of the proxy: ["127.0.0.1", "10.1.0.0/16"]')

    @field_validator("user_header", "groups_header")
    @classmethod
    def _a_header(cls, name: str) -> str:
        if not _HEADER.fullmatch(name) or name.lower() in _NOT_OURS:
            raise ValueError("can be no header of a proxy's own; write it as X-Forwarded-User")
        return name

    @field_validator("trusted")
    @classmethod
    def _networks(cls, trusted: list[str]) -> list[str]:
        if not trusted:
            raise ValueError("name the proxy's addresses: from nowhere else are its headers believed")
        for one in trusted:
            try:
                network = ipaddress.ip_network(one)
            except ValueError as error:
                raise ValueError(f"is no address or network: {error}") from None
            if network.prefixlen == 0:
                raise ValueError("trusts every address, so that anybody could write the headers")
        return trusted


class OidcSection(Section):
    """An OpenID provider (docs/signing-in.md): authorization code flow with PKCE."""

    issuer: str = Field(description="the provider's address, as its discovery document names it")
    client_id: str = Field(min_length=1, description="by which the provider knows this service")
    client_secret_env: str | None = Field(None, description="variable that holds the client's secret")
    client_secret_file: Path | None = Field(None, description="file that holds the client's secret")
    redirect_url: str = Field(
        description="https://OUR.NAME/sign-in/oidc/callback, as the provider has it registered"
    )
    scopes: list[str] = Field(["openid", "profile", "email"], description="what is asked for")
    name_claim: str = Field("email", min_length=1, description="claim that people are called by")
    groups_claim: str = Field(
        "groups", min_length=1, description="claim of their groups; a dot leads into an object"
    )
    label: str = Field("your organization", min_length=1, max_length=100, description="shown on the button")

    @field_validator("issuer", "redirect_url")
    @classmethod
    def _safe(cls, url: str) -> str:
        parts = urlsplit(url)
        here = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
        if not parts.hostname or (parts.scheme != "https" and not here):
            raise ValueError("must be an https address (http on this machine alone)")
        return url

    @field_validator("redirect_url")
    @classmethod
    def _ours(cls, url: str) -> str:
        if urlsplit(url).path != "/sign-in/oidc/callback":
            raise ValueError("must end in /sign-in/oidc/callback")
        return url

    @field_validator("scopes")
    @classmethod
    def _with_openid(cls, scopes: list[str]) -> list[str]:
        if "openid" not in scopes:
            raise ValueError("must hold openid")
        return scopes

    @model_validator(mode="after")
    def _one_secret(self) -> OidcSection:
        if self.client_secret_env and self.client_secret_file:
            raise ValueError("give client_secret_env or client_secret_file, not both")
        return self


class SignInSection(Section):
    """Signing in besides API tokens. With a proxy or a provider here nobody gets in unsigned, not even on
    loopback."""

    hours: Annotated[float, Field(gt=0, le=720)] = Field(
        12, description="hours until somebody signs in again; groups are asked for then"
    )
    roles: RolesSection = Field(RolesSection(), description="see [sign_in.roles]")
    proxy: ProxySection | None = Field(None, description="see [sign_in.proxy]")
    oidc: OidcSection | None = Field(None, description="see [sign_in.oidc]")

    @model_validator(mode="after")
    def _somebody_gets_in(self) -> SignInSection:
        roles = self.roles
        if (self.proxy or self.oidc) and not (roles.look or roles.review or roles.admin):
            raise ValueError("nobody could do anything: name groups in [sign_in.roles]")
        return self
