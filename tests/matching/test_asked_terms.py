"""Contacts that come with the term frequencies of their own values are compared as among all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.engines.local import LocalEngine
from dedupe.matching.asked_terms import ASKED_TERMS_SQL, asked_terms, brought_frequencies, terms
from dedupe.matching.features.build import build_features
from dedupe.matching.model.default import default_model
from dedupe.matching.model.scoring import score
from dedupe.matching.term_frequencies import count_term_frequencies
from tests.matching.normalized_contacts import contact, contacts, pairs
from tests.pipeline.test_added_counts import CONTACTS, OFFICE


@given(CONTACTS, st.randoms(use_true_random=False))
@settings(max_examples=10, deadline=None)
def test_a_few_contacts_with_their_own_frequencies_weigh_as_among_all(
    rows: list[dict[str, Any]], draw: Any
) -> None:
    among_all = count_term_frequencies(build_features(contacts(*rows, *OFFICE)))
    some = contacts(*draw.sample([*rows, *OFFICE], 12))
    features = build_features(some)
    brought = LocalEngine(threads=1).query(
        ASKED_TERMS_SQL, asked=asked_terms(features), terms=terms(among_all)
    )
    totals = {name: table.total for name, table in among_all.tables.items()}
    own = brought_frequencies(features, brought, among_all.contacts, totals)
    every = pairs(*((left, right) for right in range(12) for left in range(right)))
    found, expected = (score(features, each, default_model(), every) for each in (own, among_all))
    assert found.equals(expected)


def test_a_value_that_was_not_brought_is_an_error_and_no_rare_value() -> None:
    features = build_features(contacts(contact("ann lee"), contact("ann lee")))
    counted = count_term_frequencies(features)
    totals = {name: table.total for name, table in counted.tables.items()}
    nothing = pa.table({name: pa.array([], pa.int64()) for name in ("fact", "key", "times")})
    word = brought_frequencies(features, nothing, 2, totals).tables["word"]
    with pytest.raises(LookupError):
        word.of(np.array([12345], dtype=np.int64))
