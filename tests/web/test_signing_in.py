"""Signing in to the pages by a token, a proxy's headers, an OpenID provider; and signing out everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_network
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from dedupe.model import Verdict
from dedupe.pipeline.erasure import Keep, purge
from dedupe.signing_in.oidc import OpenIdProvider, OpenIdSettings
from dedupe.signing_in.proxy import ProxyHeaders
from dedupe.signing_in.roles import Roles
from dedupe.storage import sign_ins, tokens
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from dedupe.web.pages_signing_in import FLOW_COOKIE
from dedupe.wiring.signing_in import SigningIn
from tests.house import contact
from tests.review.deciding_house import DecidingHouse
from tests.signing_in.provider import CLIENT, SECRET, Provider, rsa, serving
from tests.web.conftest import Open
from tests.web.test_pages import hidden

KEY = rsa("one")
ROLES = Roles(frozenset({"lookers"}), frozenset({"reviewers"}), frozenset({"ops"}))
ASKED = {"email": "nobody@example.org"}
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving(Provider(key=KEY)) as made:
        yield made


def by_provider(provider: Provider, **options: object) -> SigningIn:
    """The redirect names a port that nobody listens on: the browser here follows it to the served one."""
    settings = OpenIdSettings(provider.issuer, CLIENT, SECRET, "http://127.0.0.1:1/sign-in/oidc/callback")
    return SigningIn(ROLES, None, OpenIdProvider(settings), **options)  # type: ignore[arg-type]


def by_proxy(trusted: tuple[object, ...] = LOOPBACK) -> SigningIn:
    return SigningIn(ROLES, ProxyHeaders("X-User", "X-Groups", trusted))  # type: ignore[arg-type]


def signs_in(client: httpx.Client, to: str = "/") -> httpx.Response:
    """A browser's way to the provider and back; what it is shown then."""
    begun = client.get("/sign-in/oidc", params={"to": to})
    assert begun.status_code == 303, begun.text
    back = httpx.get(begun.headers["location"]).headers["location"]
    return client.get(f"{urlsplit(back).path}?{urlsplit(back).query}")


def test_somebody_signs_in_at_the_provider_and_decides_by_their_name(
    opened: Open, provider: Provider, house: DecidingHouse
) -> None:
    house.collected(contact("crm:1", name="Ada Byron"), contact("crm:2", name="Bo Lind"))
    house.merges()
    client = opened(signing_in=by_provider(provider))
    asked = client.get("/review", follow_redirects=True)
    assert asked.url.path == "/sign-in", "not even on loopback does anybody get in unsigned"
    assert "Sign in with your organization" in asked.text
    shown = signs_in(client, "/review")
    assert shown.status_code == 200
    assert 'content="0; url=/review"' in shown.text, "a redirect would come without the strict cookie"
    cookies = shown.headers.get_list("set-cookie")
    [mine] = [one for one in cookies if one.startswith("dedupe_sign_in=")]
    assert "HttpOnly" in mine
    assert "SameSite=strict" in mine
    page = client.get("/review")
    assert page.status_code == 200
    assert "ada@example.org" in page.text
    decision = house.decided("crm:1", "crm:2", Verdict.DIFFERENT)
    fields = {"form_token": hidden(client.get("/sign-ins").text, "form_token")}
    assert client.post(f"/decisions/{decision}/revoke", data=fields).status_code == 303
    assert "ada@example.org" in client.get(f"/decisions/{decision}").text
    assert client.get(f"/held-runs/{decision}").status_code == 403, "reviewers don't operate"
    assert client.post("/v1/lookup", json=ASKED).status_code == 401, "the API takes tokens, no cookies"


def test_what_is_wrong_signs_nobody_in(opened: Open, provider: Provider, database: Database) -> None:
    client = opened(signing_in=by_provider(provider))
    provider.nonce = "of another sign-in"
    with capture_logs() as lines:
        refused = signs_in(client)
    assert refused.status_code == 403
    assert "not valid" in refused.text
    assert "ada@example.org" not in str(lines)
    provider.nonce = None
    provider.claims = {"groups": ["strangers"]}
    assert "none of your groups" in signs_in(client).text.lower()
    provider.claims = {}
    begun = client.get("/sign-in/oidc")
    back = urlsplit(httpx.get(begun.headers["location"]).headers["location"])
    client.cookies.delete(FLOW_COOKIE)
    assert client.get(f"{back.path}?{back.query}").status_code == 403, "another browser's answer"
    assert client.get("/sign-in/oidc/callback").status_code == 403
    with database.begin() as connection:
        assert sign_ins.listed(connection, 10) == []
    assert client.get("/").status_code == 303


