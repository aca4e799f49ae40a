"""How good a matching is where the truth is known: metrics, the review queue, the curve, the errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.numpy_columns import Column, integers
from dedupe.arrays.units import BIT
from dedupe.clustering.clusters import components
from dedupe.clustering.metrics import Figures, figures
from dedupe.clustering.review_candidates import group_candidates
from dedupe.engines.engine import Engine
from dedupe.matching.features.build import Features
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.scoring import score
from dedupe.pipeline.error_analysis import Mistakes, mistakes
from dedupe.pipeline.expected_merges import MergesOfKind, expected_merges, found_by_evidence
from dedupe.pipeline.record_linkage import LinkageInputs, Matching
from dedupe.resolution.clusters import DecidedPairs, resolve_clusters
from dedupe.resolution.outcome import probabilities

Labels = npt.NDArray[np.int64]

REVIEWED = (10, 30, 100, 300, 1_000, 3_000, 10_000)
AROUND_LINK = (-6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6, 8)
"""Bits above the link threshold at which the curve has points."""


@dataclass(frozen=True)
class Reviewed:
    """After a perfect reviewer answered the first `asked` questions: `same` of them joined two groups."""

    asked: int
    same: int
    figures: Figures


@dataclass(frozen=True)
class Point:
    """The figures with the link threshold at `link` (1/1024 bit), where a pair's probability is said to be
    `probability`."""

    link: int
    probability: float
    chosen: bool
    figures: Figures


@dataclass(frozen=True)
class Evaluation:
    figures: Figures
    questions: int
    reviewed: tuple[Reviewed, ...]
    curve: tuple[Point, ...]
    mistakes: Mistakes
    by_evidence: tuple[MergesOfKind, ...]


def evaluate(
    prepared: LinkageInputs,
    model: MatchModel,
    matching: Matching,
    person: Labels,
    engine: Engine,
    with_curve: bool = True,
) -> Evaluation:
    """Metrics, questions, curve and errors of a matching.

    `person` holds for each contact a label of whose it is; a contact of nobody known has a label of its own.
    """
    cluster = integers(matching.clusters.column("cluster"))
    questions = _questions(matching, model)
    merges = expected_merges(model, matching)
    return Evaluation(
        figures=figures(person, cluster),
        questions=len(questions),
        reviewed=reviewed(questions, cluster, person),
        curve=curve(prepared, model, person, engine) if with_curve else (),
        mistakes=mistakes(prepared, model, cluster, person),
        by_evidence=found_by_evidence(merges, ~holds_one_person(cluster, person)[merges.cluster]),
    )


def _questions(matching: Matching, model: MatchModel) -> pa.Table:
    """The questions of the review queue, what matters most first."""
    doubtful = matching.candidates.append_column("probability", probabilities(model, matching.candidates))
    members = pa.array([f"{number:012}" for number in range(len(matching.clusters))])
    questions = group_candidates(matching.clusters, doubtful, members)
    return questions.sort_by([("matters", "descending"), ("candidate", "ascending")])


def reviewed(
    questions: pa.Table, cluster: Labels, person: Labels, stops: Sequence[int] = REVIEWED
) -> tuple[Reviewed, ...]:
    """Metrics after a perfect reviewer answered the first questions, at each of `stops`.

    They say "same" where both groups are one and the same person's.
    """
    left, right = (_first_of_each(questions.column(side)) for side in ("left", "right"))
    pure = holds_one_person(cluster, person)
    same = (person[left] == person[right]) & pure[left] & pure[right]
    asked = sorted({*(stop for stop in stops if stop < len(left)), len(left)} - {0})
    found = []
    for count in asked:
        chosen = np.flatnonzero(same[:count])
        one = np.concatenate([cluster[left[chosen]], np.arange(len(cluster))])
        other = np.concatenate([cluster[right[chosen]], cluster])
        joined = components(len(cluster), one, other)
        found.append(Reviewed(count, len(chosen), figures(person, joined)))
    return tuple(found)


def _first_of_each(lists: Column) -> Labels:
    return np.array([each[0] for each in lists.to_pylist()], dtype=np.int64)


def holds_one_person(cluster: Labels, person: Labels) -> npt.NDArray[np.bool_]:
    """For each contact whether its cluster holds one person only."""
    _, label = np.unique(cluster, return_inverse=True)
    first = np.zeros(label.max(initial=-1) + 1, dtype=np.int64)
    first[label] = person
    mixed = np.zeros(len(first), dtype=bool)
    mixed[label[first[label] != person]] = True
    return np.asarray(~mixed[label])


def curve(
    prepared: LinkageInputs,
    model: MatchModel,
    person: Labels,
    engine: Engine,
    bits: Sequence[int] = AROUND_LINK,
) -> tuple[Point, ...]:
    """Metrics at link thresholds so many `bits` from the model's own.

    Pairs are scored once; clusters are made anew for each threshold.
    """
    gap, links = model.link - model.review, [model.link + bit * BIT for bit in bits]
    lowest = model.with_thresholds(min(links), min(links) - gap)
    features, term_frequencies = prepared.features, prepared.term_frequencies

    def weighed(of_pairs: Features, batch: pa.Table) -> pa.Table:
        scored = score(of_pairs, term_frequencies, lowest, batch)
        return scored.filter(pa.array(integers(scored.column("weight")) >= lowest.review))

    scored = engine.collect(engine.judge(features, prepared.pairs, weighed))
    weight = integers(scored.column("weight"))
    nobody = scored.slice(0, 0)
    points = []
    for link in links:
        moved = model.with_thresholds(link, link - gap)
        kept = scored.filter(pa.array(weight >= moved.review))
        clusters = resolve_clusters(features, term_frequencies, moved, kept, DecidedPairs(nobody, nobody))
        said = float(model.calibration.probability(np.array([link], np.int32))[0])
        found = figures(person, integers(clusters.column("cluster")))
        points.append(Point(link, said, link == model.link, found))
    return tuple(points)
