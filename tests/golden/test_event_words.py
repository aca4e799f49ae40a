"""Each event says in one sentence what happened, and because of what."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from dedupe.golden.event_words import ContactNamed, DecisionTold, EventFacts, RollbackTold, sentence

ONE, TWO, THREE, OTHER = (UUID(int=number) for number in (1, 2, 3, 9))
NAMES = {ONE: ContactNamed("crm:7"), TWO: ContactNamed("mail:2"), THREE: ContactNamed("web:3", gone=True)}
ANN = DecisionTold(
    "contacts",
    "same",
    None,
    [[ONE], [TWO]],
    "ann",
    datetime(2026, 11, 30, tzinfo=UTC),
    "she told us",
    1,
    False,
    None,
    None,
)
BO = RollbackTold("bo", OTHER, "bad")


def event(kind: str, cause: str, before: list[UUID], after: list[UUID], **more: object) -> EventFacts:
    known = {"related": [], "because": []} | more
    return EventFacts(kind, cause, before, after, **known)  # type: ignore[arg-type]


def test_a_merge_by_a_decision() -> None:
    merged = event("merged", "decision", [ONE], [ONE, TWO], related=[OTHER], decision=ANN)
    assert sentence(merged, NAMES) == (
        f"merged with {OTHER} because ann decided on 2026-11-30 that crm:7 and mail:2 are one person:"
        " “she told us”"
    )


def test_others_hear_neither_who_decided_nor_the_note() -> None:
    merged = event("merged", "decision", [ONE], [ONE, TWO], related=[OTHER], decision=ANN)
    assert sentence(merged, NAMES, discreet=True) == (
        f"merged with {OTHER} because somebody decided on 2026-11-30 that crm:7 and mail:2 are one person"
    )


def test_a_decision_taken_back() -> None:
    back = replace(ANN, taken_back=True, taken_back_by="bo", taken_back_at=datetime(2026, 12, 1, tzinfo=UTC))
    split = event("split", "decision", [ONE, TWO], [ONE], related=[TWO], decision=back)
    assert sentence(split, NAMES) == (
        f"split: mail:2 went to {TWO} because bo took back on 2026-12-01 what ann decided on 2026-11-30,"
        " that crm:7 and mail:2 are one person"
    )


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (
            event("changed", "contact", [ONE], [ONE, TWO], because=[TWO]),
            "gained mail:2 because mail:2 is new here",
        ),
        (
            event("changed", "contact", [ONE], [ONE], because=[ONE]),
            "shows something else because crm:7 changed",
        ),
        (event("changed", "contact", [ONE, THREE], [ONE]), "lost web:3 because web:3 is gone"),
        (event("retired", "contact", [THREE], []), "retired: nobody is left because web:3 is gone"),
        (
            event("made", "contact", [], [ONE, TWO]),
            "made of crm:7 and mail:2 because crm:7 and mail:2 are new here",
        ),
        (
            event("changed", "model", [ONE], [ONE, TWO], model="trained"),
            "gained mail:2 because another match model judges, trained",
        ),
        (event("changed", "erasure", [ONE], [ONE]), "shows something else because somebody was erased"),
        (
            event(
                "split",
                "rollback",
                [ONE, TWO],
                [ONE],
                related=[TWO],
                rollback=RollbackTold("bo", OTHER, "bad"),
            ),
            f"split: mail:2 went to {TWO} because bo rolled back run {OTHER}: “bad”",
        ),
    ],
)
def test_what_happened_and_why(told: EventFacts, words: str) -> None:
    assert sentence(told, NAMES) == words


def test_many_are_counted() -> None:
    many = [UUID(int=100 + at) for at in range(1234)]
    told = sentence(event("changed", "contact", [ONE], [ONE, *many], because=many), NAMES)
    assert told.startswith(f"gained {many[0]}, {many[1]}, {many[2]} and 1,231 more because")
