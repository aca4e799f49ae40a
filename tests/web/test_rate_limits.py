"""Who asks too often is told to wait, and nobody else."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from dedupe.storage import tokens
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from dedupe.web.rate_limits import RateLimit, RateLimits
from tests.web.conftest import Open

ASKED = {"email": "nobody@example.org"}
WRONG = {"Authorization": "Bearer dedupe_wrong"}
Token = Callable[..., dict[str, str]]


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def limited(opened: Open) -> httpx.Client:
    """Five lookups a token and three wrong tokens an address in a minute."""
    return opened(tokens_required=True, limits=RateLimits(RateLimit(5), RateLimit(3)))


def test_a_token_that_asks_too_often_waits_and_others_don_t(limited: httpx.Client, token: Token) -> None:
    busy, other = token(Scope.LOOKUP), token(Scope.LOOKUP)
    said = [limited.post("/v1/lookup", json=ASKED, headers=busy) for _ in range(6)]
    assert [one.status_code for one in said] == [200] * 5 + [429]
    assert 1 <= int(said[-1].headers["retry-after"]) <= 12
    assert said[-1].json()["type"].endswith(":too-many-requests")
    assert limited.post("/v1/lookup", json=ASKED, headers=other).status_code == 200


def test_each_of_many_lookups_counts(limited: httpx.Client, token: Token) -> None:
    headers = token(Scope.LOOKUP)
    four = {"lookups": [ASKED] * 4}
    assert limited.post("/v1/lookups", json=four, headers=headers).status_code == 200
    assert limited.post("/v1/lookups", json=four, headers=headers).status_code == 429


def test_wrong_tokens_make_an_address_wait_but_none_that_was_right(
    limited: httpx.Client, token: Token
) -> None:
    known, new = token(Scope.LOOKUP), token(Scope.LOOKUP)
    assert limited.post("/v1/lookup", json=ASKED, headers=known).status_code == 200
    said = [limited.post("/v1/lookup", json=ASKED, headers=WRONG).status_code for _ in range(4)]
    assert said == [401, 401, 401, 429]
    assert limited.post("/v1/lookup", json=ASKED, headers=new).status_code == 429
    assert limited.post("/v1/lookup", json=ASKED, headers=known).status_code == 200


def test_a_form_to_sign_in_is_limited_as_well(limited: httpx.Client) -> None:
    limited.get("/sign-in")
    page = limited.get("/sign-in").text
    form_token = page.partition('name="form_token" value="')[2].partition('"')[0]
    form = {"token": "dedupe_wrong", "form_token": form_token}
    assert [limited.post("/sign-in", data=form).status_code for _ in range(4)] == [401, 401, 401, 429]


def test_an_allowance_fills_up_steadily() -> None:
    clock = Clock()
    limit = RateLimit(60, clock=clock)
    assert limit.take("a", 60) == 0
    assert limit.take("a") == pytest.approx(1.0)
    clock.now = 2.0
    assert [limit.take("a"), limit.take("a")] == [0, 0]
    assert limit.take("a") > 0


def test_one_that_asks_for_more_than_a_minute_allows_is_not_kept_out_for_ever() -> None:
    clock = Clock()
    limit = RateLimit(60, clock=clock)
    assert limit.take("a", 1000) == 0
    assert limit.take("a") > 900


def test_memory_is_bounded() -> None:
    limit = RateLimit(1, keys=100)
    for key in range(10_000):
        limit.take(key)
    assert len(limit._left) == 100


def test_when_a_token_was_used_is_known(database: Database) -> None:
    with database.begin() as connection:
        made = tokens.make(connection, "Ada", [Scope.LOOKUP])
    with database.begin() as connection:
        assert tokens.get(connection, made.id).last_used_at is None
        assert tokens.use(connection, made.secret) is not None
        assert tokens.use(connection, "dedupe_wrong") is None
    with database.begin() as connection:
        first = tokens.get(connection, made.id).last_used_at
        assert first is not None
        tokens.use(connection, made.secret)
        assert tokens.get(connection, made.id).last_used_at == first  # once a minute


def test_nobody_waits_for_another_request_of_the_same_token(database: Database) -> None:
    with database.begin() as connection:
        made = tokens.make(connection, "Ada", [Scope.LOOKUP])
    with database.begin() as one, database.begin() as other:
        tokens.use(one, made.secret)
        other.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
        assert tokens.use(other, made.secret) is not None
