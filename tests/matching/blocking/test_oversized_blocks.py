"""Blocks are counted and split in two forms: by SQL in the engine for everybody, by Arrow for few contacts.

Both must give the same candidate pairs, by the same rules, of whatever contacts: change one and this fails.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.engines.local import LocalEngine
from dedupe.matching.blocking import candidate_pairs, exact_duplicates
from dedupe.matching.blocking.match_keys import match_keys, value_keys
from dedupe.matching.blocking.oversized_blocks import OVERSIZED, keys_of_the_run
from dedupe.matching.blocking.trace import PAIRED_OUTCOMES, BlockOutcome, trace_pair
from dedupe.matching.features.build import Features, build_features
from dedupe.matching.present_users import SavedContext
from dedupe.matching.term_frequencies import FrequencyTable, TermFrequencies
from dedupe.pipeline.record_linkage import LinkageInputs, MatchSettings, prepare
from tests.matching.normalized_contacts import contact, contacts

FEW = st.sampled_from  # few values, so that many contacts share them
CONTACTS = st.lists(
    st.builds(
        contact,
        FEW([None, "ann lee", "bob lee", "ann ray", "zoe quartz"]),
        email=FEW([None, "ann.lee@acme.org", "office@acme.org", "zoe@home.net"]),
        phone=FEW([None, "+14155550100", "+14155550199"]),
        company=FEW([None, "acme", "beta"]),
        city=FEW([None, "ur", "uruk"]),
        postcode=FEW([None, "1000"]),
        birth=FEW([None, "1980-02-03", "1990-02-03"]),
        kind=FEW(["person", "person", "staff"]),
    ),
    min_size=2,
    max_size=7,
)
ENGINE = LocalEngine(threads=1)
Pairs = dict[tuple[int, int], set[str]]


@given(CONTACTS, st.integers(1, 5), st.booleans(), st.booleans())
@settings(max_examples=20)
def test_few_contacts_are_blocked_as_the_engine_blocks_them_all(
    rows: list[dict[str, Any]], cap: int, broad: bool, staff: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            candidate_pairs, "RULES", tuple(replace(rule, cap=cap) for rule in candidate_pairs.RULES)
        )
        patch.setattr(exact_duplicates, "MOST_IN_BLOCKS", cap)
        patch.setattr(candidate_pairs, "BROAD_UP_TO", 100 if broad else 1)
        table = contacts(*rows)
        run = prepare(table, MatchSettings(staff=staff), ENGINE)
        by_sql = by_rule(run.pairs)
        first = exact_duplicates.first_of_duplicates(build_features(table, staff)).tolist()
        alone = [at for at, one in enumerate(first) if at == one]
        assert arrow_pairs(table, alone, run, staff) == {
            pair: rules for pair, rules in by_sql.items() if set(pair) <= set(alone)
        }
        for left, right in combinations(range(len(rows)), 2):
            told = {
                one.rule for one in trace_pair(table, left, right, staff) if one.outcome in PAIRED_OUTCOMES
            }
            one, other = sorted((first[left], first[right]))
            if one != other:
                assert told == by_sql.get((one, other), set())


@given(CONTACTS, st.integers(1, 5), st.booleans(), st.booleans(), st.randoms())
@settings(max_examples=20)
def test_some_of_the_contacts_are_the_pairs_that_they_are_among_all(
    rows: list[dict[str, Any]], cap: int, broad: bool, staff: bool, chance: Random
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            candidate_pairs, "RULES", tuple(replace(rule, cap=cap) for rule in candidate_pairs.RULES)
        )
        patch.setattr(candidate_pairs, "BROAD_UP_TO", 100 if broad else 1)
        table, chosen = contacts(*rows), MatchSettings(staff=staff)
        run = prepare(table, chosen, ENGINE)
        saved = run.term_frequencies
        again = prepare(table, chosen, ENGINE, SavedContext(saved))
        assert by_rule(again.pairs) == by_rule(run.pairs)
        assert again.term_frequencies.to_table() == saved.to_table()

        some = sorted(chance.sample(range(len(rows)), 2))
        found = by_rule(prepare(table.take(some), chosen, ENGINE, SavedContext(saved)).pairs)
        assert found.get((0, 1)) == by_rule(run.pairs).get((some[0], some[1]))


@given(CONTACTS, st.integers(1, 5), st.booleans(), st.booleans())
@settings(max_examples=20)
def test_candidate_pairs_and_users_of_a_value_share_a_match_key(
    rows: list[dict[str, Any]], cap: int, broad: bool, staff: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            candidate_pairs, "RULES", tuple(replace(rule, cap=cap) for rule in candidate_pairs.RULES)
        )
        patch.setattr(exact_duplicates, "MOST_IN_BLOCKS", cap)
        patch.setattr(candidate_pairs, "BROAD_UP_TO", 100 if broad else 1)
        table = contacts(*rows)
        run = prepare(table, MatchSettings(staff=staff), ENGINE)
        oversized = run.term_frequencies.tables[OVERSIZED]
        held = keys_of_each(build_features(table, staff), oversized)
        assert all(held[left] & held[right] for left, right in by_rule(run.pairs))
        for row in range(len(rows)):
            alone = keys_of_each(build_features(table.slice(row, 1), staff), oversized)
            assert alone.get(0, set()) == held.get(row, set())
        using = value_keys(build_features(table, staff))
        for fact, value in {(row["fact"], row["value"]) for row in using.to_pylist()}:
            users = using.filter((pc.field("fact") == fact) & (pc.field("value") == value))
            assert len(set(users["key"].to_pylist())) == 1


def keys_of_each(features: Features, oversized: FrequencyTable) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for row in match_keys(features, oversized).to_pylist():
        found.setdefault(row["contact"], set()).add(row["key"])
    return found


def by_rule(pairs: pa.Table) -> Pairs:
    return {
        (row["left"], row["right"]): {
            name for bit, name in enumerate(candidate_pairs.RULE_NAMES) if row["rules"] >> bit & 1
        }
        for row in pairs.to_pylist()
    }


def arrow_pairs(table: pa.Table, rows: list[int], run: LinkageInputs, staff: bool) -> Pairs:
    """Of these rows of the run, as a decision would find them again: by what the run has saved."""
    saved = TermFrequencies.from_table(run.term_frequencies.to_table())
    keys = keys_of_the_run(build_features(table.take(rows), staff), saved)
    holders: dict[tuple[int, int], set[int]] = {}
    for row in keys.to_pylist():
        holders.setdefault((row["rule"], row["key"]), set()).add(rows[row["contact"]])
    found: Pairs = {}
    for (rule, _), held in holders.items():
        for pair in combinations(sorted(held), 2):
            found.setdefault(pair, set()).add(candidate_pairs.RULE_NAMES[rule])
    return found


def test_a_trace_tells_the_size_of_the_largest_block_that_two_share() -> None:
    office = [contact(f"{name} lee", phone="+14155550100") for name in ("ann", "bob", "cyd", "dee")]
    table = contacts(*office, contact("ann lee", email="ann@x.org"))
    told = {one.rule: one for one in trace_pair(table, 0, 1)}
    assert (told["phone"].size, told["phone"].outcome) == (4, BlockOutcome.PAIRED)
