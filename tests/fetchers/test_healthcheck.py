from dataclasses import replace

import pytest

from dedupe.fetchers.healthcheck import checkup
from dedupe.fetchers.settings import SourceSettings
from dedupe.simulators.population.population import population
from dedupe.simulators.population.records import PROVIDERS
from dedupe.simulators.providers.servers import simulate
from dedupe.wiring.simulated import simulated_sources
from tests.fetchers.scripted_provider import Answer, provider


@pytest.fixture(scope="module")
def running():
    with simulate(population(40, seed=3)) as servers:
        yield servers


@pytest.fixture
def look(running):
    def looked(provider, *faults, **changes):
        own = next(one for one in simulated_sources(running) if one.name == provider)
        running[provider].faults.set(faults)
        try:
            return checkup(replace(own, timeout=2, options={"backoff": 0.01}, **changes))
        finally:
            running[provider].faults.set([])

    return looked


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_source_in_order_needs_nothing(look, running, provider):
    before = running[provider].counts["requests"]
    found = look(provider)
    assert (found.works, found.advice) == (True, [])
    assert running[provider].counts["requests"] - before <= 3


def test_it_says_what_the_provider_lets_us_do(look):
    assert any("by id" in one for one in look("digital99").findings)
    assert any("two complete walks" in one for one in look("openmrp").findings)
    assert any("incremental" in one for one in look("askelephant").findings)


@pytest.mark.parametrize(
    ("fault", "said"), [("expired-token", "401"), ("scope-missing", "scope"), ("redirect", "redirect")]
)
def test_it_says_what_to_mend(look, fault, said):
    found = look("whippy", fault)
    assert not found.works
    assert said in found.advice[0]


def test_it_says_that_a_filter_has_no_effect(look):
    assert "full_walk" in look("whippy", "filters-ignored").advice[0]


def test_it_says_that_a_clock_is_wrong(look):
    assert "7200 s ahead" in look("whippy", "clock-skew").advice[0].replace("7199", "7200")


def test_it_says_that_emails_and_phones_are_hidden(look):
    assert "may the credentials see them" in look("whippy", "scope-shrunk").advice[0]


def test_a_file_is_looked_over_too(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,name\n1,Ann\n2,Bob,x,y\n")
    found = checkup(SourceSettings("lists", "file", path=path))
    assert found.works
    assert "line 3" in found.advice[0]
    assert not checkup(SourceSettings("lists", "file", path=tmp_path / "none.csv")).works


def test_a_wrong_provider_is_advice_and_no_error():
    assert "provider" in checkup(SourceSettings("crm", "nobody")).advice[0]


@pytest.mark.parametrize(
    ("answer", "told"), [('{"people": [], "jo@example.org": 1}', "it has people"), ("[]", 'rows = "@"')]
)
def test_it_says_where_a_declared_provider_may_have_its_rows(answer, told):
    with provider(Answer(answer)) as said:
        options = {"url": f"{said.url}/people", "backoff": 0.01}
        own = SourceSettings("acme", "acme", options=options, mapping={"email": "mail"})
        found = checkup(replace(own, secrets={"token": "t"}))
    assert not found.works
    assert found.advice[0].endswith(told)
    assert len(said.requests) == 2
