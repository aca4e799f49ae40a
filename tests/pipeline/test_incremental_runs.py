"""The law of incremental runs: they serve what a full run by the same saved term frequencies serves."""

from __future__ import annotations

import contextlib
import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
import uuid_utils.compat as uuids
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dedupe.arrays.numpy_columns import integers
from dedupe.errors import DecisionRefused, IndexUnusable
from dedupe.matching import present_users, term_growth
from dedupe.matching.blocking import candidate_pairs, exact_duplicates, match_keys
from dedupe.matching.model.default import default_model
from dedupe.model import ValueVerdict, Verdict
from dedupe.pipeline import reach
from dedupe.pipeline.forgetting import forget_keys
from dedupe.pipeline.incremental import IncrementalPlan, _Incremental, merge_changes
from dedupe.pipeline.live_run import merge_now
from dedupe.pipeline.merge_report import MergeReport
from dedupe.pipeline.merging import merge
from dedupe.storage import components, erasures, match_index, match_models, merge_runs, tables
from dedupe.storage.database import Database
from tests.house import DERIVED_TABLES, Given, House, contact

OPTIONS: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "phases": [Phase.explicit, Phase.generate],  # to shrink a history takes minutes
}
FEW = st.sampled_from
PEOPLE: st.SearchStrategy[dict[str, Any]] = st.builds(
    dict,
    name=FEW([None, "Ann Lee", "Anne Lee", "Bob Lee", "Ann Ray", "A. Lee", "Zoe Quartz", "Zoe Quarz"]),
    email=FEW([None, None, "ann.lee@acme.org", "office@acme.org", "zoe@home.net", "ann.lee@gmail.com"]),
    phone=FEW([None, None, "+442079460100", "+442079460199"]),
    birth=FEW([None, None, "1980-02-03", "2004-02-05"]),
    street=FEW([None, "12 Mill Lane"]),
    postcode=FEW([None, "SW1A 1AA"]),
    company=FEW([None, "Acme Rockets"]),
)
KEYS = [f"{source}:{number}" for source in ("crm", "mail") for number in range(6)]
SOMEONE = FEW(KEYS)
ACTS = (
    st.tuples(st.just("says"), SOMEONE, PEOPLE),
    st.tuples(st.just("says"), SOMEONE, PEOPLE),
    st.tuples(st.just("goes"), SOMEONE),
    st.tuples(st.just("is erased"), SOMEONE, st.booleans()),
    st.tuples(st.just("decided"), SOMEONE, SOMEONE, FEW(list(Verdict))),
    st.tuples(st.just("not theirs"), SOMEONE, FEW(["office@acme.org", "ann.lee@acme.org"])),
    st.tuples(st.just("shared"), FEW(["office@acme.org"])),
    st.tuples(st.just("revoked"), st.integers(0, 9)),
)
AT_ONCE = st.tuples(st.just("merged for now"), st.lists(SOMEONE, min_size=1, max_size=3))
MEANWHILE = st.lists(st.one_of(*ACTS, AT_ONCE, AT_ONCE, AT_ONCE), min_size=1, max_size=5)
STEPS = st.one_of(
    *ACTS,
    st.tuples(st.just("merged")),
    AT_ONCE,
    st.tuples(st.just("a night"), st.booleans(), MEANWHILE),
)
"""A night, over all by saved term frequencies or by new ones, while others act and what they do is merged."""
HISTORIES = st.tuples(
    st.lists(st.tuples(SOMEONE, PEOPLE), min_size=3, max_size=10, unique_by=lambda one: one[0]),
    st.lists(STEPS, min_size=1, max_size=10),
)
LIMITS = st.sampled_from([None, None, 1, 2, 3])
"""The size from which blocks are oversized and duplicates too many, and people who share a value for good."""


def test_after_any_history_an_incremental_run_serves_what_a_full_one_does(database: Database) -> None:
    @settings(max_examples=6, **OPTIONS)
    @given(HISTORIES, LIMITS)
    def after(history: Any, limit: int | None) -> None:
        relive(database, history, limit)

    after()


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_after_any_of_many_histories(database: Database) -> None:
    @settings(max_examples=int(os.environ.get("HISTORIES", "200")), **OPTIONS)
    @given(HISTORIES, LIMITS)
    def after(history: Any, limit: int | None) -> None:
        relive(database, history, limit)

    after()


