"""A contact is asked for by its own id, whatever stands in it: "not found" is a proof that it is gone."""

from typing import Any

import pytest

from dedupe.fetchers.fetcher import LookupById
from dedupe.fetchers.http.client import Api
from dedupe.fetchers.registry import fetcher_for
from dedupe.fetchers.settings import SourceSettings
from tests.fetchers.scripted_provider import Answer, provider

ONE = {"url": "http://x.example/people", "rows": "@", "one": "/people/{id}"}
MAPPED = {"full_name": "name"}


def asked(name: str, external_id: str) -> tuple[list[str], LookupById]:
    """What was asked for, and what was found where nobody is known."""
    options: dict[str, Any] = ONE if name == "acme" else {}
    own = SourceSettings(
        name, name, account_id="1", secrets={"token": "t"}, mapping=MAPPED if options else {}, options=options
    )
    with provider(Answer("{}", 404)) as running, Api(name, running.url, {}) as api:
        found = fetcher_for(own).find(api, external_id)
        return [path for path, _ in running.requests], found


@pytest.mark.parametrize("name", ["whippy", "askelephant", "openmrp", "acme"])
def test_an_id_is_one_step_of_the_path(name):
    [path], found = asked(name, "a/b?c=1#d e")
    assert path.endswith("/a%2Fb%3Fc%3D1%23d%20e")
    assert found.gone


@pytest.mark.parametrize("name", ["whippy", "askelephant", "openmrp", "acme"])
@pytest.mark.parametrize("external_id", [".", ".."])
def test_an_id_that_no_path_can_hold_is_not_asked_for(name, external_id):
    assert asked(name, external_id) == ([], LookupById())
