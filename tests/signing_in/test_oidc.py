"""Signing in at an OpenID provider: what it says counts if it is right in every part, and not otherwise."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc.jwk import ECKey

from dedupe.errors import ProviderUnavailable, SignInRefused
from dedupe.signing_in.oidc import KEPT, KEYS_AGAIN, OpenIdProvider, OpenIdSettings
from dedupe.signing_in.provider_http import is_safe
from dedupe.signing_in.roles import Identity
from tests.signing_in.provider import CLIENT, SECRET, Provider, rsa, serving

KEY = rsa("one")  # making one takes a while
OTHER = rsa("two")
BACK = "http://127.0.0.1:1/sign-in/oidc/callback"


@dataclass
class Browser:
    """Somebody who signs in: begins, goes to the provider, comes back."""

    client: OpenIdProvider
    now: list[float]

    def goes(self) -> tuple[str, dict[str, str]]:
        begun = self.client.begin()
        there = httpx.get(begun.url)
        assert there.status_code == 302, there.text
        query = parse_qs(urlsplit(there.headers["location"]).query)
        return begun.secret, {name: values[0] for name, values in query.items()}

    def signs_in(self) -> Identity:
        return self.client.finish(*self.goes())


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider(key=KEY)) as made:
        yield made


@pytest.fixture
def browser(provider: Provider) -> Browser:
    now = [1000.0]
    settings = OpenIdSettings(provider.issuer, CLIENT, SECRET, BACK)
    return Browser(OpenIdProvider(settings, clock=lambda: now[0]), now)


def test_who_signs_in_is_told_with_their_groups(browser: Browser, provider: Provider) -> None:
    assert browser.signs_in() == Identity("ada@example.org", ("reviewers",), f"{provider.issuer} subject-1")


def set_(provider: Provider, **given: object) -> None:
    for name, value in given.items():
        setattr(provider, name, value)


WRONG: dict[str, Callable[[Provider], None]] = {
    "another nonce": lambda one: set_(one, nonce="of another sign-in"),
    "no nonce": lambda one: one.claims.update(nonce=None),
    "expired": lambda one: one.claims.update(exp=int(time.time()) - 120),
    "no expiry": lambda one: one.claims.update(exp=None),
    "issued in the future": lambda one: one.claims.update(iat=int(time.time()) + 600),
    "not valid yet": lambda one: one.claims.update(nbf=int(time.time()) + 600),
    "another audience": lambda one: one.claims.update(aud="another-client"),
    "no audience": lambda one: one.claims.update(aud=None),
    "several audiences, no party": lambda one: one.claims.update(aud=[CLIENT, "another-client"]),
    "another party": lambda one: one.claims.update(azp="another-client"),
    "another issuer": lambda one: one.claims.update(iss="https://evil.example"),
    "no subject": lambda one: one.claims.update(sub=None),
    "an empty subject": lambda one: one.claims.update(sub=""),
    "another access token": lambda one: one.claims.update(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "another key": lambda one: set_(one, signs_by=OTHER),
    "no signature": lambda one: set_(one, unsigned=True),
    "no signature, though offered": lambda one: set_(one, unsigned=True, offers=["none", "RS256"]),
    "the public key as a secret": lambda one: set_(one, offers=["HS256", "RS256"], signs_by=one.confused()),
    "the client's secret as a key": lambda one: set_(
        one, offers=["HS256", "RS256"], signs_by=SECRET.encode()
    ),
    "an algorithm that isn't offered": lambda one: set_(one, algorithm="RS512"),
    "no email": lambda one: one.claims.update(email=None),
    "an email that isn't verified": lambda one: one.claims.update(email_verified=False),
    "… which is said by a text": lambda one: one.claims.update(email_verified="false"),
    "an email of two lines": lambda one: one.claims.update(email="ada@example.org\nadmin"),
    "no ID token": lambda one: set_(one, token_status=400),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_an_id_token_that_is_wrong_in_one_part_is_refused(
    browser: Browser, provider: Provider, mistake: str
) -> None:
    WRONG[mistake](provider)
    with pytest.raises(SignInRefused) as refused:
        browser.signs_in()
    for said in ("ada@example.org", "subject-1", "evil.example", "another-client"):
        assert said not in str(refused.value)


def test_an_answer_counts_in_the_browser_that_began(browser: Browser) -> None:
    secret, answer = browser.goes()
    other, _ = browser.goes()
    for cookie in (other, "", "x"):
        with pytest.raises(SignInRefused, match="another browser"):
            browser.client.finish(cookie, answer)
    with pytest.raises(SignInRefused, match="another browser"):
        browser.client.finish(secret, {**answer, "state": answer["state"] + "x"})
    with pytest.raises(SignInRefused, match="another provider"):
        browser.client.finish(secret, {**answer, "iss": "https://evil.example"})
    with pytest.raises(SignInRefused, match="did not sign you in"):
        browser.client.finish(secret, {"state": answer["state"], "error": "access_denied"})
    assert browser.client.finish(secret, answer).name == "ada@example.org"
    with pytest.raises(SignInRefused):
        browser.client.finish(secret, answer)  # a code counts once: the provider sees to that


def test_a_code_of_another_sign_in_is_refused(browser: Browser) -> None:
    """PKCE: a stolen code is of no use with the thief's verifier."""
    secret, mine = browser.goes()
    _, stolen = browser.goes()
    with pytest.raises(SignInRefused):
        browser.client.finish(secret, {**mine, "code": stolen["code"]})


