"""The API keeps what its OpenAPI document says, whatever it is sent."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from dedupe.pipeline.matching import cluster_again
from dedupe.pipeline.settling import judged_between
from dedupe.review.benches import saved_bench
from dedupe.review.republishing import Rules, republisher
from dedupe.storage import tokens
from dedupe.storage.database import Database
from dedupe.storage.tokens import Scope
from dedupe.web.app import create_app
from dedupe.web.services import Services
from dedupe.web.serving import serving
from tests.conftest import Server
from tests.house import House, contact
from tests.review.deciding_house import strict
from tests.web.conftest import draws


class Served(NamedTuple):
    address: str
    token: dict[str, str]


@pytest.fixture(scope="module")
def served(postgres_server: Server) -> Iterator[Served]:
    """One served house for the whole module: no answer may depend on what was sent before."""
    name = f"dedupe_test_{uuid.uuid4().hex}"
    with Database(postgres_server.create(name, postgres_server.template)) as database:
        house = House(database)
        house.collected(
            contact("crm:1", name="Jonathan Marchetti", email="jm@example.com"),
            contact("mail:1", name="Jonathan Marchetti", email="jonathan@example.net"),
        )
        house.merges()
        bench = saved_bench(adjusted=strict)
        with database.begin() as connection:
            secret = tokens.make(connection, "Ada", [Scope.ADMIN]).secret
        republish = republisher(bench, Rules(), cluster_again)
        app = create_app(Services(database, bench, republish, judged_between, draws, tokens_required=True))
        with serving(app) as address:
            yield Served(address, {"Authorization": f"Bearer {secret}"})
    postgres_server.drop(name)


def answers_as_described(served: Served, examples: int) -> None:
    """Every operation is sent requests drawn from its description, valid ones and others.

    That a request is of the right shape doesn't make it acceptable: an email must be one.
    """
    document = schemathesis.openapi.from_url(f"{served.address}/openapi.json")
    for found in document.get_all_operations():
        assert isinstance(found, Ok), found
        for mode in GenerationMode:
            _answers_as_described(found.ok(), mode, examples, served.token)


def _answers_as_described(operation: Any, mode: GenerationMode, examples: int, token: dict[str, str]) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=operation.as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(headers=token, excluded_checks=[positive_data_acceptance])

    with contextlib.suppress(Unsatisfiable):  # what takes nothing can be sent nothing wrong
        check()


def test_every_answer_is_one_that_is_described(served: Served) -> None:
    answers_as_described(served, 5)


@pytest.mark.long
def test_every_answer_is_one_that_is_described_at_length(served: Served) -> None:
    answers_as_described(served, 150)
