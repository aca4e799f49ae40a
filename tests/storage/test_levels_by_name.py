"""Revision 0002 puts stored comparison levels into words: by name instead of by position."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from dedupe.model import Verdict
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.storage.database import Database
from dedupe.storage.migrating import migrate, pending
from tests.house import House, contact

REVISION = Path(__file__).parents[2] / "migrations" / "versions" / "0002_levels_by_name.py"
STORED = "SELECT CAST({column} AS text) FROM dedupe.{table} ORDER BY {column}::text"


def stored(database: Database, table: str, column: str) -> list[str]:
    with database.begin() as connection:
        return list(connection.execute(text(STORED.format(table=table, column=column))).scalars())


@pytest.fixture
def old(empty_database_url: str) -> Iterator[Database]:
    """A database as revision 0001 made it."""
    with Database(empty_database_url) as database:
        migrate(database, "0001")
        yield database


def put(database: Database, levels: str, evidence: str) -> None:
    """A link and a review candidate as revision 0001 held them."""
    house = House(database)
    house.collected(contact("crm:1", name="Ann Quill"), contact("crm:2", name="Ann Quill"))
    low, high = sorted((house.seed("crm:1"), house.seed("crm:2")))
    rows = {"left": low, "right": high, "run": uuid4(), "levels": levels, "evidence": evidence}
    with database.begin() as connection:
        connection.execute(
            text("""
            INSERT INTO dedupe.links
                   (left_contact, right_contact, weight, probability, levels, cause, run_id)
            VALUES (:left, :right, 7, 0.9, CAST(:levels AS json), 'match', :run)"""),
            rows,
        )
        connection.execute(
            text("""
            INSERT INTO dedupe.review_candidates
                   (id, left_members, right_members, weight, probability, priority, evidence, evidence_hash,
                    cause, run_id, first_seen_at)
            VALUES (:run, ARRAY[CAST(:left AS uuid)], ARRAY[CAST(:right AS uuid)], 7, 0.5, 1,
                    CAST(:evidence AS json), 'hash', 'doubtful', :run, clock_timestamp())"""),
            rows,
        )


def evidence(**levels: int | str) -> str:
    pair = {"left": str(UUID(int=1)), "right": str(UUID(int=2)), "weight": -3, "levels": levels}
    return json.dumps({"pairs": [pair, pair], "decisions": ["d1"]}, sort_keys=True)


def test_positions_of_the_first_tables_become_names_and_silence_goes(old: Database) -> None:
    put(
        old,
        '{"given_name":7,"family_name":-1,"email":8,"town":0,"source":1}',
        evidence(town=2, given_name=0, suffix=-1),
    )
    assert migrate(old, "0002") == ["0002"]
    assert stored(old, "links", "levels") == [
        '{"given_name":"same","email":"same","town":"different","source":"different"}'
    ]
    assert stored(old, "review_candidates", "evidence") == [
        evidence(town="town_only", given_name="different")
    ]


@pytest.mark.parametrize("levels", ["{}", '{"given_name":-1,"source":-1}'])
def test_who_said_nothing_says_nothing(old: Database, levels: str) -> None:
    put(old, levels, json.dumps({"decisions": ["d1"], "pairs": []}))
    migrate(old, "0002")
    assert stored(old, "links", "levels") == ["{}"]
    assert stored(old, "review_candidates", "evidence") == ['{"decisions": ["d1"], "pairs": []}']


def test_a_position_that_the_first_tables_never_had_stays(old: Database) -> None:
    put(old, '{"phone":70,"zodiac":2}', evidence(zodiac=2))
    migrate(old, "0002")
    assert stored(old, "links", "levels") == ['{"phone":70,"zodiac":2}']
    assert stored(old, "review_candidates", "evidence") == [evidence(zodiac=2)]


def by_position(levels: dict[str, str]) -> dict[str, int]:
    """As it was stored before: every comparison, −1 where a side is silent."""
    places = {name: listed.split() for name, listed in runpy.run_path(str(REVISION))["LEVELS"].items()}
    return {name: places[name].index(levels[name]) if name in levels else -1 for name in places}


def taken_back_to_positions(database: Database) -> None:
    with database.begin() as connection:
        links = connection.execute(text("SELECT left_contact, right_contact, levels FROM dedupe.links"))
        for left, right, levels in links.all():
            old = json.dumps(by_position(levels) if levels else {}, separators=(",", ":"))
            connection.execute(
                text("""UPDATE dedupe.links SET levels = CAST(:old AS json)
                         WHERE left_contact = :left AND right_contact = :right"""),
                {"old": old, "left": left, "right": right},
            )
        candidates = connection.execute(text("SELECT id, evidence FROM dedupe.review_candidates"))
        for candidate, held in candidates.all():
            for pair in held["pairs"]:
                pair["levels"] = by_position(pair["levels"])
            connection.execute(
                text("UPDATE dedupe.review_candidates SET evidence = CAST(:old AS json) WHERE id = :id"),
                {"old": json.dumps(held, sort_keys=True), "id": candidate},
            )
        connection.execute(text("UPDATE dedupe.alembic_version SET version_num = '0001'"))


def test_a_night_after_it_finds_nothing_to_do(database: Database) -> None:
    """What it makes is what a night writes, to the byte: no question is asked anew."""
    house = House(database, MergeSettings(link_probability=0.95, review_probability=0.01))
    names = ("Ann Quill", "Bob Stone", "Cyd Marsh")
    for number, name in enumerate(names):
        own = f"+44207946002{number}"  # no mailbox: the first tables knew no comparison of mailboxes
        house.collected(
            contact(f"crm:{number}", name=name, phone=f"{own};+442079460018"),
            contact(f"mail:{number}", name=name, phone=own),
            contact(f"shop:{number}", name=name),
        )
    house.decided("crm:0", "shop:1", Verdict.SAME)
    house.merges()
    columns = (("links", "levels"), ("review_candidates", "evidence"))
    made = [stored(database, *column) for column in columns]
    assert "{}" in made[0]
    assert any('"levels": {"' in each for each in made[1])
    taken_back_to_positions(database)
    assert [stored(database, *column) for column in columns] != made
    assert pending(database)[0] == "0002"
    assert migrate(database, "0002") == ["0002"]
    assert [stored(database, *column) for column in columns] == made
    assert house.merges().status == "unchanged"
