"""Why two contacts are not one: the first gate that stopped them, told as the night acted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import Any
from uuid import UUID

import pyarrow as pa
import pytest
from sqlalchemy import text

from dedupe.arrays.units import BIT
from dedupe.errors import InputError, NotFound
from dedupe.golden.gate import GateLimits
from dedupe.model import ValueVerdict, Verdict
from dedupe.pipeline.merge_inputs import load, merge_contacts
from dedupe.review.explain import separation, steps
from dedupe.review.explain.pair import WhyNot, why_not
from dedupe.simulators.population.population import population
from dedupe.storage import contact_status, merge_runs, term_frequencies
from tests.house import contact
from tests.review.deciding_house import ADA, DecidingHouse, house
from tests.review.test_random_decisions import given

__all__ = ["house"]

ANN = contact("crm:1", name="Ann Quill", email="ann@quill.example", phone="+442079460018")
ANNE = contact("mail:1", name="Ann Quill", email="ann@quill.example")
BOB = contact("crm:2", name="Bob Stone", email="bob@stone.example")


def why(house: DecidingHouse, left: str, right: str, region: str | None = None) -> WhyNot:
    with house.database.begin() as connection:
        return why_not(connection, ADA, house.scorer, left, right, region)


def test_counts_of_another_release_ask_for_a_night_and_are_no_bug_of_ours(house: DecidingHouse) -> None:
    house.collected(ANN, ANNE, BOB)
    house.merges()
    with house.database.begin() as connection:
        night, counts = merge_runs.last_published(connection), term_frequencies.load(connection)
        assert night is not None
        assert counts is not None
        fewer = counts.filter(pa.array([fact != "city" for fact in counts["fact"].to_pylist()]))
        term_frequencies.save(connection, night.id, fewer)
    with pytest.raises(InputError, match="run `dedupe nightly`"):
        why(house, "crm:1", "mail:1")
    house.merges()
    assert why(house, "crm:1", "mail:1").together


def gate(house: DecidingHouse, left: str, right: str) -> str | None:
    return why(house, left, right).gate


def test_two_contacts_of_one_golden_contact_passed_every_gate(house: DecidingHouse) -> None:
    house.collected(ANN, ANNE, BOB)
    house.merges()
    found = why(house, "crm:1", "mail:1")
    assert found.together
    assert found.gate is None
    assert [(one.left, one.right, one.cause) for one in found.path] == [("crm:1", "mail:1", "match")]


@pytest.mark.parametrize("named", ["crm:1", "crm/1", "ann@quill.example", "+442079460018", "020 7946 0018"])
def test_a_contact_goes_by_any_of_its_names(house: DecidingHouse, named: str) -> None:
    house.collected(ANN, BOB)
    house.merges()
    found = why(house, named, "crm:2", "GB")
    assert found.between == ("crm:1", "crm:2")
    assert found.gate == "blocked"


def test_a_golden_id_stands_for_its_contacts(house: DecidingHouse) -> None:
    house.collected(ANN, ANNE, BOB)
    house.merges()
    found = why(house, str(house.golden_of("crm:1")), str(house.seed("crm:2")))
    assert found.left.source_contacts == ["crm:1", "mail:1"]
    assert found.pairs == 2


def test_what_no_source_holds_was_never_listed(house: DecidingHouse) -> None:
    house.collected(ANN)
    house.merges()
    assert gate(house, "crm:1", "crm:9") == "listed"
    assert gate(house, "nobody@nowhere.example", "crm:1") == "listed"


def test_what_could_not_be_read_was_set_aside(house: DecidingHouse) -> None:
    house.collected(ANN)
    with house.database.begin() as connection:
        connection.execute(
            text("""INSERT INTO dedupe.quarantine (source_id, place, reason, content, observed_at)
                    SELECT id, 'line 7', 'too many cells', 'x,eve@x.org,,'::bytea, now()
                      FROM dedupe.sources""")
        )
    found = why(house, "eve@x.org", "crm:1")
    assert found.gate == "read"
    assert "line 7" in found.gates[1].told


def test_a_contact_that_is_gone_says_so(house: DecidingHouse) -> None:
    house.collected(ANN, BOB)
    house.merges()
    golden = house.golden_of("crm:2")
    house.vanished("crm:2")
    assert gate(house, "crm:1", "crm:2") == "live"
    house.merges()
    assert gate(house, str(golden), "crm:1") == "live"


def test_staff_are_not_matched(house: DecidingHouse) -> None:
    house.collected(ANN, contact("desk:1", name="Ann Quill", email="ann@quill.example", kind="staff"))
    house.merges()
    assert gate(house, "crm:1", "desk:1") == "kind"


def test_contacts_without_a_key_in_common_were_never_compared(house: DecidingHouse) -> None:
    house.collected(ANN, BOB)
    house.merges()
    found = why(house, "crm:1", "crm:2")
    assert found.gate == "blocked"
    assert found.meetings == []


def test_an_over_full_key_is_named_with_its_size(house: DecidingHouse) -> None:
    domain = [contact(f"crm:{n}", email=f"{'abcdefghijklmn'[n]}@big.example") for n in range(14)]
    house.collected(*domain)
    house.merges()
    found = why(house, "crm:1", "crm:2")
    assert found.gate == "blocked"
    assert "domain (14 contacts, at most 12)" in next(
        one.told for one in found.gates if one.name == "blocked"
    )


def test_a_doubtful_pair_stopped_at_the_link_threshold_and_names_its_question(house: DecidingHouse) -> None:
    house.collected(ANN, contact("mail:1", name="Ann Quill"), BOB)
    house.merges()
    [question] = house.waiting()
    found = why(house, "crm:1", "mail:1")
    assert found.gate == "link"
    assert str(question.id) in next(one.told for one in found.gates if one.name == "link")


def test_a_pair_too_weak_to_look_at_stopped_at_review(house: DecidingHouse) -> None:
    house.collected(ANN, contact("mail:1", name="Rupert Quill", email="r@x.example", phone="+442079460999"))
    house.merges()
    assert gate(house, "crm:1", "mail:1") == "review"


def test_a_strong_pair_decided_different_names_who_decided(house: DecidingHouse) -> None:
    house.collected(ANN, ANNE, BOB)
    house.merges()
    house.decides(Verdict.DIFFERENT, "crm:1", "mail:1")
    found = why(house, "crm:1", "mail:1")
    assert found.gate == "decided"
    assert "Ada" in next(one.told for one in found.gates if one.name == "decided")


def test_a_night_held_back_is_the_last_gate(house: DecidingHouse) -> None:
    house.collected(ANN, BOB)
    house.merges()
    house.collected(ANNE)
    held = house.merges(limits=replace(GateLimits(), max_share_changed=0, fewest=1))
    assert held.status == "held"
    found = why(house, "crm:1", "mail:1")
    assert found.gate == "published"
    assert held.run_id in found.gates[-1].told


def test_before_any_night_nothing_is_published(house: DecidingHouse) -> None:
    house.collected(ANN, ANNE)
    found = why(house, "crm:1", "mail:1")
    assert found.gate in ("link", "published")
    assert not found.together


def test_a_value_that_people_called_shared_no_longer_speaks(house: DecidingHouse) -> None:
    house.collected(ANN, ANNE, BOB)
    house.judged("email", "ann@quill.example", ValueVerdict.SHARED)
    house.merges()
    found = why(house, "crm:1", "mail:1")
    assert found.pair is not None
    assert "email" not in [step.fact for step in found.pair.steps]


@pytest.mark.parametrize(
    ("left", "right", "error"),
    [
        ("crm:1", "crm:1", NotFound),
        ("ann@", "crm:1", NotFound),
        ("", "crm:1", NotFound),
        ("nosuch:1", "crm:1", NotFound),
        ("02079460018", "crm:1", NotFound),  # whose country?
        (str(UUID(int=5)), "crm:1", NotFound),
    ],
)
def test_what_names_nobody_is_refused(house: DecidingHouse, left: str, right: str, error: Any) -> None:
    house.collected(ANN)
    with pytest.raises(error):
        why(house, left, right)


def test_an_empty_database_says_that_it_holds_no_source(house: DecidingHouse) -> None:
    with pytest.raises(NotFound, match="no source yet"):
        why(house, "crm:1", "crm:2")


def stored(house: DecidingHouse) -> Iterator[tuple[UUID, UUID, int, dict[str, str]]]:
    """Every pair that the night kept, with what it weighed then."""
    with house.database.begin() as connection:
        links = text("SELECT left_contact, right_contact, weight, levels FROM dedupe.links")
        for row in connection.execute(links):
            yield row.left_contact, row.right_contact, row.weight, row.levels
        for (evidence,) in connection.execute(text("SELECT evidence FROM dedupe.review_candidates")):
            for pair in evidence["pairs"]:
                yield UUID(pair["left"]), UUID(pair["right"]), pair["weight"], pair["levels"]


def test_every_stored_pair_is_explained_to_the_last_bit(house: DecidingHouse) -> None:
    house.collected(*map(given, population(60, 11).records()))
    house.merges()
    kept = list(stored(house))
    assert len(kept) > 60
    with house.database.begin() as connection:
        key_of = {one.id: one.key for one in contact_status.by_ids(connection, [row[0] for row in kept])}
        key_of |= {one.id: one.key for one in contact_status.by_ids(connection, [row[1] for row in kept])}
    for left, right, weight, levels in kept[::3]:
        found = why(house, key_of[left], key_of[right])
        assert found.pair is not None
        assert found.pair.weight * BIT == weight
        assert {step.fact: step.level for step in found.pair.steps} == levels


def test_each_pair_stopped_where_the_night_stopped_it(house: DecidingHouse) -> None:
    """Of pairs drawn from a population: scored or not, linked or not, in one cluster or not."""
    house.collected(*map(given, population(40, 12).records()))
    house.merges()
    facts = load(house.database, house.settings)
    matching = merge_contacts(facts, house.settings, house.engine).matching
    scored = {(row["left"], row["right"]): row["weight"] for row in matching.scored.to_pylist()}
    cluster = matching.clusters["cluster"].to_pylist()
    names = [f"{row['source']}:{row['external_id']}" for row in facts.keys.to_pylist()]
    wanted = [*[pair for pair in scored if cluster[pair[0]] != cluster[pair[1]]][:20]]
    wanted += [pair for at, pair in enumerate(combinations(range(len(names)), 2)) if at % 211 == 0]
    for pair in wanted:
        found = why(house, names[pair[0]], names[pair[1]])
        if cluster[pair[0]] == cluster[pair[1]]:
            assert found.gate is None
        elif pair not in scored:
            assert found.gate in ("kind", "blocked", "review")
        elif scored[pair] < facts.model.link:
            assert found.gate == "link"
        else:
            assert found.gate == "cluster"
            assert found.join is not None
            assert found.join.weight < found.link


def test_a_component_too_large_to_judge_says_so(house: DecidingHouse, monkeypatch) -> None:
    monkeypatch.setattr(separation, "LARGEST", 1)
    house.collected(ANN, BOB)
    house.merges()
    house.collected(ANNE)
    found = why(house, "crm:1", "mail:1")
    assert found.gate == "cluster"
    assert [one.name for one in found.gates] == list(steps.STEPS)
