"""Contacts that another memory has read follow those at hand."""

from __future__ import annotations

from uuid import UUID

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedupe.golden.judged_values import judged
from dedupe.model import ValueVerdict
from dedupe.pipeline.contacts_elsewhere import ContactsElsewhere
from dedupe.pipeline.merge_inputs import numbered_anew
from tests.matching.normalized_contacts import contact, contacts

SIZE = 9
PEOPLE = contacts(*(contact(f"ann{number} lee", email=f"ann{number % 3}@x.org") for number in range(SIZE)))
SEEDS = pa.array([str(UUID(int=number)) for number in range(SIZE)])


class Judged:
    field, key, verdict = "email", "ann1@x.org", ValueVerdict.NOT_THEIRS
    source_contacts = (UUID(int=1), UUID(int=4))


@given(st.lists(st.sets(st.integers(0, SIZE - 1)), max_size=3), st.integers(1, SIZE))
def test_whoever_is_gone_is_left_out_and_the_others_are_numbered_anew(
    vanished: list[set[int]], batch: int
) -> None:
    at_hand, seeds = PEOPLE, SEEDS
    elsewhere = ContactsElsewhere(PEOPLE.append_column("id", SEEDS))
    for places in vanished:
        gone = np.array(sorted(place for place in places if place < len(at_hand)), dtype=np.int64)
        stays = ~np.isin(np.arange(len(at_hand)), gone)
        elsewhere = elsewhere.without(gone, len(at_hand))
        at_hand, seeds = numbered_anew(at_hand.filter(pa.array(stays))), seeds.filter(pa.array(stays))
    rows = elsewhere.rows
    brought = elsewhere.brought([Judged()])
    found = pa.concat_tables([brought(rows.slice(start, batch)) for start in range(0, SIZE, batch)])
    assert found.drop_columns("id").equals(judged(at_hand, [Judged()], seeds))
    assert found["id"].to_pylist() == seeds.to_pylist()