def test_what_is_merged_while_a_night_computes_is_neither_lost_nor_undone_nor_doubled(
    database: Database,
) -> None:
    house, ann = _fresh(database), {"name": "Ann Lee", "email": "ann.lee@acme.org"}
    house.collected(_said("crm:1", ann), _said("crm:2", {"name": "Bob Lee", "phone": "+442079460100"}))
    house.merges(full=True)
    zoe, served = {"name": "Zoe Quartz", "email": "zoe@home.net"}, {}

    def meanwhile(stage: str) -> None:
        if stage == "match, cluster, merge":
            house.collected(_said("mail:1", ann), _said("mail:2", zoe))
            house.vanished("crm:2")
            _for_now(house, ["mail:1", "mail:2"])
            served.update({key: house.golden_of(key) for key in ("crm:1", "mail:1", "mail:2")})

    merge(house.database, house.settings, house.engine, full=True, tell=meanwhile)
    assert served["crm:1"] == served["mail:1"] is not None
    assert {key: house.golden_of(key) for key in served} == served
    assert house.golden_of("crm:2") is None
    of_zoe = [event["kind"] for event in house.events() if event["golden_id"] == served["mail:2"]]
    assert of_zoe == ["made"], "what was made meanwhile is neither retired nor made again"
    assert_a_full_run_finds_nothing(house)
    assert_a_rebuild_serves_the_same(house, counted_anew=True)


def test_who_shares_no_value_is_found_by_the_keys_of_both(database: Database) -> None:
    house = _fresh(database)
    known = {"name": "Zoe Quartz", "birth": "1980-02-03", "street": "12 Mill Lane", "postcode": "SW1A 1AA"}
    house.collected(_said("crm:1", known), _said("crm:2", {"name": "Bob Lee"}))
    house.merges(full=True)
    house.collected(_said("mail:1", known))
    incremental(house)
    assert house.golden_of("mail:1") == house.golden_of("crm:1")
    assert_a_full_run_finds_nothing(house)


def test_whoever_holds_a_value_is_judged_anew_when_others_come_to_use_it(database: Database) -> None:
    house, reach = _fresh(database), {"email": "ann.lee@acme.org", "phone": "+442079460100"}
    house.collected(_said("crm:1", {"name": "Ann Lee", **reach}), _said("mail:1", reach))
    house.merges(full=True)
    assert house.golden_of("crm:1") == house.golden_of("mail:1")
    names = ("Bob Quarz", "Zoe Ray", "Ivan Pike", "Mia Orr", "Tom Fox")
    others = (_said(f"crm:{at}", {"name": name, **reach}) for at, name in enumerate(names, start=2))
    house.collected(*others)
    incremental(house)
    assert house.golden_of("crm:1") != house.golden_of("mail:1")
    assert_a_full_run_finds_nothing(house)


def test_a_value_that_many_come_to_hold_says_less_and_its_holders_are_judged_anew(database: Database) -> None:
    house, known = _fresh(database), {"name": "Zoe Quartz", "company": "Acme Rockets"}
    house.collected(_said("crm:1", known), _said("mail:1", {**known, "postcode": "SW1A 1AA"}))
    house.merges(full=True)
    at_first = _weight(house)
    others = {f"crm:{name}": {**known, "name": f"{name} Quartz"} for name in NAMES}
    house.collected(*(_said(key, person) for key, person in list(others.items())[:5]))
    incremental(house)
    assert _weight(house) == at_first  # so few may be one person
    house.collected(*(_said(key, person) for key, person in list(others.items())[5:]))
    incremental(house)
    assert _weight(house) < at_first
    assert_a_full_run_finds_nothing(house)
    house.vanished(*list(others)[5:])
    incremental(house)
    assert _weight(house) == at_first
    assert_a_full_run_finds_nothing(house)


def test_a_value_whose_holders_are_erased_says_as_much_as_before(database: Database) -> None:
    house, known = _fresh(database), {"name": "Zoe Quartz", "company": "Acme Rockets"}
    house.collected(_said("crm:1", known), _said("mail:1", {**known, "postcode": "SW1A 1AA"}))
    house.merges(full=True)
    at_first = _weight(house)
    others = {f"crm:{name}": {**known, "name": f"{name} Quartz"} for name in NAMES}
    house.collected(*(_said(key, person) for key, person in others.items()))
    incremental(house)
    assert _weight(house) < at_first
    for key in others:
        _erase(house, key, as_asked=True)
    incremental(house)
    assert _weight(house) == at_first
    assert_a_full_run_finds_nothing(house)


