from collections.abc import Iterator

import pytest

from dedupe.simulators.population.population import Population, population
from dedupe.simulators.population.records import PROVIDERS
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.simulator import Simulator


@pytest.fixture(scope="session")
def town() -> Population:
    """Three hundred people."""
    return population(300, seed=4)


@pytest.fixture(scope="module")
def quiet(town: Population) -> Iterator[dict[str, Simulator]]:
    """All five, with nothing wrong and nobody changing them."""
    with simulate(town) as running:
        yield running


@pytest.fixture(params=PROVIDERS)
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def simulator(provider: str, town: Population) -> Iterator[Simulator]:
    """One provider of each kind in turn, for a test to spoil."""
    with simulate(town, [provider]) as running:
        yield running[provider]
