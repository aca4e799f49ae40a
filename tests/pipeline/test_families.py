"""Families of ten cultures stay several people, and people written twice are found, whoever they are."""

from collections import Counter

import pytest

import dedupe
from tests.pipeline.generated_families import ONE_PERSON, TEN_CULTURES, TWO_PEOPLE, families

MODELS = ("default", "auto")
MOST_JOINED = 0.10
"""Of the pairs of two people of a culture. Measured on three seeds: 0 to 5 %."""
LEAST_FOUND = 0.90
"""Of the pairs of one person of a culture. Measured on three seeds: 100 %."""


@pytest.fixture(scope="module", params=MODELS)
def joined(request: pytest.FixtureRequest) -> Counter[tuple[str, str, bool]]:
    """How many pairs of each (kind, culture, joined)."""
    file = families(seed=7, each=5)
    matched = dedupe.match(file.table(), model=request.param)
    cluster = dict(zip(matched["record_id"].to_pylist(), matched["cluster_id"].to_pylist(), strict=True))
    return Counter(
        (kind, culture, cluster[left] == cluster[right]) for kind, culture, left, right in file.pairs
    )


def share(joined: Counter[tuple[str, str, bool]], kinds: tuple[str, ...], cultures: tuple[str, ...]) -> float:
    """The share of the pairs of these kinds and cultures that are joined."""
    told = [[joined[kind, culture, yes] for kind in kinds for culture in cultures] for yes in (True, False)]
    return sum(told[0]) / sum(map(sum, told))


@pytest.mark.parametrize("culture", TEN_CULTURES)
def test_families_namesakes_and_couples_of_every_culture_stay_apart(
    joined: Counter[tuple[str, str, bool]], culture: str
) -> None:
    assert share(joined, TWO_PEOPLE, (culture,)) <= MOST_JOINED


@pytest.mark.parametrize("kind", TWO_PEOPLE)
def test_no_kind_of_two_people_is_joined(joined: Counter[tuple[str, str, bool]], kind: str) -> None:
    assert share(joined, (kind,), TEN_CULTURES) <= MOST_JOINED


@pytest.mark.parametrize("culture", TEN_CULTURES)
def test_people_of_every_culture_who_are_written_twice_are_found(
    joined: Counter[tuple[str, str, bool]], culture: str
) -> None:
    assert share(joined, ONE_PERSON, (culture,)) >= LEAST_FOUND
