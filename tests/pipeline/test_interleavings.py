"""Whatever others do while a night runs: nobody who was erased is served, and nothing undoes their acts."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dedupe.errors import DecisionRefused, InputError, LockHeld, LockLost, NotFound
from dedupe.model import Verdict
from dedupe.pipeline.erasure import erase
from dedupe.pipeline.merging import merge
from dedupe.review import deciding
from dedupe.storage import source_contacts, tables
from dedupe.storage.database import Database
from tests.house import contact
from tests.lost_locks import ends_every_session, ends_the_sessions_of_locks
from tests.pipeline.test_suppression_list import KEY, SETTINGS
from tests.review.deciding_house import ADA, DecidingHouse

PEOPLE = {"ann": ("crm:1", "mail:1", "web:1"), "bo": ("crm:2", "mail:2"), "cy": ("crm:3",)}
KEYS = [key for keys in PEOPLE.values() for key in keys]
FREE, AGAIN = ("load", "match, cluster, merge"), "merge again"
WITHIN = ("reread", "stage and compare", "publish")
pairs = st.lists(st.sampled_from(KEYS), min_size=2, max_size=2, unique=True)
acts = st.one_of(
    st.tuples(st.just("erase"), st.sampled_from(KEYS)),
    st.tuples(st.just("forget"), st.sampled_from(list(PEOPLE))),
    st.tuples(st.just("bury"), st.sampled_from(KEYS)),
    st.tuples(st.sampled_from(["same", "different"]), pairs),
    st.tuples(st.just("take back"), st.none()),
    st.tuples(st.just("end sessions"), st.none()),
    st.tuples(st.just("night"), st.none()),
)
again = st.one_of(  # the night holds the publish lock
    st.tuples(st.just("bury"), st.sampled_from(KEYS)),
    st.tuples(st.sampled_from(["end sessions", "night"]), st.none()),
)
within = st.tuples(st.sampled_from(["end locks", "night"]), st.none())
plans = st.fixed_dictionaries(
    {stage: st.lists(acts, max_size=2) for stage in FREE}
    | {AGAIN: st.lists(again, max_size=1)}
    | {stage: st.lists(within, max_size=1) for stage in WITHIN}
)


class Others:
    """People and runs on other connections, while somebody's night goes on."""

    def __init__(self, database: Database, night: DecidingHouse) -> None:
        self.house = DecidingHouse(database)
        self.database = database
        self.seeds = {key: night.seed(key) for key in KEYS}
        self.decisions: list[Any] = []
        self.met: Counter[str] = Counter()

    def act(self, what: str, whom: Any) -> None:
        """Refusals are right answers: somebody is gone, was decided about otherwise, or a run is at it."""
        with contextlib.suppress(NotFound, InputError, DecisionRefused, LockHeld):
            match what:
                case "erase" | "forget":
                    named = whom if what == "erase" else f"{whom}@x.org"
                    erase(self.database, SETTINGS, KEY, [named], unshow=self.house.unshow)
                case "bury":
                    with self.database.begin() as connection:
                        source_contacts.mark_gone(connection, [self.seeds[whom]], "test", datetime.now(UTC))
                case "same" | "different":
                    self.decisions.append(self._decides(Verdict(what), whom))
                case "take back" if self.decisions:
                    self.house.takes_back(self.decisions.pop())
                case "end sessions":
                    ends_every_session(self.database)
                case "end locks":
                    ends_the_sessions_of_locks(self.database)
                case "night":
                    self.house.merges()
            self.met[what] += 1

    def _decides(self, verdict: Verdict, keys: list[str]) -> Any:
        sides = [[self.seeds[key]] for key in keys]
        with deciding.publishing(self.database) as connection:
            return deciding.decide_by_hand(connection, self.house.republish, ADA, sides, verdict)


def goes_through(database: Database, other: Database, plan: dict[str, list[Any]]) -> DecidingHouse:
    """What is served afterwards, and after a second night, shows nobody who is gone."""
    _empty(database)
    night = DecidingHouse(database)
    for name, keys in PEOPLE.items():
        night.collected(*(contact(key, name=f"{name} Lee", email=f"{name}@x.org") for key in keys[:2]))
    night.merges()
    night.collected(
        *(
            contact(key, name=f"{name} Lee", email=f"{name}@x.org")
            for name, keys in PEOPLE.items()
            for key in keys[2:]
        )
    )
    others, left = Others(other, night), {stage: list(planned) for stage, planned in plan.items()}

    def tell(stage: str) -> None:
        for what, whom in left.pop(stage, ()):
            others.act(what, whom)

    published = True
    try:
        merge(night.database, night.settings, night.engine, tell=tell)
    except LockLost:
        published = False
    assert not _served(other, "c.gone_because = 'erased'")
    if published:
        assert not _served(other, "c.gone_at IS NOT NULL")
    night.merges()
    assert not _served(other, "c.gone_at IS NOT NULL")
    return night


def _served(database: Database, which: str) -> list[UUID]:
    query = text(f"""
        SELECT c.id FROM dedupe.source_links l JOIN dedupe.source_contacts c ON c.id = l.source_contact_id
         WHERE {which}""")
    with database.connect() as connection:
        return list(connection.execute(query).scalars())


def _empty(database: Database) -> None:
    names = ", ".join(f"dedupe.{table.name}" for table in tables.metadata.sorted_tables)
    with database.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))


_AS_IT_IS = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def other(database_url: str) -> Any:
    with Database(database_url) as database:
        yield database


@pytest.mark.timeout(900)
@given(plan=plans)
@settings(_AS_IT_IS, max_examples=2)
def test_others_act_while_a_night_runs(
    database: Database, other: Database, plan: dict[str, list[Any]]
) -> None:
    goes_through(database, other, plan)


@pytest.mark.long
@pytest.mark.timeout(3600)
@given(plan=plans)
@settings(_AS_IT_IS, max_examples=100)
def test_others_act_while_many_nights_run(
    database: Database, other: Database, plan: dict[str, list[Any]]
) -> None:
    night = goes_through(database, other, plan)
    settled = night.state()
    night.forgets_all_but_facts()
    night.merges()
    assert night.state() == settled
