"""What a made-up file gives at the defaults: figures against the truth, beside what was expected of them."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.subjects import TRUTH, Subject
from dedupe.clustering.metrics import Figures, figures
from dedupe.config import Settings
from dedupe.matching.features.build import build_features
from dedupe.matching.model.default import default_model
from dedupe.pipeline.quality import Told, estimated_quality
from dedupe.pipeline.record_linkage import learn, match_prepared, prepare_features
from dedupe.wiring import rooms
from dedupe.wiring.files import NOBODY, match_settings, with_thresholds

Share = tuple[float, float, float]


@dataclass(frozen=True)
class Outcome:
    """`figures` against the truth; the share of wrong merges that training chose its thresholds for (None:
    it learned nothing), and the quality that a night would expect of the clusters."""

    figures: Figures
    trained_for: Share | None
    expected: Told


def outcome(subject: Subject) -> Outcome:
    """As `dedupe evaluate --model auto` would match the subject's file."""
    file, settings = subject.normalized(), Settings()
    engine, how = rooms.engine(settings), match_settings(settings)
    prepared = prepare_features(build_features(file.contacts, how.staff), engine)
    learned = learn(prepared, default_model(), how, engine)
    model = with_thresholds(learned.model, settings)
    matching = match_prepared(prepared, model, NOBODY, NOBODY, engine)
    return Outcome(
        figures(file.people(TRUTH), matching.clusters["cluster"].to_numpy()),
        learned.report.get("estimated_wrong_merges"),
        estimated_quality(model, matching),
    )
