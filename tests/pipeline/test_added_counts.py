"""What is counted in parts and added up by SQL is what is counted at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.engines.local import LocalEngine
from dedupe.matching.features.build import build_features
from dedupe.matching.term_frequencies import count_term_frequencies
from dedupe.matching.training.name_collisions import name_collisions
from dedupe.pipeline.added_counts import added_name_collisions, added_term_frequencies
from tests.matching.normalized_contacts import contact, contacts

FEW = st.sampled_from  # few values, so that many contacts share them
CONTACTS = st.lists(
    st.builds(
        contact,
        FEW([None, "ann lee", "bob lee", "anna maria lee", "ann maria ray", "zoe q"]),
        email=FEW([None, "ann.lee@acme.org", "office@acme.org", "zoe@home.net"]),
        phone=FEW([None, "+14155550100", "+442079460199"]),
        company=FEW([None, "acme", "beta"]),
        city=FEW([None, "ur", "uruk"]),
        birth=FEW([None, "1980-02-03", "1990-02-03"]),
        kind=FEW(["person", "person", "staff"]),
    ),
    min_size=20,
    max_size=40,
)


@given(CONTACTS)
@settings(max_examples=5, deadline=None)
def test_counts_of_parts_add_up_to_the_counts_of_all(rows: list[dict[str, Any]]) -> None:
    features, engine = build_features(contacts(*rows)), LocalEngine(threads=1)
    assert (
        added_term_frequencies(features, engine)
        .to_table()
        .equals(count_term_frequencies(features).to_table())
    )
    assert added_name_collisions(features, engine) == name_collisions(features)


def test_a_mailbox_of_many_names_counts_as_many_people_however_they_are_counted() -> None:
    names = [
        f"{given} {family}"
        for given in ("ann", "bob", "cid", "dan", "eva", "fay")
        for family in ("lee", "ray", "orr", "poe", "fox")
    ]
    features = build_features(contacts(*(contact(name, email="office@acme.org") for name in names)))
    found = added_term_frequencies(features, LocalEngine(threads=1)).tables["email"]
    assert np.array_equal(found.counts, count_term_frequencies(features).tables["email"].counts)
    assert found.counts.tolist() == [24]
