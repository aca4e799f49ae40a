"""What a made-up file gives at the defaults: figures against the truth, beside what was expected of them; and
what peers make of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import rivals
from benchmarks.rivals import Found
from benchmarks.subjects import TRUTH, Subject
from dedupe.clustering.expected_quality import share_expected
from dedupe.clustering.metrics import Figures, figures
from dedupe.config import Settings
from dedupe.pipeline.evaluating import holds_one_person
from dedupe.pipeline.expected_merges import MergesOfKind, expected_merges, found_by_evidence
from dedupe.pipeline.record_linkage import match_prepared
from dedupe.wiring.files import AUTO, NOBODY, modelled

Share = tuple[float, float, float]


@dataclass(frozen=True)
class Outcome:
    """`figures` against the truth; the share of wrong merges that training chose its thresholds for (None:
    it learned nothing); the share that a night would expect of the clusters, and by the evidence that they
    rest on."""

    figures: Figures
    trained_for: Share | None
    expected: Share
    by_evidence: tuple[MergesOfKind, ...]


def outcome(subject: Subject) -> Outcome:
    """As `dedupe evaluate --model auto` would match the subject's file."""
    file = subject.normalized()
    ready = modelled(file, AUTO, Settings())
    matching = match_prepared(ready.prepared, ready.model, NOBODY, NOBODY, ready.engine)
    truth, clusters = file.people(TRUTH), matching.clusters["cluster"].to_numpy()
    merges = expected_merges(ready.model, matching)
    return Outcome(
        figures(truth, clusters),
        ready.estimates.get("estimated_wrong_merges"),
        share_expected(1 - merges.right, len(merges.right)),
        found_by_evidence(merges, ~holds_one_person(clusters, truth)[merges.cluster]),
    )


def peers(subject: Subject, folder: Path) -> Iterator[tuple[str, Found]]:
    """Splink at its best and GoldenMatch as it configures itself, by the environments in `folder`."""
    file = subject.normalized()
    truth, python = file.people(TRUTH), rivals.peers_python(folder / "peers")
    tries = {each: rivals.splink(file.contacts, truth, python, each) for each in rivals.SPLINKS}
    yield "Splink", rivals.best_of(tries)
    python = rivals.peers_python(folder / "goldenmatch", rivals.GOLDENMATCH)
    yield "GoldenMatch", rivals.goldenmatch(file.contacts, truth, python)