def test_holders_that_a_night_and_a_live_run_bring_at_once_add_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, known = _fresh(database), {"name": "Zoe Quartz", "company": "Acme Rockets"}
    others = {f"crm:{name}": {"name": f"{name} {name}sen", "company": "Acme Rockets"} for name in NAMES[:8]}
    house.collected(_said("crm:1", known), *(_said(*each) for each in list(others.items())[:6]))
    house.merges(full=True)  # seven hold it
    publishing, left = _Incremental._publishing, [list(others)[7]]

    def meanwhile(run: Any) -> Any:
        if left:
            key = left.pop()
            house.collected(_said(key, others[key]), _said("mail:1", {"name": "Uma Orr", **ROCKETS}))
            _for_now(house, [key, "mail:1"])
        return publishing(run)

    monkeypatch.setattr(_Incremental, "_publishing", meanwhile)
    house.collected(_said(list(others)[6], others[list(others)[6]]))
    incremental(house)
    with database.begin() as connection:
        assert connection.execute(select(tables.grown_terms)).all(), "ten hold it"
    assert_a_full_run_finds_nothing(house)


ROCKETS = {"company": "Acme Rockets"}
NAMES = ("Bob", "Tom", "Ivy", "Max", "Lea", "Ali", "Mei", "Olga", "Juan", "Pia", "Ken", "Uma", "Noa", "Sven")


def _weight(house: House) -> int:
    """Of the pair that was there first, linked or asked."""
    with house.database.begin() as connection:
        ends = {house.seed("crm:1"), house.seed("mail:1")}
        links = connection.execute(select(tables.links)).mappings().all()
        asked = connection.execute(select(tables.review_candidates)).mappings().all()
    told = [({one["left_contact"], one["right_contact"]}, one["weight"]) for one in links]
    told += [({*one["left_members"], *one["right_members"]}, one["weight"]) for one in asked]
    [weight] = [weight for members, weight in told if members == ends]
    return int(weight)


def relive(database: Database, history: Any, limit: int | None) -> None:
    first, steps = history
    house = _fresh(database)
    with pytest.MonkeyPatch.context() as patch:
        if limit is not None:
            _small(patch, limit)
        house.collected(*(_said(key, person) for key, person in first))
        house.merges(full=True)
        made: list[UUID] = []
        for what, *about in [*steps, ("merged",)]:
            if what == "merged":
                _merged(house)
            elif what == "a night":
                _a_night(house, made, *about)
            else:
                _happens(house, made, what, about)
        assert_a_full_run_finds_nothing(house)
        counted_anew = any(what == "a night" and about[0] for what, *about in steps)
        assert_a_rebuild_serves_the_same(house, counted_anew=counted_anew)


def assert_a_full_run_finds_nothing(house: House) -> None:
    before, indexed = _served(house), _indexed(house)
    full = merge(house.database, house.settings, house.engine, anew=False)
    written = {name: count for name, count in full.written.items() if name != "match_index"}
    assert not any(written.values()), written
    assert (_served(house), _indexed(house)) == (before, indexed)


def assert_a_rebuild_serves_the_same(house: House, *, counted_anew: bool = False) -> None:
    """After a night that counted term frequencies anew, candidates keep the weights that they were asked by
    where these have moved a little only (decision 135)."""
    before = _served(house, weights=not counted_anew)
    with house.database.begin() as connection:
        for table in reversed(DERIVED_TABLES):
            if table.name not in ("contacts", "match_context"):
                connection.execute(table.delete())
    merge(house.database, house.settings, house.engine, anew=False)
    assert _served(house, weights=not counted_anew) == before


def incremental(house: House) -> MergeReport:
    with house.database.begin() as connection:
        before = merge_runs.last_published(connection)
    assert before is not None
    plan = IncrementalPlan(uuids.uuid7(), "night", before, "news")
    return merge_changes(house.database, house.settings, house.engine, plan)


def _merged(house: House) -> None:
    """A run over what changed; where that may concern everybody, over all."""
    try:
        incremental(house)
    except IndexUnusable:
        merge(house.database, house.settings, house.engine, anew=False)


def _a_night(house: House, made: list[UUID], anew: bool, meanwhile: list[Any]) -> None:
    """A full run; once it has its snapshot others act."""
    left = list(meanwhile)

    def tell(stage: str) -> None:
        while stage == "match, cluster, merge" and left:
            what, *about = left.pop(0)
            _happens(house, made, what, about)

    told = merge(house.database, house.settings, house.engine, anew=anew, full=anew, tell=tell)
    assert told.status in ("published", "unchanged")


