"""What is counted in parts and added up by SQL is what is counted at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.arrays.numpy_columns import integers
from dedupe.engines.engine import in_turn
from dedupe.engines.local import LocalEngine
from dedupe.engines.spark import worker_functions as at_workers
from dedupe.matching.blocking.exact_duplicates import contents
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
        street=FEW([None, "1 main", "2 main"]),
        birth=FEW([None, "1950-06-07", "1980-02-03", "1990-02-03", NOBODYS_BIRTH, NOBODYS_BIRTH]),
        suffix=FEW([None, None, "jr", "sr", "ii"]),
        kind=FEW(["person", "person", "staff"]),
    ),
    min_size=20,
    max_size=40,
)
OFFICE = [
    contact(f"{given} {family}", email="office@acme.org")
    for given in ("ann", "bob", "cid", "dan", "eva", "fay")
    for family in ("lee", "ray", "orr", "poe", "fox")
]
WITHOUT_BIRTH = [contact(birth=NOBODYS_BIRTH)] * OFTEN_A_BIRTH_DATE


class SmallMemories(LocalEngine):
    """An engine of many memories, each of some contacts, in one process; its evidence is CONTACTS."""

    def contents(self, evidence: Any) -> pa.Table:
        return contents(build_features(evidence))

    def over(self, evidence: Any, work: Any, among: pa.Table | None = None) -> pa.Table:
        if among is not None:
            evidence = evidence.take(np.unique(integers(among.column("contact"))))
        told = at_workers.of_contacts(work, staff=False)
        nobody = work(build_features(evidence.slice(0, 0)), np.zeros(0, dtype=np.int64), in_turn)
        some = [evidence.slice(start, 7).combine_chunks() for start in range(0, len(evidence), 7)]
        found = [batch for contacts in some for batch in told(iter(contacts.to_batches()))]
        return pa.Table.from_batches(found, schema=nobody.schema)

    def judge(self, evidence: Any, pairs: pa.Table, work: Any) -> pa.Table:
        told, bucket = at_workers.of_pairs(work, staff=False), integers(pairs.column("value")) % 3
        found = []
        for number in range(3):
            mine = pairs.filter(pa.array(bucket == number))
            members = np.unique(integers(mine.column("contact")))
            found.append(told(mine.append_column(at_workers.BUCKET, mine["value"]), evidence.take(members)))
        return pa.concat_tables(found)


@given(CONTACTS)
@settings(max_examples=5, deadline=None)
def test_counts_of_parts_add_up_to_the_counts_of_all(rows: list[dict[str, Any]]) -> None:
    table, engine = contacts(*rows, *WITHOUT_BIRTH), SmallMemories(threads=1)
    at_once = build_features(table)
    evidence: Any = table
    found = added_term_frequencies(evidence, engine)
    assert found.to_table().equals(count_term_frequencies(at_once).to_table())
    assert added_name_collisions(evidence, engine) == name_collisions(at_once)


def test_a_mailbox_of_many_names_counts_as_many_people_however_they_are_counted() -> None:
    assert _counted(*OFFICE, name="email").counts.tolist() == [24]


def test_two_generations_among_many_names_are_told_however_they_are_counted() -> None:
    of_two = [contact("ula pike", email="office@acme.org", suffix=each) for each in ("sr", "jr")]
    assert len(_counted(*OFFICE, *of_two, name="email_generations").keys) == 1


def test_father_and_son_at_one_mailbox_are_told_however_they_are_counted() -> None:
    born = ("1950-06-07", "1980-02-03", NOBODYS_BIRTH)
    at_home = [contact("ann lee", email="lee@home.net", birth=date) for date in born]
    at_work = [contact("bob ray", email="ray@acme.org", birth=date) for date in born[1:]]
    found = _counted(*at_home, *at_work, *WITHOUT_BIRTH, name="email_ages")
    assert len(found.keys) == 1  # a date that stands for none makes nobody older


def test_father_and_son_at_one_address_are_told_however_they_are_counted() -> None:
    born = ("1950-06-07", "1980-02-03", NOBODYS_BIRTH)
    at_home = [contact("ann lee", street="1 main", birth=date) for date in born]
    next_door = [contact("bob ray", street="2 main", birth=date) for date in born[1:]]
    assert len(_counted(*at_home, *next_door, *WITHOUT_BIRTH, name="home_ages").keys) == 1


def test_two_generations_at_one_line_are_told_however_they_are_counted() -> None:
    of_two = [contact("ann lee", phone="+14155550100", suffix=each) for each in ("sr", "jr", None)]
    of_one = [contact("bob ray", phone="+442079460199", suffix=each) for each in ("jr", "ii", None)]
    assert len(_counted(*of_two, *of_one, name="phone_generations").keys) == 1


def _counted(*rows: dict[str, Any], name: str) -> FrequencyTable:
    """The table of this name, which is the same whether it is counted at once or in parts."""
    evidence: Any = contacts(*rows)
    found = added_term_frequencies(evidence, SmallMemories(threads=1)).tables[name]
    at_once = count_term_frequencies(build_features(evidence)).tables[name]
    assert (found.total, found.keys.tolist()) == (at_once.total, at_once.keys.tolist())
    assert found.counts.tolist() == at_once.counts.tolist()
    return found
