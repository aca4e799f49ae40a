from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dedupe.engines.engine import in_turn
from dedupe.engines.local import LocalEngine
from dedupe.matching.features.build import build_features
from dedupe.matching.model.default import default_model
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.scoring import score
from dedupe.matching.term_frequencies import count_term_frequencies
from dedupe.pipeline.record_linkage import Matching, MatchSettings, match, prepare, within_budget
from dedupe.resolution.clusters import DecidedPairs, resolve_clusters
from tests.matching.normalized_contacts import contact, contacts, pairs, unrelated_people

ANN = contact("ann smith", email="ann@x.org", phone="+14155550123")
ANNE = contact("anne smith", email="ann@x.org")
BOB = contact("bob miller", email="bob@y.org")


Matched = Callable[..., Matching]


@pytest.fixture
def matched(engine: Any) -> Matched:
    """Matches rows by the shipped model, on every engine."""
    nobody = pairs()

    def found(
        *rows: dict[str, Any], apart: pa.Table | None = None, together: pa.Table | None = None
    ) -> Matching:
        table, model = contacts(*rows), default_model()
        return match(table, model, MatchSettings(), apart or nobody, together or nobody, engine)

    return found


def clusters(matching: Matching) -> list[int]:
    return matching.clusters.column("cluster").to_pylist()  # type: ignore[return-value]


def test_contacts_of_one_person_form_a_cluster(matched: Matched) -> None:
    assert clusters(matched(ANN, ANNE, BOB, *unrelated_people(200)))[:3] == [0, 0, 2]


def test_a_pair_decided_different_is_never_one_cluster_nor_asked_again(matched: Matched) -> None:
    matching = matched(ANN, ANNE, BOB, *unrelated_people(200), apart=pairs((0, 1)))
    assert clusters(matching)[:3] == [0, 1, 2]
    assert (0, 1) not in zip(*matching.candidates.select(["left", "right"]).to_pydict().values(), strict=True)


def test_a_pair_decided_same_is_one_cluster(matched: Matched) -> None:
    assert clusters(matched(ANN, BOB, *unrelated_people(200), together=pairs((0, 1))))[:2] == [0, 0]


def test_staff_join_no_customer(matched: Matched) -> None:
    assert clusters(matched(ANN, {**ANN, "kind": "staff"}, {**ANN, "kind": "bot"}, *unrelated_people(50)))[
        :3
    ] == [
        0,
        1,
        2,
    ]


def test_a_role_mailbox_joins_nobody_by_itself(matched: Matched) -> None:
    rows = [
        contact(f"{name} {name}son", email="info@x.org")
        for name in ["adam", "bea", "carl", "dora", "emil", "fay", "gus", "hal"]
    ]
    assert clusters(matched(*rows, *unrelated_people(200)))[:8] == list(range(8))


def test_company_and_town_alone_join_nobody(matched: Matched) -> None:
    rows = [contact(company="acme", city="leeds", postcode="12345", street="1 main st")] * 2
    assert clusters(matched(*rows, *unrelated_people(200)))[:2] == [0, 1]


def test_a_household_stays_several_people(matched: Matched) -> None:
    home = {"street": "1 main st", "city": "leeds", "postcode": "12345", "phone": "+14155550199"}
    rows = [
        contact("ann smith", birth="1970-03-04", **home),
        contact("george smith", birth="1999-08-11", **home),
    ]
    assert clusters(matched(*rows, *unrelated_people(200)))[:2] == [0, 1]


def test_nobody_and_nothing_are_right_answers(matched: Matched) -> None:
    assert clusters(matched()) == []
    assert clusters(matched(ANN)) == [0]
    assert clusters(matched(contact(), contact(), contact())) == [0, 1, 2]


def test_an_overfull_key_is_split_and_reported(matched: Matched) -> None:
    rows = [
        contact(f"{row['names'][0]['first']} smith", phone="+14155550100") for row in unrelated_people(80)
    ]
    report = matched(*rows, *rows[:1]).report
    assert report["split_blocks"]["phone"]["largest"] == 81


def test_threads_and_batches_change_nothing() -> None:
    rows = [ANN, ANNE, BOB, *unrelated_people(100), *unrelated_people(100)]
    model, nobody = default_model(), pairs()
    one = match(contacts(*rows), model, MatchSettings(), nobody, nobody, LocalEngine(threads=1, batch=7))
    two = match(contacts(*rows), model, MatchSettings(), nobody, nobody, LocalEngine(threads=2))
    assert one.scored.equals(two.scored)
    assert one.clusters.equals(two.clusters)


def test_one_value_that_all_share_glues_nobody(matched: Matched) -> None:
    people = unrelated_people(1500)
    everyone = contact(phone="+14155550100")["phones"]
    rows = [{**row, "phones": everyone} for row in [*people, *people]]
    found = clusters(matched(*rows))
    assert found == [*range(1500), *range(1500)]


def test_links_in_one_long_chain_are_judged_by_what_holds_together() -> None:
    rows = [*unrelated_people(3000), *unrelated_people(3000)]
    chain = [(number, number + 1) for number in range(2999)]
    own = [(number, number + 3000) for number in range(3000)]
    facts, model = build_features(contacts(*rows)), default_model()
    scored = score(facts, count_term_frequencies(facts), model, pairs(*chain, *own))
    glued = np.concatenate([np.full(len(chain), model.link + 1), np.full(len(own), model.link + 2)])
    scored = scored.set_column(scored.column_names.index("weight"), "weight", pa.array(glued, pa.int32()))
    for each in (in_turn, LocalEngine().each):
        found = resolve_clusters(
            facts, count_term_frequencies(facts), model, scored, DecidedPairs(pairs(), pairs()), each
        )
        assert found.column("cluster").to_pylist() == [*range(3000), *range(3000)]


def test_a_budget_moves_thresholds_by_the_probabilities_that_the_model_gives() -> None:
    twice = [row for row in unrelated_people(60) for _ in range(2)]
    prepared = prepare(contacts(*twice, ANN, ANNE), MatchSettings(), LocalEngine())

    def link(model: MatchModel, budget: float) -> int:
        settings = MatchSettings(max_wrong_merges=budget)
        return within_budget(prepared, model, settings, LocalEngine()).model.link

    model = default_model()
    modest = replace(model.calibration, log_odds=tuple(min(each, 3.0) for each in model.calibration.log_odds))
    assert link(model, 0.3) <= link(model, 0.001) < link(replace(model, calibration=modest), 0.001)