def _for_now(house: House, keys: list[str]) -> None:
    """A live run over what changed of these."""
    some = [str(house.seed(key)) for key in sorted(set(keys) & _known(house))]
    with contextlib.suppress(IndexUnusable):  # a block has grown
        merge_now(house.database, house.settings, house.engine, some=some)


def _happens(house: House, made: list[UUID], what: str, about: list[Any]) -> None:
    known = _known(house)
    if what == "says":
        house.collected(_said(*about))
    elif what == "goes" and about[0] in known:
        house.vanished(about[0])
    elif what == "merged for now":
        _for_now(house, about[0])
    elif what == "is erased" and about[0] in known:
        _erase(house, *about)
    elif what == "decided" and about[0] != about[1] and set(about[:2]) <= known:
        made.append(house.decided(*about))
    elif what == "not theirs" and about[0] in known:
        made.append(house.judged("email", about[1], ValueVerdict.NOT_THEIRS, about[0]))
    elif what == "shared":
        made.append(house.judged("email", about[0], ValueVerdict.SHARED))
    elif what == "revoked" and about[0] < len(made):
        with contextlib.suppress(DecisionRefused):  # it was revoked before
            house.revoked(made[about[0]])


def _said(key: str, person: dict[str, Any]) -> Given:
    return contact(key, **{name: value for name, value in person.items() if value})


def _known(house: House) -> set[str]:
    """The keys of live contacts."""
    with house.database.begin() as connection:
        rows = connection.execute(
            select(tables.sources.c.name, tables.source_contacts.c.external_id)
            .join_from(tables.source_contacts, tables.sources)
            .where(tables.source_contacts.c.gone_at.is_(None))
        )
        return {f"{source}:{external_id}" for source, external_id in rows}


def _erase(house: House, key: str, as_asked: bool) -> None:
    """As somebody asked for it, or because who is read turns out to be erased."""
    source, external_id = key.split(":", 1)
    with house.database.begin() as connection:
        found = erasures.by_external_id(connection, source, external_id)
        if as_asked:
            forget_keys(connection, [str(one.id) for one in found])
        erasures.erase(connection, dict.fromkeys(found, "***"), datetime.now(UTC))


def _served(house: House, *, weights: bool = True) -> dict[str, list[str]]:
    """Everything served, to the bit, without runs and times; links by pair and cause, since they keep the
    evidence that they were made by."""
    aside = {"run_id", "changed_at", "linked_at", "first_seen_at"}
    evidence = {"weight", "probability", "levels"}
    of_links, weighed = ("links", "source_links"), {*evidence, "priority"}
    keeps = dict.fromkeys(of_links, evidence) | ({} if weights else {"review_candidates": weighed})
    with house.database.begin() as connection:
        return {
            table.name: sorted(
                _text(row, aside | keeps.get(table.name, set()), weights)
                for row in connection.execute(select(table)).mappings()
            )
            for table in DERIVED_TABLES
            if not table.name.startswith("match_") and table.name != "settled"
        }


def _text(row: Any, aside: set[str], weights: bool) -> str:
    told = {name: value for name, value in row.items() if name not in aside}
    text = json.dumps(told, default=str, sort_keys=True)
    return text if weights else re.sub(r'"weight": -?\d+', "", text)


def _indexed(house: House) -> set[tuple[int, str]]:
    """What the index says of all live contacts."""
    with house.database.begin() as connection:
        ids = [
            str(each) for each in connection.execute(select(tables.contacts.c.source_contact_id)).scalars()
        ]
        held = match_index.keys_of(connection, ids)
        assert match_index.holders(connection, integers(held["key"])).num_rows == held.num_rows
        match_index.check(connection)
        return {(row["key"], row["source_contact_id"]) for row in held.to_pylist()}


def _fresh(database: Database) -> House:
    """A house without contacts, going by the shipped model."""
    with database.begin() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(table.delete())
        model = match_models.save(connection, "shipped", "shipped", default_model().to_json())
        match_models.activate(connection, model)
    return House(database)


def _small(patch: pytest.MonkeyPatch, limit: int) -> None:
    rules = tuple(replace(rule, cap=limit) for rule in candidate_pairs.RULES)
    patch.setattr(candidate_pairs, "RULES", rules)
    patch.setattr(exact_duplicates, "MOST_IN_BLOCKS", limit)
    patch.setattr(term_growth, "GROWN_FROM", limit)
    patch.setattr(components, "MANY", limit + 1)
    patch.setattr(reach, "_AT_ONCE", limit + 1)
    for module in (present_users, match_keys):
        patch.setattr(module, "SETTLED_FROM", limit + 1)
