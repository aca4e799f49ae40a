"""How people sign in, from the configuration, with the client's secret."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from datetime import timedelta

from dedupe import config
from dedupe.config import Settings
from dedupe.config.signing_in import OidcSection
from dedupe.errors import ConfigurationError
from dedupe.signing_in.oidc import OpenIdProvider, OpenIdSettings
from dedupe.signing_in.proxy import ProxyHeaders
from dedupe.signing_in.roles import Roles


@dataclass(frozen=True)
class SigningIn:
    """`lasts`: for how long a browser stays signed in."""

    roles: Roles = field(default_factory=Roles)
    proxy: ProxyHeaders | None = None
    provider: OpenIdProvider | None = None
    lasts: timedelta = timedelta(hours=12)

    @property
    def is_configured(self) -> bool:
        return self.proxy is not None or self.provider is not None


def signing_in(settings: Settings) -> SigningIn:
    """Raises ConfigurationError where the client's secret can't be read."""
    section = settings.sign_in
    roles = Roles(*(frozenset(getattr(section.roles, role)) for role in ("look", "review", "admin")))
    proxy = None
    if (given := section.proxy) is not None:
        trusted = tuple(ipaddress.ip_network(one) for one in given.trusted)
        proxy = ProxyHeaders(given.user_header, given.groups_header, trusted)
    provider = _provider(settings, section.oidc) if section.oidc else None
    return SigningIn(roles, proxy, provider, timedelta(hours=section.hours))


def _provider(settings: Settings, section: OidcSection) -> OpenIdProvider:
    secret, mistake = None, None
    key = "sign_in.oidc.client_secret"
    if section.client_secret_env:
        secret, mistake = config.secret_of_variable(section.client_secret_env, f"{key}_env")
    elif section.client_secret_file:
        secret, mistake = config.secret_of_file(section.client_secret_file, f"{key}_file")
    if mistake:
        raise ConfigurationError(f"{settings.file}: {mistake}" if settings.file else mistake)
    return OpenIdProvider(
        OpenIdSettings(
            section.issuer,
            section.client_id,
            secret,
            section.redirect_url,
            tuple(section.scopes),
            section.name_claim,
            section.groups_claim,
            section.label,
        )
    )
