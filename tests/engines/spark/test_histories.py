"""Whatever happens to a few contacts, Spark tells after it what one machine tells."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dedupe.engines.local import LocalEngine
from dedupe.matching.model.default import default_model
from dedupe.pipeline.record_linkage import MatchSettings, match
from tests.matching.normalized_contacts import contact, contacts, pairs

pytestmark = pytest.mark.spark

FEW = st.sampled_from  # few values, so that contacts meet, link and chain
SAID = st.builds(
    contact,
    FEW([None, "ann lee", "ann lee", "bob lee", "anna maria lee", "a lee", "zoe q"]),
    email=FEW([None, "ann.lee@acme.org", "office@acme.org", "zoe@home.net", "ann.lee@acme.org"]),
    phone=FEW([None, "+14155550100", "+442079460199"]),
    identifier=FEW([None, None, "tax:7", "tax:8"]),
    company=FEW([None, "acme"]),
    city=FEW([None, "ur"]),
    birth=FEW([None, "1950-06-07", "1980-02-03", "1900-01-01"]),
    suffix=FEW([None, None, "jr", "sr"]),
    kind=FEW(["person", "person", "person", "staff"]),
    source=FEW(["crm", "mail"]),
)
PLACE = st.integers(0, 999)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("new"), PLACE, SAID),
        st.tuples(st.just("said anew"), PLACE, SAID),
        st.tuples(st.just("gone"), PLACE, st.none()),
        st.tuples(st.just("again"), PLACE, st.none()),
        st.tuples(FEW(["apart", "together"]), PLACE, PLACE),
    ),
    max_size=12,
)


def after(start: list[dict[str, Any]], changes: list[tuple[str, int, Any]]) -> tuple[pa.Table, ...]:
    """CONTACTS after all that happened, and the pairs that people decided to be apart and together."""
    rows, decided = list(start), dict[str, list[tuple[int, int]]](apart=[], together=[])
    for what, place, more in changes:
        at = place % max(len(rows), 1)
        if what == "new":
            rows.insert(at, more)
        elif what == "said anew":
            rows[at : at + 1] = [more]
        elif what == "gone":
            del rows[at : at + 1]
        elif what == "again":
            rows += rows[at : at + 1] * 70  # more exact duplicates than a block takes
        else:
            decided[what].append((place, more))
    for name, ends in decided.items():
        chosen = {tuple(sorted((one % max(len(rows), 2), other % max(len(rows), 2)))) for one, other in ends}
        decided[name] = sorted((one, other) for one, other in chosen if one != other)
    together = [pair for pair in decided["together"] if pair not in decided["apart"]]
    return contacts(*rows), pairs(*decided["apart"]), pairs(*together)


@given(st.lists(SAID, min_size=1, max_size=25), CHANGES)
@settings(
    max_examples=4,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],  # an example takes ten seconds: to shrink one takes many minutes
)
def test_after_any_history_spark_tells_what_one_machine_tells(
    spark_engine: Any, start: list[dict[str, Any]], changes: list[tuple[str, int, Any]]
) -> None:
    table, apart, together = after(start, changes)
    model, how = default_model(), MatchSettings(staff=True)
    one, other = (match(table, model, how, apart, together, each) for each in (LocalEngine(), spark_engine))
    for part in ("scored", "links", "candidates", "clusters", "context"):
        assert getattr(other, part).equals(getattr(one, part)), part
    assert other.report == one.report
