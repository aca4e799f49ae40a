"""The part of the quality page that says what the budget of wrong merges costs."""

from __future__ import annotations

from typing import Any

from benchmarks.budgets import together
from benchmarks.calibration import wilson
from benchmarks.subjects import Subject
from dedupe.pipeline.expected_merges import MergesOfKind

Rows = list[tuple[Subject, list[dict[str, Any]]]]

_HEAD = """## What the budget costs

The thresholds are chosen so that at most so many of the golden contacts of two and more source contacts hold
two people: the budget, `max_wrong_merges`. *Trained for* is the share that training expected of them (no
figure: it saw a sample of the pairs, from which clusters can't be told), *said* the share that is expected of
the clusters by the probabilities of their pairs, *found* the share by the truth, with its 95 % interval
(Wilson). Without identifiers.
"""
_COLUMNS = "| subject | budget | precision | recall | F1 | trained for | said | found | interval |"
_BY = """### By {what}, {where}

Golden contacts, how many of them are said to hold two people, and how many do.
"""


def budget_page(rows: Rows) -> str:
    """`rows`: subjects with their figures at each budget (`budgets.at_budgets`)."""
    if not rows:
        return ""
    lines = [_COLUMNS, "|---" * 9 + "|"]
    lines += [_line(subject, one) for subject, found in rows for one in found]
    parts = [_HEAD, *lines, ""]
    for where, chosen in (
        ("populations", [found for subject, found in rows if subject.profile]),
        ("labelled files", [found for subject, found in rows if not subject.profile]),
    ):
        if chosen:
            for what in ("size", "evidence"):
                parts += [_BY.format(what=what, where=where), *_table(chosen, f"by_{what}"), ""]
    return "\n".join(parts)


def _line(subject: Subject, one: dict[str, Any]) -> str:
    low, high = _interval(one["wrong_clusters"], one["linked_clusters"])
    good = (f"{one[name]:.4f}" for name in ("precision", "recall", "f1"))
    trained = f"{one['trained_for'][0]:.4f}" if one["trained_for"] else ""
    wrong = (f"{one[name]:.4f}" for name in ("said", "share_of_wrong_merges"))
    cells = (subject.title, f"{one['budget']:.1%}", *good, trained, *wrong, f"{low:.4f}–{high:.4f}")
    return f"| {' | '.join(cells)} |"


def _interval(wrong: int, merged: int) -> tuple[float, float]:
    return wilson(wrong, merged) if merged else (0.0, 1.0)


def _table(subjects: list[list[dict[str, Any]]], key: str) -> list[str]:
    """A row a kind, three columns a budget."""
    budgets = [one["budget"] for one in subjects[0]]
    at = [
        {group.kind: group for group in together(found[n][key] for found in subjects)}
        for n in range(len(budgets))
    ]
    kinds = sorted({kind for groups in at for kind in groups})
    head = " | ".join(f"at {budget:.1%} | said | found" for budget in budgets)
    return [
        f"| kind | {head} |",
        "|---" * (1 + 3 * len(budgets)) + "|",
        *(f"| {kind} | {' | '.join(_cells(groups.get(kind)) for groups in at)} |" for kind in kinds),
    ]


def _cells(group: MergesOfKind | None) -> str:
    return (
        f"{group.golden_contacts:,} | {group.expected_wrong:.1f} | {group.found_wrong:,}"
        if group
        else "0 | 0.0 | 0"
    )
