"""The review room, made from the configuration: what judges pairs, what publishes a decision."""

from __future__ import annotations

from functools import partial

from dedupe.config import Settings
from dedupe.pipeline.matching import cluster_again
from dedupe.pipeline.settling import judged_between
from dedupe.review.benches import saved_bench
from dedupe.review.deciding import Republish
from dedupe.review.explanations import Bench
from dedupe.review.joins import Weigh
from dedupe.review.republishing import Rules, republisher
from dedupe.wiring.files import with_thresholds
from dedupe.wiring.nights import merge_settings

weigh: Weigh = judged_between
"""What every pair says to the judge of clusters, as the night asked it."""


def bench(settings: Settings) -> Bench:
    """Judges pairs as the night that is served did, by the configured thresholds."""
    return saved_bench(settings.match.match_staff, partial(with_thresholds, settings=settings))


def republish(settings: Settings, act: str = "decision") -> Republish:
    """Publishes what a decision, or an erasure, changes, by the rules of the night."""
    night = merge_settings(settings)
    rules = Rules(night.rules, night.code_version, night.configuration_hash, act)
    return republisher(bench(settings), rules, partial(cluster_again, settings=night.match))
