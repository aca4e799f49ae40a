"""A Postgres on another machine is reached by TLS, or the operator has said that it need not."""

from __future__ import annotations

import ipaddress
import socket

import psutil
import pytest

from dedupe.errors import ConfigurationError, DatabaseUnavailable
from dedupe.storage.database import Database, normalized_url
from dedupe.storage.transport import over_tls, shown
from tests.storage.test_pooling import Pooler


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://me@localhost/contacts",
        "postgresql://me@127.0.0.1/contacts",
        "postgresql://me@[::1]/contacts",
        "postgresql:///contacts?host=/run/postgresql",
        "postgresql:///contacts",
    ],
)
def test_this_machine_needs_no_tls(url: str) -> None:
    assert "sslmode" not in over_tls(normalized_url(url)).query


@pytest.mark.parametrize(
    "url", ["postgresql://me@db.example.org/contacts", "postgresql:///contacts?host=/run/pg,db.example.org"]
)
def test_another_machine_needs_it_unasked(url: str) -> None:
    assert over_tls(normalized_url(url)).query["sslmode"] == "require"


def test_who_asks_for_more_gets_more(monkeypatch: pytest.MonkeyPatch) -> None:
    url = normalized_url("postgresql://me@db.example.org/contacts?sslmode=verify-full")
    assert over_tls(url) == url
    monkeypatch.setenv("PGSSLMODE", "verify-ca")
    assert "sslmode" not in over_tls(normalized_url("postgresql://me@db.example.org/contacts")).query


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer"])
def test_what_may_be_plain_is_refused(mode: str) -> None:
    with pytest.raises(ConfigurationError, match=r"db\.example\.org in plain text.*database\.require_tls"):
        Database(f"postgresql://me@db.example.org/contacts?sslmode={mode}", require_tls=True)


def elsewhere() -> str | None:
    """An address of this machine's that isn't loopback, as another machine has it."""
    every = (one for card in psutil.net_if_addrs().values() for one in card if one.family == socket.AF_INET)
    return next((one.address for one in every if not ipaddress.ip_address(one.address).is_loopback), None)


def test_a_connection_without_tls_is_closed_however_it_was_made(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address names no host: libpq finds it in the environment, as it would in a service file."""
    address, url = elsewhere(), normalized_url(database_url)
    if address is None:
        pytest.skip("this machine has no address but loopback")
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    server = Pooler(plain, by_transaction=False, address=address)  # speaks no TLS
    monkeypatch.setenv("PGHOST", address)
    monkeypatch.setenv("PGPORT", str(server.port))
    named = f"postgresql:///{url.database}?user=anybody"
    try:
        with pytest.raises(DatabaseUnavailable, match="has no TLS"), Database(named, require_tls=True):
            pass
        with Database(named) as database, database.begin():
            pass
    finally:
        server.close()


def test_an_address_is_shown_without_its_secrets_wherever_they_stand() -> None:
    url = "postgresql://me:hush1@db.example.org/contacts?password=hush2&sslpassword=hush3&sslmode=require"
    told = shown(normalized_url(url))
    assert "hush" not in told
    assert "db.example.org/contacts" in told
    assert "sslmode=require" in told
