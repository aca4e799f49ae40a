"""What is counted in parts and added up by SQL is what is counted at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.engines.local import LocalEngine
from dedupe.matching.features.build import build_features
from dedupe.matching.term_frequencies import OFTEN_A_BIRTH_DATE, FrequencyTable, count_term_frequencies
from dedupe.matching.training.name_collisions import name_collisions
from dedupe.pipeline.added_counts import added_name_collisions, added_term_frequencies
from tests.matching.normalized_contacts import contact, contacts

NOBODYS_BIRTH = "1900-01-01"
FEW = st.sampled_from  # few values, so that many contacts share them
CONTACTS = st.lists(
    st.builds(
        contact,
        FEW([None, "ann lee", "ann lee", "bob lee", "anna maria lee", "ann maria ray", "zoe q"]),
        email=FEW([None, "ann.lee@acme.org", "office@acme.org", "zoe@home.net"]),
        phone=FEW([None, "+14155550100", "+442079460199"]),
        company=FEW([None, "acme", "beta"]),
        city=FEW([None, "ur", "uruk"]),
        birth=FEW([None, "1950-06-07", "1980-02-03", "1990-02-03", NOBODYS_BIRTH, NOBODYS_BIRTH]),
        suffix=FEW([None, None, "jr", "sr", "ii"]),
        kind=FEW(["person", "person", "staff"]),
    ),
    min_size=20,
    max_size=40,
)
WITHOUT_BIRTH = [contact(birth=NOBODYS_BIRTH)] * OFTEN_A_BIRTH_DATE


@given(CONTACTS)
@settings(max_examples=5, deadline=None)
def test_counts_of_parts_add_up_to_the_counts_of_all(rows: list[dict[str, Any]]) -> None:
    features, engine = build_features(contacts(*rows, *WITHOUT_BIRTH)), LocalEngine(threads=1)
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


def test_father_and_son_at_one_mailbox_are_told_however_they_are_counted() -> None:
    born = ("1950-06-07", "1980-02-03", NOBODYS_BIRTH)
    at_home = [contact("ann lee", email="lee@home.net", birth=date) for date in born]
    at_work = [contact("bob ray", email="ray@acme.org", birth=date) for date in born[1:]]
    found = _counted(*at_home, *at_work, *WITHOUT_BIRTH, marks="email_ages")
    assert len(found.keys) == 1  # a date that stands for none makes nobody older


def test_two_generations_at_one_line_are_told_however_they_are_counted() -> None:
    of_two = [contact("ann lee", phone="+14155550100", suffix=each) for each in ("sr", "jr", None)]
    of_one = [contact("bob ray", phone="+442079460199", suffix=each) for each in ("jr", "ii", None)]
    assert len(_counted(*of_two, *of_one, marks="phone_generations").keys) == 1


def _counted(*rows: dict[str, Any], marks: str) -> FrequencyTable:
    """The table of this name, which is the same whether it is counted at once or in parts."""
    features = build_features(contacts(*rows))
    found = added_term_frequencies(features, LocalEngine(threads=1)).tables[marks]
    at_once = count_term_frequencies(features).tables[marks]
    assert (found.total, found.keys.tolist()) == (at_once.total, at_once.keys.tolist())
    assert found.counts.tolist() == at_once.counts.tolist()
    return found
