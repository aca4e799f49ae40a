"""The tables of the README, between marks, so that the command that measures can write them anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.subjects import Subject

BEGIN, END = "<!-- quality: begin -->", "<!-- quality: end -->"
PEERS = ("Splink", "GoldenMatch")
Rows = list[tuple[Subject, dict[str, Any]]]


def with_tables(text: str, rows: Rows) -> str:
    """`text` with the tables of these subjects between its marks; without identifiers, as in the plot. A
    system whose name has a star was measured with code that has changed since.

    Raises ValueError without the marks.
    """
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise ValueError(f"the text lacks the marks {BEGIN} and {END}")
    plain = [
        (subject, systems) for subject, systems in rows if not subject.identifiers and _of(systems, "ours")
    ]
    return "\n".join(
        [f"{before}{BEGIN}", "", *beside_peers(plain), "", *at_budgets(plain), "", f"{END}{after}"]
    )


def update(path: Path, rows: Rows) -> None:
    path.write_text(with_tables(path.read_text("utf-8"), rows), encoding="utf-8")


def beside_peers(rows: Rows) -> list[str]:
    head = [
        f"| file or population | contacts | precision | recall | F1 | wrong merges | {' | '.join(PEERS)} |",
        "|---" * (6 + len(PEERS)) + "|",
    ]
    return [*head, *(_beside(subject, systems) for subject, systems in rows)]


def _beside(subject: Subject, systems: dict[str, Any]) -> str:
    ours, star = _of(systems, "ours"), "" if "ours" in systems else "*"
    shares = [f"{ours[name]:.3f}{star}" for name in ("precision", "recall", "f1")]
    wrong = f"{ours['share_of_wrong_merges']:.2%}{star}"
    cells = [subject.name, f"{ours['contacts']:,}", *shares, wrong, *(_f1(systems, peer) for peer in PEERS)]
    return f"| {' | '.join(cells)} |"


def _f1(systems: dict[str, Any], name: str) -> str:
    found, star = _of(systems, name), "" if name in systems else "*"
    return f"{found['f1']:.3f}{star}" if found else ""


def _of(systems: dict[str, Any], name: str) -> dict[str, Any]:
    """The figures of a system, starred or not; none where it wasn't measured."""
    found: dict[str, Any] = systems.get(name) or systems.get(f"{name}*") or {}
    return found


def at_budgets(rows: Rows) -> list[str]:
    """Recall (and wrong merges found) of the populations at each budget, with a star where the code has
    changed since."""
    known = [
        (subject.name + "*" * ("ours" not in systems), _of(systems, "ours")["budgets"])
        for subject, systems in rows
        if subject.profile and "budgets" in _of(systems, "ours")
    ]
    if not known:
        return []
    budgets = [f"at {one['budget']:.1%}" for one in known[0][1]]
    head = [f"| recall (wrong merges found) | {' | '.join(budgets)} |", "|---" * (1 + len(budgets)) + "|"]
    cells = (
        [f"{one['recall']:.3f} ({one['share_of_wrong_merges']:.2%})" for one in found] for _, found in known
    )
    return [
        *head,
        *(f"| {name} | {' | '.join(row)} |" for (name, _), row in zip(known, cells, strict=True)),
    ]
