"""What is expected of golden contacts, by the evidence that they rest on."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dedupe.matching.model.default import default_model
from dedupe.pipeline.expected_merges import DECIDED, by_evidence, evidence_lines, expected_merges
from dedupe.pipeline.record_linkage import MatchSettings, match
from tests.matching.normalized_contacts import contact, contacts, pairs, unrelated_people

MODEL = default_model()
PEOPLE = contacts(
    contact("ann smith", email="ann.smith@x.org", source="crm"),
    contact("ann smith", email="ann.smith@x.org", source="mail"),
    contact("bob miller", phone="+14155550123", source="crm"),
    contact("bob miller", phone="+14155550123", source="mail"),
    contact("carla jones", source="crm"),
    contact("dora brown", source="mail"),
    *unrelated_people(300),
)


def told(together: pa.Table, engine: Any) -> dict[str, int]:
    matching = match(PEOPLE, MODEL, MatchSettings(), pairs(), together, engine)
    found = by_evidence(expected_merges(MODEL, matching))
    return {kind: one["golden_contacts"] for kind, one in found.items()}


def test_golden_contacts_are_told_by_the_evidence_they_rest_on(engine: Any) -> None:
    assert told(pairs(), engine) == {"email": 1, "phone": 1}


def test_what_people_decided_rests_on_their_decision(engine: Any) -> None:
    assert told(pairs((4, 5)), engine) == {"email": 1, "phone": 1, DECIDED: 1}


def test_a_golden_contact_rests_on_the_weakest_of_the_pairs_that_hold_it(engine: Any) -> None:
    bridge = contact("ann smith", email="ann.smith@x.org", phone="+14155550199", source="desk")
    far = contact("ann smith", phone="+14155550199", source="shop")
    people = contacts(*PEOPLE.to_pylist()[:2], bridge, far, *unrelated_people(300))
    matching = match(people, MODEL, MatchSettings(), pairs(), pairs(), engine)
    merges = expected_merges(MODEL, matching)
    label = matching.clusters["cluster"].to_numpy()
    assert len(np.unique(label[:4])) == 1
    links = {(one["left"], one["right"]): one["weight"] for one in matching.links.to_pylist()}
    weakest = min((0, 2), (2, 3), key=lambda ends: links[ends])
    assert merges.evidence.tolist() == ["email" if weakest == (0, 2) else "phone"]


def test_nobody_merged_is_nothing_to_tell(engine: Any) -> None:
    matching = match(contacts(*unrelated_people(50)), MODEL, MatchSettings(), pairs(), pairs(), engine)
    assert by_evidence(expected_merges(MODEL, matching)) == {}


def test_the_kind_with_most_wrong_ones_comes_first_and_sure_ones_are_left_out() -> None:
    lines = evidence_lines(
        {
            "phone": {"golden_contacts": 1_200, "expected_wrong": 7.5},
            "email and phone": {"golden_contacts": 90, "expected_wrong": 0.0},
        }
    )
    assert len(lines) == 1
    assert lines[0].startswith("by phone: 1,200 golden contacts, about 7.5 ")


def test_shares_come_with_an_interval(engine: Any) -> None:
    found = by_evidence(
        expected_merges(MODEL, match(PEOPLE, MODEL, MatchSettings(), pairs(), pairs(), engine))
    )
    share, low, high = found["email"]["wrong_merges"]
    assert low <= share <= high
    assert share == pytest.approx(found["email"]["expected_wrong"], abs=0.06)
