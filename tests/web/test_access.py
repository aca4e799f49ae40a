"""Who gets in, by which name, and what the doors keep to themselves."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest
from structlog.testing import capture_logs

from dedupe.errors import ConfigurationError
from dedupe.storage.database import Database
from dedupe.storage.tables import access_log
from dedupe.storage.tokens import Scope
from dedupe.web.serving import hosts_for, is_loopback
from tests.served_contacts import Golden, seed, serve
from tests.web.conftest import Open

Token = Callable[..., dict[str, str]]
ASKED = {"email": "nobody@example.org"}


def test_on_loopback_no_token_is_needed(client: httpx.Client) -> None:
    assert client.post("/v1/lookup", json=ASKED).status_code == 200


def test_where_tokens_are_required_none_is_refused(opened: Open) -> None:
    client = opened(tokens_required=True)
    refused = client.post("/v1/lookup", json=ASKED)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"] == "Bearer"
    assert client.get("/healthz").status_code == 200
    assert client.get("/metrics").status_code == 401


def test_a_token_opens_what_its_scope_says(opened: Open, token: Token) -> None:
    client = opened(tokens_required=True)
    assert client.post("/v1/lookup", json=ASKED, headers=token(Scope.LOOKUP)).status_code == 200


def test_a_bad_token_is_refused_even_where_none_is_needed(client: httpx.Client) -> None:
    for header in ("Bearer nonsense", "Basic YTpi", "Bearer"):
        refused = client.post("/v1/lookup", json=ASKED, headers={"Authorization": header})
        assert refused.status_code == 401


def test_the_visitor_is_whoever_the_token_names(opened: Open, token: Token, database: Database) -> None:
    with database.begin() as connection:
        serve(connection, Golden(["crm:1"]))
    client = opened(tokens_required=True)
    client.get(f"/v1/golden-contacts/{seed('crm:1')}", headers=token(Scope.REVIEW))
    with database.begin() as connection:
        assert connection.execute(access_log.select()).mappings().one()["who"] == "Ada"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil"])
def test_another_host_name_is_refused(client: httpx.Client, host: str) -> None:
    refused = client.get("/healthz", headers={"Host": host})
    assert refused.status_code in (400, 421)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", "", "http://[::1]x"])
def test_another_site_cannot_send_for_its_visitor(client: httpx.Client, origin: str) -> None:
    refused = client.post("/v1/lookup", json=ASKED, headers={"Origin": origin})
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"


def test_every_answer_carries_the_headers_that_protect(client: httpx.Client) -> None:
    for path in ("/healthz", "/nowhere", "/v1/golden-contacts"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_every_error_is_problem_json_without_the_input(client: httpx.Client) -> None:
    for response in (
        client.get("/v1/nowhere"),
        client.delete("/v1/events"),
        client.post(
            "/v1/lookup", content=b'{"email": "ada@example.org"', headers={"Content-Type": "application/json"}
        ),
        client.post("/v1/lookup", json={"ada@example.org": 1, "email": ["ada@example.org"]}),
        client.get("/v1/golden-contacts", params={"email": "ada@example.org", "phone": "x"}),
    ):
        assert response.status_code >= 400
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == response.status_code
        assert "ada@example.org" not in response.text


def until(so: Callable[[], bool]) -> None:
    """Lines and counts are written when an answer is out already."""
    latest = time.monotonic() + 10
    while not so():
        assert time.monotonic() < latest
        time.sleep(0.005)


def test_the_log_holds_no_value(client: httpx.Client) -> None:
    with capture_logs() as lines:
        client.get("/v1/golden-contacts", params={"email": "ada@example.org"})
        client.get("/v1/golden-contacts/ada@example.org")
        until(lambda: len(lines) == 2)
    assert [line["event"] for line in lines] == ["answered", "answered"]
    assert "ada" not in str(lines)


def test_metrics_name_the_route_and_never_the_address(client: httpx.Client) -> None:
    client.get("/v1/golden-contacts", params={"email": "ada@example.org"})
    client.get("/v1/golden-contacts/ada@example.org")
    until(lambda: 'route="/v1/golden-contacts/{golden_id}"' in client.get("/metrics").text)
    told = client.get("/metrics").text
    assert "dedupe_review_candidates 0.0" in told
    assert "ada" not in told


def test_readiness_asks_postgres(client: httpx.Client) -> None:
    assert client.get("/readyz").json()["status"] == "ok"


def test_an_address_that_is_not_loopback_needs_its_names() -> None:
    assert is_loopback("::1")
    assert not is_loopback("0.0.0.0")
    assert hosts_for("127.0.0.1", ["Dedupe.Lan"]) == {"localhost", "127.0.0.1", "[::1]", "dedupe.lan"}
    assert hosts_for("10.0.0.5", []) == {"10.0.0.5"}
    with pytest.raises(ConfigurationError):
        hosts_for("0.0.0.0", [])
