"""The evidence class of pairs: which kind of agreement says most."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dedupe.matching.comparisons.definitions import COMPARISONS
from dedupe.matching.comparisons.stored_levels import positions
from dedupe.matching.evidence_class import NAMES_AND_PLACE, evidence_class, evidence_classes

PAIR = st.fixed_dictionaries(
    {each.name: st.integers(-1, len(each.levels) - 1) for each in COMPARISONS},
)
NAMED = {"given_name": "same", "family_name": "same"}


@given(st.lists(PAIR, max_size=30))
def test_a_batch_has_the_classes_of_its_pairs(rows: list[dict[str, int]]) -> None:
    columns = {each.name: np.array([row[each.name] for row in rows], dtype=np.int8) for each in COMPARISONS}
    assert evidence_classes(columns).tolist() == [evidence_class(row) for row in rows]


def test_names_at_one_address_or_postcode_are_names_and_place() -> None:
    assert evidence_class(positions({**NAMED, "street": "same"})) == NAMES_AND_PLACE
    assert evidence_class(positions({**NAMED, "town": "postcode"})) == NAMES_AND_PLACE
    assert evidence_class(positions({**NAMED, "town": "town"})) == "names"