def test_a_new_key_of_the_provider_is_looked_for_now_and_then(browser: Browser, provider: Provider) -> None:
    browser.signs_in()
    provider.key = OTHER
    with pytest.raises(SignInRefused):
        browser.signs_in()
    assert provider.key_requests == 1, "wrong tokens don't make us ask again and again"
    browser.now[0] += KEYS_AGAIN + 1
    assert browser.signs_in().name == "ada@example.org"
    browser.now[0] += KEPT + 1
    browser.signs_in()
    assert provider.key_requests == 3


def test_elliptic_curves_and_clients_without_a_secret(provider: Provider) -> None:
    provider.key = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
    provider.algorithm, provider.offers, provider.public = "ES256", ["ES256"], True
    client = OpenIdProvider(OpenIdSettings(provider.issuer, CLIENT, None, BACK))
    assert Browser(client, []).signs_in().name == "ada@example.org"


def test_names_and_groups_are_where_the_configuration_says(provider: Provider) -> None:
    provider.claims = {"upn": "ada", "realm_access": {"roles": ["a", "b"]}}
    settings = OpenIdSettings(
        provider.issuer, CLIENT, SECRET, BACK, name_claim="upn", groups_claim="realm_access.roles"
    )
    found = Browser(OpenIdProvider(settings), []).signs_in()
    assert (found.name, found.groups) == ("ada", ("a", "b"))


def test_a_provider_that_calls_itself_otherwise_or_rambles_is_not_used(
    browser: Browser, provider: Provider
) -> None:
    provider.issuer_named = "https://evil.example"
    with pytest.raises(ProviderUnavailable, match="calls itself otherwise"):
        browser.client.begin()
    provider.issuer_named, provider.slow_body = None, True
    with pytest.raises(ProviderUnavailable, match="too long"):
        browser.client.begin()


def test_a_provider_that_is_not_there_is_told_without_its_answer() -> None:
    settings = OpenIdSettings("http://127.0.0.1:9", CLIENT, SECRET, BACK)
    with pytest.raises(ProviderUnavailable, match="doesn't answer"):
        OpenIdProvider(settings).begin()


def test_secrets_go_over_tls_or_stay_on_this_machine() -> None:
    assert all(
        map(is_safe, ("https://idp.example", "http://127.0.0.1:1", "http://[::1]:1", "http://localhost"))
    )
    wrong = ("http://idp.example", "http://127.0.0.1.evil.example", "ftp://127.0.0.1", "http://[", "//x", "")
    assert not any(map(is_safe, wrong))
