"""Whatever moves between two pages: a walk that calls itself complete has seen whoever was there."""

from __future__ import annotations

import pytest

from dedupe.simulators.population import PROVIDERS
from tests.pipeline.moving import Claim, moving

OPTIONS = {"whippy": {"limit": 10}}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_walk_claims_to_be_complete_that_passed_somebody_over(provider):
    with moving(provider, **OPTIONS.get(provider, {})) as lists:
        claims = lists.tally(lists.some(60))
    assert claims[Claim.FALSE] == 0
    assert claims[Claim.TRUE] > 0


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_at_no_place_behind_no_page(provider):
    with moving(provider, **OPTIONS.get(provider, {})) as lists:
        claims = lists.tally(lists.everything())
    assert claims[Claim.FALSE] == 0
    assert claims[Claim.TRUE] > 0
