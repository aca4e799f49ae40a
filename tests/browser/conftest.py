"""The pages in a real browser: a Chromium of this machine, under the policy that the service sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from dedupe.review.publish_decision import PublishRules, republisher
from dedupe.review.published_scorer import published_scorer
from dedupe.storage import tokens
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from dedupe.web.app import create_app
from dedupe.web.services import Services
from dedupe.web.serving import serving
from tests.conftest import NO_BROWSER
from tests.review.deciding_house import DecidingHouse, strict
from tests.web.conftest import draws
from tools.browsers import chromium, launched

WITHIN = 30_000  # milliseconds that anything on a page may take, on a machine that does much else


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip(NO_BROWSER)
    with launched(path) as browser:
        yield browser


@pytest.fixture
def house(database: Database) -> DecidingHouse:
    return DecidingHouse(database)


@dataclass
class Visit:
    """A page of the application, and what went wrong on it: scripts that failed, what the policy refused."""

    page: Page
    address: str
    complaints: list[str]

    def goes(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page


Open = Callable[..., Visit]


@pytest.fixture
def opened(database: Database, browser: Browser) -> Iterator[Open]:
    """`opened(width=390)` serves the application and opens a page; `services`: options of `Services`,
    `signed`: the scope of a token that is sent along; the others are those of a context."""
    scorer = published_scorer(adjusted=strict)
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_(
            width: int = 1366,
            height: int = 768,
            services: dict[str, Any] | None = None,
            signed: Scope | None = None,
            **options: Any,
        ) -> Visit:
            republish = republisher(scorer, PublishRules())
            app = create_app(Services(database, scorer, republish, draws, **(services or {})))
            address = stack.enter_context(serving(app))
            context = browser.new_context(viewport={"width": width, "height": height}, **options)
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(WITHIN)
            page.on("response", lambda got: complaints.append(got.url) if _is_missing(got) else None)
            expect.set_options(timeout=WITHIN)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda told: complaints.append(told.text) if _of_policy(told.text) else None)
            if signed is not None:
                context.set_extra_http_headers(_token(database, signed))
            return Visit(page, address, complaints)

        yield open_
    assert complaints == [], "scripts run, and nothing is loaded or styled that the policy refuses"


def _is_missing(got: Response) -> bool:
    return got.request.resource_type in ("script", "stylesheet", "image") and got.status >= 400


def _of_policy(told: str) -> bool:
    return "Content Security Policy" in told


def _token(database: Database, scope: Scope) -> dict[str, str]:
    """The header that carries a new token of Ada's."""
    with database.begin() as connection:
        secret = tokens.make(connection, "Ada", [scope]).secret
    return {"Authorization": f"Bearer {secret}"}
