"""The quality table as a Markdown page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from benchmarks.budget_page import budget_page
from benchmarks.rivals import PRECISE
from benchmarks.subjects import Subject

_HEAD = """# Measured quality

Made by `python -m benchmarks.quality --data DIR --page docs/quality.md --images docs/images`, which writes
the tables of the README as well with `--readme README.md`.

- **ours**: `dedupe match` as it comes: `--model auto`, default thresholds, no labels.
- **exact keys**: the floor: contacts with the same normalized email, phone or identifier are one person.
- **Splink**: Splink 5 on the values that we normalized, configured as its documentation advises and trained
  on several blocking rules; the best of four configurations (first email and phone with the comparisons made
  for them, or whole lists; given and family name at once, or each for itself) at the best threshold. Both are
  chosen with the truth, by F1; the same at every size.
- **GoldenMatch**: GoldenMatch 3.22 without configuration, on the values that we normalized, a value a
  column: it chooses columns, blocking, comparisons and thresholds itself. Its own clusters are measured, so
  nothing is chosen with the truth. Each file is its first: what it remembers of others is left out. From
  100,000 contacts on it may refuse its own choice as too poor; it is told to go on all the same, and that is
  said below the table. Its choice depends on how far it gets within a time of its own, so figures may differ
  from machine to machine.
- **ceiling**: a gradient-boosted classifier trained on the truth (five folds, components of likely pairs
  whole) judges our candidate pairs by our levels and weights; closure at the best threshold, chosen with the
  truth. Each fold learns from 400,000 pairs at most; of more than 3,000,000 candidates the likeliest so many
  are judged, and that is said below the table. It chains as every closure does and learns little from small
  files, so it is a mark and no wall.

*Recall at .985*: the best recall of any threshold whose precision is at least .985 (of ours: of link
thresholds of whole bits). The default threshold is higher: it is to keep wrong merges within 1 %.
*Wrong merges*: of the golden contacts of two and more source contacts the share that holds two people.
*Matching*: seconds on the machine as it was, busy or not; `benchmarks.speed` is what measures speed.
A star: measured with code that has changed since. Records are shuffled and keyed anew first. Populations come
from `dedupe/simulators`; each is named by people, seed and the hash of its proportions.
"""
_COLUMNS = (
    "| system | precision | recall | F1 | B-cubed F1 | recall at .985 | largest | wrong merges | matching |"
)


def page(rows: list[tuple[Subject, dict[str, Any]]]) -> str:
    """`rows`: subjects with system → figures."""
    parts = [_HEAD]
    for identifiers, title in ((False, "Without identifiers"), (True, "With identifiers")):
        chosen = [(subject, found) for subject, found in rows if subject.identifiers == identifiers]
        if chosen:
            parts.append(f"## {title}\n")
            parts += [_section(subject, found) for subject, found in chosen]
    parts.append(budget_page(_budgets(rows)))
    return "\n".join(parts)


def _budgets(rows: list[tuple[Subject, dict[str, Any]]]) -> list[tuple[Subject, list[dict[str, Any]]]]:
    """Ours without identifiers at each budget; a subject has a star where the code has changed since."""
    measured = ((subject, *_ours(found)) for subject, found in rows if not subject.identifiers)
    return [
        (replace(subject, name=subject.name + star), ours["budgets"])
        for subject, ours, star in measured
        if "budgets" in ours
    ]


def _ours(found: dict[str, Any]) -> tuple[dict[str, Any], str]:
    return (found["ours"], "") if "ours" in found else (found.get("ours*", {}), "*")


def _section(subject: Subject, found: dict[str, Any]) -> str:
    one: dict[str, Any] = next(iter(found.values()))
    about = f"{one['contacts']:,} contacts, {one['people']:,} people, {one['true_pairs']:,} true pairs"
    profile = f" ({subject.profile})" if subject.profile else ""
    lines = [f"**{subject.name}**: {about}{profile}", "", _COLUMNS, "|---" * 9 + "|"]
    lines += [_line(system, figures) for system, figures in found.items()]
    return "\n".join([*lines, *_left_out(found), ""])


def _left_out(found: dict[str, Any]) -> list[str]:
    """Says when the ceiling judged not all candidates, and when GoldenMatch refused its own choice."""
    said = []
    for system, figures in found.items():
        if figures.get("refused"):
            said += ["", f"{system} refused its own configuration as too poor, and was told to go on."]
        every, judged = figures.get("candidate_pairs", 0), figures.get("pairs", 0)
        if every > judged:
            lost = figures["right_candidates"] - figures["right_candidates_judged"]
            said += [
                "",
                f"{system}: {judged:,} of {every:,} candidate pairs judged; {lost:,} right ones not.",
            ]
    return said


def _line(system: str, found: dict[str, Any]) -> str:
    shares = (f"{found[name]:.4f}" for name in ("precision", "recall", "f1", "bcubed_f1"))
    seconds = f"{found['seconds']:.1f} s" if "seconds" in found else ""
    precise = found.get(f"recall_at_precision_{PRECISE}")
    at = "" if precise is None else f"{precise:.4f}"
    rest = (at, f"{found['largest']:,}", f"{found['share_of_wrong_merges']:.4f}", seconds)
    return f"| {' | '.join((system, *shares, *rest))} |"