def test_a_provider_that_is_away_is_said(opened: Open, provider: Provider) -> None:
    client = opened(signing_in=by_provider(provider))
    provider.issuer_named = "https://evil.example"
    shown = client.get("/sign-in/oidc")
    assert shown.status_code == 503
    assert "calls itself otherwise" in shown.text


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nb"]
)
def test_coming_back_leads_nowhere_else(opened: Open, provider: Provider, elsewhere: str) -> None:
    client = opened(signing_in=by_provider(provider))
    assert 'content="0; url=/"' in signs_in(client, elsewhere).text
    client.cookies.set(FLOW_COOKIE, "x.%%%", path="/sign-in/oidc")
    assert client.get("/sign-in/oidc/callback").status_code == 403


def test_a_sign_in_ends_by_itself(opened: Open, provider: Provider) -> None:
    client = opened(signing_in=by_provider(provider, lasts=timedelta(seconds=0)))
    signs_in(client)
    assert client.get("/review").status_code == 303


def test_a_proxy_names_its_visitor(opened: Open, database: Database) -> None:
    client = opened(signing_in=by_proxy())
    assert client.get("/").status_code == 303, "who comes past the proxy isn't let in"
    assert client.post("/v1/lookup", json=ASKED).status_code == 401
    headers = {"X-User": "kim@example.org", "X-Groups": "reviewers,others", "X-Forwarded-For": "192.0.2.7"}
    page = client.get("/review", headers=headers)
    assert page.status_code == 200
    assert "kim@example.org" in page.text
    assert client.post("/v1/lookup", json=ASKED, headers=headers).status_code == 200
    assert client.get("/v1/sources", headers=headers).status_code == 403
    nobody = client.post("/v1/lookup", json=ASKED, headers={**headers, "X-Groups": "others"})
    assert nobody.json()["type"].endswith("sign-in-refused")
    with database.begin() as connection:
        [seen] = sign_ins.listed(connection, 10)
    assert (seen.who, seen.way, seen.scopes, seen.address) == (
        "kim@example.org",
        "proxy",
        ["review"],
        "192.0.2.7",
    )


def test_a_proxys_headers_from_elsewhere_are_refused_whatever_else_is_sent(
    opened: Open, token: Callable[..., dict[str, str]]
) -> None:
    client = opened(signing_in=by_proxy((ip_network("10.0.0.1"),)))
    forged = {"X-User": "root", "X-Groups": "ops"}
    for more in ({}, {"X-Forwarded-For": "10.0.0.1"}, token(Scope.ADMIN)):
        refused = client.post("/v1/lookup", json=ASKED, headers={**forged, **more})
        assert (refused.status_code, refused.json()["type"].split(":")[-1]) == (403, "sign-in-refused"), more
        assert client.get("/", headers={**forged, **more}).status_code == 403
    assert client.post("/v1/lookup", json=ASKED, headers=token(Scope.LOOKUP)).status_code == 200
    plain = opened()
    assert "<bdi>local</bdi>" in plain.get("/", headers=forged).text, "of no proxy: nothing"


def test_a_form_of_one_process_counts_at_another(opened: Open) -> None:
    one, another = opened(tokens_required=True), opened(tokens_required=True)
    fields = {"form_token": hidden(one.get("/sign-in").text, "form_token")}
    assert one.post(another.base_url.join("/sign-out"), data=fields).status_code == 303
    one.cookies.set("dedupe_session", "of somebody else")
    assert one.post(another.base_url.join("/sign-out"), data=fields).status_code == 403


def test_a_use_is_noted_without_waiting_for_a_request_that_is_noting_one(database: Database) -> None:
    with database.begin() as connection:
        secret = sign_ins.make(connection, "Ada", "oidc", ["review"], "here", timedelta(hours=1)).secret
        sign_ins.by_proxy(connection, "Kim", ["review"], "here")
    with database.begin() as slow, database.begin() as other:
        sign_ins.find(slow, secret, "there")
        sign_ins.by_proxy(slow, "Kim", ["review"], "here")
        other.execute(text("SET LOCAL lock_timeout = '2s'"))
        assert sign_ins.find(other, secret, "elsewhere") is not None
        sign_ins.by_proxy(other, "Kim", ["review"], "here")
        assert sorted(one.who for one in sign_ins.listed(other, 10)) == ["Ada", "Kim"]


