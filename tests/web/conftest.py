"""The application over real HTTP on loopback, and a client that knows its address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

from dedupe.engines.local import LocalEngine
from dedupe.pipeline.auditing import draw
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.review.publish_decision import PublishRules, republisher
from dedupe.review.published_scorer import published_scorer
from dedupe.storage import tokens
from dedupe.storage.audits import Audit
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from dedupe.web.app import create_app
from dedupe.web.services import Services
from dedupe.web.serving import serving
from tests.review.deciding_house import LINK, REVIEW, DecidingHouse, strict

Open = Callable[..., httpx.Client]


def draws(database: Database, who: str, merged: int, near: int) -> Audit:
    """An audit by the thresholds of the house that decides."""
    settings = MergeSettings(link_probability=LINK, review_probability=REVIEW)
    return draw(database, settings, LocalEngine(), who, merged, near)


@pytest.fixture
def opened(database: Database) -> Iterator[Open]:
    """`opened(tokens_required=True)` serves the application and gives a client for it."""
    scorer = published_scorer(adjusted=strict)
    with ExitStack() as stack:

        def open_(**options: Any) -> httpx.Client:
            republish = republisher(scorer, PublishRules())
            app = create_app(Services(database, scorer, republish, draws, **options))
            address = stack.enter_context(serving(app))
            return stack.enter_context(httpx.Client(base_url=address, timeout=30))

        yield open_


@pytest.fixture
def client(opened: Open) -> httpx.Client:
    return opened()


@pytest.fixture
def token(database: Database) -> Callable[..., dict[str, str]]:
    """`token(Scope.LOOKUP)`: the header that carries a new token of Ada's."""

    def made(*scopes: Scope) -> dict[str, str]:
        with database.begin() as connection:
            secret = tokens.make(connection, "Ada", scopes).secret
        return {"Authorization": f"Bearer {secret}"}

    return made


@pytest.fixture
def house(database: Database) -> DecidingHouse:
    return DecidingHouse(database)
