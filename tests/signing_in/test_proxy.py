"""An authenticating proxy's headers are believed from its addresses, and refused from any other."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from dedupe.errors import SignInRefused
from dedupe.signing_in.proxy import ProxyHeaders
from dedupe.signing_in.roles import Identity, Roles
from dedupe.storage.tokens import Scope

PROXY = ProxyHeaders("X-User", "X-Groups", (ip_network("10.0.0.0/30"), ip_network("::1")))


def of(peer: str, **headers: list[str]) -> Identity | None:
    return PROXY.identity(lambda name: headers.get(name.replace("-", "_"), []), peer)


@pytest.mark.parametrize("peer", ["10.0.0.1", "::1", "::ffff:10.0.0.2"])
def test_from_the_proxy_they_are_believed(peer: str) -> None:
    assert of(peer, X_User=["ada"], X_Groups=["a, b;c,,"]) == Identity("ada", ("a", "b", "c"))
    assert of(peer, X_User=["J\u00c3\u00bcrgen"]) == Identity("Jürgen", ())
    assert of(peer) is None


@pytest.mark.parametrize("peer", ["10.0.0.4", "127.0.0.1", "", "unix", "::ffff:10.0.0.9", "fe80::1%eth0"])
def test_from_elsewhere_they_are_refused(peer: str) -> None:
    for headers in ({"X_User": ["ada"]}, {"X_Groups": ["admins"]}):
        with pytest.raises(SignInRefused, match="no trusted proxy"):
            of(peer, **headers)
    assert of(peer) is None


def test_headers_sent_twice_or_without_a_name_are_refused() -> None:
    for users, groups in (
        [["a", "b"], ["x"]],
        [["a"], ["x", "y"]],
        [[" "], []],
        [["a\x00"], []],
        [[], ["x"]],
    ):
        with pytest.raises(SignInRefused):
            of("10.0.0.1", X_User=users, X_Groups=groups)


def test_roles_are_given_by_groups() -> None:
    roles = Roles(frozenset({"all"}), frozenset({"care"}), frozenset({"ops"}))
    assert roles.scopes(["all", "care", "other"]) == [Scope.LOOKUP, Scope.REVIEW]
    assert roles.scopes(["ops"]) == [Scope.ADMIN]
    assert roles.scopes([]) == roles.scopes(["Ops", "other"]) == []
