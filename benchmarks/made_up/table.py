"""What was found of made-up files: as lines of the screen, and as a Markdown page."""

from __future__ import annotations

from benchmarks.calibration import wilson
from benchmarks.made_up.measuring import Outcome, Share
from benchmarks.rivals import Found
from benchmarks.subjects import Subject
from dedupe.pipeline.expected_merges import MergesOfKind

HEAD = (
    f"{'file':22} {'contacts':>8} {'pairs':>7}  precision  recall      F1  "
    f"{'wrong merges found':24} {'trained for':24} expected"
)
_PAGE = """# Made-up files

Made by `{command}`. Each file is a generated population in which
one fact of the world is switched on; `dedupe match` as it comes (`--model auto`, default thresholds, no
labels). *Wrong merges*: of the golden contacts of two and more source contacts the share that holds two
people: *found* by the truth, with its 95 % interval (Wilson); that training chose its thresholds *for*; that
a night *expects* of the clusters. Shares of facts are chosen: a file says whether something breaks, not how
often it is met. See [evaluating](evaluating.md#where-it-may-be-badly-wrong).

| file | fact | precision | recall | F1 | found | trained for | expected |
|---|---|---|---|---|---|---|---|
"""


def line(name: str, found: Outcome) -> str:
    known = found.figures
    shares = f"{known.precision:9.4f}  {known.recall:6.4f}  {known.f1:6.4f}"
    wrong, trained, expected = _wrong_merges(found)
    counts = f"{known.contacts:8,} {known.true_pairs:7,}"
    return f"{name:22} {counts}  {shares}  {wrong:24} {trained:24} {expected}"


def evidence_line(group: MergesOfKind) -> str:
    wrong = f"{group.expected_wrong:6.1f} expected wrong, {group.found_wrong:4,} found"
    return f"  {group.kind:35}  {group.golden_contacts:6,} golden contacts, {wrong}"


def peer_line(name: str, found: Found) -> str:
    shares = f"{found['precision']:9.4f}  {found['recall']:6.4f}  {found['f1']:6.4f}"
    return f"  {name:37}  {shares}  {found['share_of_wrong_merges']:<24.4f} {found['seconds']:.1f} s"


def page(command: str, rows: list[tuple[Subject, Outcome]]) -> str:
    """`command` is what made it."""
    return _PAGE.format(command=command) + "".join(_row(subject, found) for subject, found in rows)


def _row(subject: Subject, found: Outcome) -> str:
    known = found.figures
    shares = (f"{share:.4f}" for share in (known.precision, known.recall, known.f1))
    fact = subject.profile.split(", ", 2)[2]
    return f"| {' | '.join((subject.name, fact, *shares, *_wrong_merges(found)))} |\n"


def _wrong_merges(found: Outcome) -> tuple[str, str, str]:
    """Found, trained for and expected."""
    known = found.figures
    merges = known.linked_clusters
    low, high = wilson(known.wrong_clusters, merges) if merges else (0.0, 1.0)
    trained = _share(found.trained_for) if found.trained_for else "nothing learned"
    return _share((known.share_of_wrong_merges, low, high)), trained, _share(found.expected)


def _share(share: Share) -> str:
    at, low, high = share
    return f"{at:.4f} ({low:.4f}–{high:.4f})"
