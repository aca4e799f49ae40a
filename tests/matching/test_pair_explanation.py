from typing import Any

from dedupe.matching.model.default import default_model
from dedupe.matching.pair_explanation import explain
from dedupe.pipeline.record_linkage import MatchSettings, match
from tests.matching.normalized_contacts import contact, contacts, pairs, unrelated_people

ROWS = [
    contact("william smith", email="will@x.org", birth="1970-03-04"),
    contact("bill smith", email="will@x.org", phone="+14155550123"),
    contact("bill smith", phone="+14155550123", birth="1970-04-03"),
    *unrelated_people(300),
]


def test_an_explanation_equals_what_the_batch_computed(engine: Any) -> None:
    table = contacts(*ROWS)
    matching = match(table, default_model(), MatchSettings(), pairs(), pairs(), engine)
    assert len(matching.scored)
    for row in matching.scored.to_pylist():
        found = explain(table.take([row["left"], row["right"]]), default_model(), matching.context)
        assert found.weight == row["weight"] == found.prior + sum(step.weight for step in found.steps)


def test_an_explanation_names_the_shared_keys_and_the_sentences(engine: Any) -> None:
    table = contacts(*ROWS)
    matching = match(table, default_model(), MatchSettings(), pairs(), pairs(), engine)
    found = explain(table.slice(0, 2), default_model(), matching.context)
    assert "email" in found.rules
    assert "the same mailbox" in [step.sentence for step in found.steps]
    assert found.decision == "link"
