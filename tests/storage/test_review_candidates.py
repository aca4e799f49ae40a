"""The queue is made equal to what a run found; what is equal is not written."""

import json
from typing import Any

import pyarrow as pa
import pytest
from sqlalchemy import text

from dedupe.clustering.review_questions import QUESTIONS
from dedupe.errors import NotFound
from dedupe.storage import review_candidates, review_publishing
from dedupe.storage.database import Connection, Database
from tests.served_contacts import RUN, seed, source_contact


def question(left: str, right: str, **changed: Any) -> dict[str, Any]:
    return {
        "id": str(seed(f"{left} {right}")),
        "left_members": [str(seed(left))],
        "right_members": [str(seed(right))],
        "weight": 1024,
        "probability": 0.5,
        "priority": 1.0,
        "evidence": '{"pairs": [], "decisions": []}',
        "evidence_hash": b"hash",
        "cause": "doubtful",
        **changed,
    }


def publish(
    connection: Connection, *rows: dict[str, Any], within: list[str] | None = None
) -> tuple[int, ...]:
    table = pa.Table.from_pylist(list(rows), schema=QUESTIONS)
    only = None if within is None else [seed(key) for key in within]
    return review_publishing.publish(connection, table, RUN, None, only)


def test_a_second_publish_without_news_writes_nothing(database: Database) -> None:
    with database.begin() as connection:
        first, second = question("crm:1", "crm:2"), question("crm:3", "crm:4")
        assert publish(connection, first, second) == (2, 0, 0)
        assert publish(connection, second, first) == (0, 0, 0)
        assert publish(connection, first | {"weight": 2048}) == (0, 1, 1)
        assert publish(connection) == (0, 0, 1)


def test_a_candidate_that_asks_the_same_is_not_even_locked(database: Database) -> None:
    with database.begin() as connection:
        publish(connection, question("crm:1", "crm:2"))
    with database.begin() as connection:
        publish(connection, question("crm:1", "crm:2"), question("crm:3", "crm:4"))
    with database.begin() as connection:
        locked = text("SELECT count(*) FROM dedupe.review_candidates WHERE xmax <> 0")
        assert connection.execute(locked).scalar_one() == 0


def evidence(weight: int, level: str = "same") -> dict[str, Any]:
    pairs = [{"left": "a", "levels": {"email": level}, "right": "b", "weight": weight}]
    return {"weight": weight, "evidence": json.dumps({"decisions": [], "pairs": pairs}, sort_keys=True)}


def test_a_candidate_whose_evidence_is_the_same_is_the_same_row(database: Database) -> None:
    """How frequent values are moves all weights a little, each night."""
    first = question("crm:1", "crm:2")
    with database.begin() as connection:
        publish(connection, first | evidence(1000) | {"probability": 0.50})
        assert publish(connection, first | evidence(1255) | {"probability": 0.51}) == (0, 0, 0)
        assert publish(connection, first | evidence(1256)) == (0, 1, 0), "a quarter of a bit is told"
        assert publish(connection, first | evidence(1256, "near")) == (0, 1, 0), "other evidence too"
        assert publish(connection, first | evidence(1257, "near") | {"cause": "held_apart"}) == (0, 1, 0)


def test_a_component_is_published_without_touching_the_rest(database: Database) -> None:
    with database.begin() as connection:
        publish(connection, question("crm:1", "crm:2"), question("crm:3", "crm:4"))
        assert publish(connection, question("crm:1", "crm:5"), within=["crm:1"]) == (1, 0, 1)
        assert review_candidates.count(connection) == 2


def test_what_matters_most_comes_first_page_by_page(database: Database) -> None:
    with database.begin() as connection:
        rows = [question(f"crm:{at}", "mail:1", priority=float(at // 2)) for at in range(6)]
        publish(connection, *rows)
        seen = []
        after = None
        while page := review_candidates.listed(connection, "Ada", 2, after):
            seen += [candidate for candidate, _ in page]
            after = page[-1][1]
        assert [candidate.priority for candidate in seen] == [2, 2, 1, 1, 0, 0]
        assert len({candidate.id for candidate in seen}) == 6


def test_what_somebody_skipped_comes_last_for_them_alone(database: Database) -> None:
    with database.begin() as connection:
        publish(connection, *[question(f"crm:{at}", "mail:1", priority=float(-at)) for at in range(4)])

        def order(who: str) -> list[float]:
            return [-candidate.priority for candidate, _ in review_candidates.listed(connection, who, 9)]

        ids = [candidate.id for candidate, _ in review_candidates.listed(connection, "Ada", 9)]
        for at in (1, 0, 1):
            review_candidates.skip(connection, ids[at], "Ada")
        assert (order("Ada"), order("Bob")) == ([2, 3, 0, 1], [0, 1, 2, 3])
        [*_, (_, place)] = review_candidates.listed(connection, "Ada", 3)
        rest = review_candidates.listed(connection, "Ada", 9, place)
        assert [candidate.id for candidate, _ in rest] == [ids[1]]
        publish(connection)
        with pytest.raises(NotFound):
            review_candidates.skip(connection, ids[0], "Ada")


def test_members_come_as_they_are_now(database: Database) -> None:
    with database.begin() as connection:
        source_contact(connection, "crm:1", {"names": []}, identity=b"now")
        source_contact(connection, "crm:2")  # gone: it has no normalized content
        found = review_candidates.members(connection, [seed("crm:1"), seed("crm:2")])
        assert {key: member.identity_hash for key, member in found.items()} == {seed("crm:1"): b"now"}


def test_a_candidate_that_is_not_asked_is_not_found(database: Database) -> None:
    with database.begin() as connection, pytest.raises(NotFound):
        review_candidates.get(connection, seed("none"))