def test_signing_out_everywhere_ends_every_browser(
    opened: Open, provider: Provider, database: Database
) -> None:
    one = opened(signing_in=by_provider(provider))
    other = httpx.Client(base_url=one.base_url, timeout=30)
    for browser in (one, other):
        signs_in(browser)
        assert browser.get("/review").status_code == 200
    listed = one.get("/sign-ins").text
    assert listed.count("OpenID provider") == 2
    out = one.post("/sign-ins/end", data={"form_token": hidden(listed, "form_token")})
    assert out.headers["location"] == "/sign-in"
    for browser in (one, other):
        assert browser.get("/review").status_code == 303
    with database.begin() as connection:
        found = sign_ins.listed(connection, 10)
    assert [(each.live, each.ended_by) for each in found] == [(False, "ada@example.org")] * 2
    other.close()


def test_signing_out_ends_this_browser_alone(opened: Open, provider: Provider) -> None:
    one = opened(signing_in=by_provider(provider))
    other = httpx.Client(base_url=one.base_url, timeout=30)
    for browser in (one, other):
        signs_in(browser)
    stolen = dict(one.cookies)
    one.post("/sign-out", data={"form_token": hidden(one.get("/sign-ins").text, "form_token")})
    assert httpx.get(f"{one.base_url}/review", cookies=stolen).status_code == 303, "the cookie is worthless"
    assert other.get("/review").status_code == 200
    other.close()


def test_only_who_may_do_all_ends_the_sign_ins_of_others(
    opened: Open, provider: Provider, token: Callable[..., dict[str, str]]
) -> None:
    client = opened(signing_in=by_provider(provider))
    signs_in(client)
    looker, admin = token(Scope.LOOKUP), token(Scope.ADMIN)
    assert client.get("/v1/sign-ins", headers=looker).json()["sign_ins"] == [], "Ada's own: none"
    [seen] = client.get("/v1/sign-ins", params={"live": True}, headers=admin).json()["sign_ins"]
    assert (seen["who"], seen["way"], seen["live"]) == ("ada@example.org", "oidc", True)
    assert not {"subject", "secret_hash"} & set(seen)
    body = {"who": "ada@example.org"}
    assert client.post("/v1/sign-ins/end", json=body, headers=looker).status_code == 403
    assert client.post(f"/v1/sign-ins/{seen['id']}/end", headers=looker).status_code == 404
    assert client.get("/review").status_code == 200
    assert client.post(f"/v1/sign-ins/{seen['id']}/end", headers=admin).json() == {"ended": 1}
    assert client.post(f"/v1/sign-ins/{seen['id']}/end", headers=admin).status_code == 404
    assert client.get("/review").status_code == 303
    signs_in(client)
    assert client.post("/v1/sign-ins/end", json=body, headers=admin).json() == {"ended": 1}
    assert client.get("/review").status_code == 303


def test_a_browser_that_signed_in_by_a_token_is_out_when_that_is_revoked(
    opened: Open, database: Database
) -> None:
    client = opened(tokens_required=True)
    with database.begin() as connection:
        made = tokens.make(connection, "Ada", [Scope.LOOKUP])
    fields = {"form_token": hidden(client.get("/sign-in").text, "form_token"), "token": made.secret}
    answer = client.post("/sign-in", data=fields)
    assert made.secret not in str(answer.headers), "the browser keeps a secret of its own"
    assert client.get("/").status_code == 200
    with database.begin() as connection:
        tokens.revoke(connection, made.id)
    assert client.get("/").status_code == 303


def test_sign_ins_go_by_their_age(database: Database) -> None:
    with database.begin() as connection:
        for who, lasts in (("over", timedelta(0)), ("here", timedelta(days=9999))):
            sign_ins.make(connection, who, "oidc", ["lookup"], "::1", lasts)
        connection.execute(text("UPDATE dedupe.sign_ins SET last_used_at = now() - interval '9 days'"))
    purge(database, Keep(access_log=timedelta(days=10)))
    with database.begin() as connection:
        assert len(sign_ins.listed(connection, 10)) == 2
    purge(database, Keep(access_log=timedelta(days=8)))
    with database.begin() as connection:
        assert [one.who for one in sign_ins.listed(connection, 10)] == ["here"]
