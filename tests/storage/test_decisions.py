"""Decisions are appended, revoked whole, and read back as what they demand."""

from collections.abc import Iterator

import pytest
import uuid_utils.compat as uuids

from dedupe.errors import DecisionRefused, NotFound
from dedupe.model import Origin, Subject, ValueVerdict, Verdict
from dedupe.storage import decisions
from dedupe.storage.database import Connection, Database
from dedupe.storage.decisions import Member, NewDecision
from tests.served_contacts import seed, source_contact


def decided(connection: Connection, verdict: Verdict, *sides: list[str]) -> str:
    members = [Member(seed(key), side, key.encode()) for side, keys in enumerate(sides) for key in keys]
    evidence = {"candidate": str(seed("question")), "evidence_hash": b"seen".hex()}
    new = NewDecision(Subject.CONTACTS, verdict, members, "Ada", Origin.QUEUE, "a note", evidence=evidence)
    return str(decisions.add(connection, new))


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.begin() as connection:
        for key in "abcdef":
            source_contact(connection, f"crm:{key}")
        yield connection


def test_a_decision_comes_back_as_it_was_made(connection: Connection) -> None:
    made = decided(connection, Verdict.DIFFERENT, ["crm:a", "crm:b"], ["crm:c"])
    [judgement] = decisions.judgements(connection)
    assert judgement.decision == made
    assert judgement.verdict is Verdict.DIFFERENT
    assert [set(side) for side in judgement.sides] == [
        {str(seed("crm:a")), str(seed("crm:b"))},
        {str(seed("crm:c"))},
    ]
    assert judgement.seen[str(seed("crm:c"))] == b"crm:c"
    assert judgement.evidence_hash == b"seen"
    [kept] = decisions.about_candidate(connection, seed("question"))
    assert (kept.decided_by, kept.note, kept.origin) == ("Ada", "a note", "queue")


def test_a_revoked_decision_demands_nothing_and_is_kept(connection: Connection) -> None:
    made = decided(connection, Verdict.SAME, ["crm:a"], ["crm:b"])
    [kept] = decisions.latest(connection, 10)
    decisions.revoke(connection, kept.id, "Eve", "a slip")
    assert decisions.judgements(connection) == []
    [kept] = decisions.about(connection, [seed("crm:b")])
    assert str(kept.id) == made
    assert (kept.revoked_by, kept.revoked_note) == ("Eve", "a slip")
    with pytest.raises(DecisionRefused):
        decisions.revoke(connection, kept.id, "Eve", "")


def test_an_unknown_decision_is_said(connection: Connection) -> None:
    with pytest.raises(NotFound):
        decisions.revoke(connection, seed("none"), "Eve", "")


def test_around_some_contacts_are_the_decisions_that_same_leads_to(connection: Connection) -> None:
    near = {
        decided(connection, Verdict.SAME, ["crm:a"], ["crm:b"]),
        decided(connection, Verdict.SAME, ["crm:b"], ["crm:c"]),
        decided(connection, Verdict.DIFFERENT, ["crm:c"], ["crm:d"]),
    }
    far = decided(connection, Verdict.SAME, ["crm:d"], ["crm:e"])
    found = decisions.judgements_around(connection, [seed("crm:a")])
    assert {judgement.decision for judgement in found} == near
    assert far not in near


def test_values_and_pins_are_kept_apart_from_contacts(connection: Connection) -> None:
    about = NewDecision(
        Subject.VALUE, ValueVerdict.NOT_THEIRS, [Member(seed("crm:a"), 0, None)], "Ada", Origin.HAND,
        field="phone", value="442079460018",
    )  # fmt: skip
    decisions.add(connection, about)
    pin = NewDecision(
        Subject.FIELD, decisions.PINNED, [Member(seed("crm:b"), 0, None)], "Ada", Origin.HAND,
        field="display_name", value="Ada",
    )  # fmt: skip
    decisions.add(connection, pin)
    assert decisions.judgements(connection) == []
    [value] = decisions.value_judgements(connection)
    assert (value.field, value.key, value.verdict) == ("phone", "442079460018", ValueVerdict.NOT_THEIRS)
    assert value.source_contacts == [seed("crm:a")]
    [pinned] = decisions.pins(connection)
    assert (pinned.field, pinned.value, pinned.source_contacts) == ("display_name", "Ada", [seed("crm:b")])


def test_the_pace_counts_a_batch_as_one_decision(connection: Connection) -> None:
    batch = uuids.uuid7()
    for other in "bcdef":
        members = [Member(seed("crm:a"), 0, b"a"), Member(seed(f"crm:{other}"), 1, b"b")]
        new = NewDecision(Subject.CONTACTS, Verdict.DIFFERENT, members, "Ada", Origin.HAND, batch=batch)
        decisions.add(connection, new)
    assert decisions.pace_of(connection, "Ada") is None
