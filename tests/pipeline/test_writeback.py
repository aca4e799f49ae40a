"""The golden id stands at the provider, once, where nothing else stood; nobody takes it for news."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dedupe.storage.database import Database
from tests.pipeline.writing_house import FIELDS, WritingHouse, writing_house


@pytest.fixture(params=FIELDS)
def house(request: pytest.FixtureRequest, database: Database) -> Iterator[WritingHouse]:
    with writing_house(database, request.param) as made:
        yield made


def test_every_golden_id_is_written_once_and_a_walk_afterwards_finds_no_news(house):
    golden, versions = house.golden(), house.count("source_contact_versions")
    done = house.applies()
    assert done.failure is None
    there = {key: value for key, value in house.there().items() if value is not None}
    holders = {key: golden[key] for key in there}
    assert there == holders
    assert len(there) == done.written
    assert done.written + done.duplicates == len(golden)
    again = house.applies()
    assert (again.written, again.requests) == (0, 0)
    walked = house.walks()
    assert (walked.new, walked.changed, walked.same) == (0, 0, walked.fetched)
    assert house.count("source_contact_versions") == versions
    assert house.merges() == "unchanged"
