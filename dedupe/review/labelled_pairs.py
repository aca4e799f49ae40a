"""Labelled pairs: what people decided, as pairs that a model can be corrected by, one pair a decision.

Only decisions that were chosen by what the pairs looked like are taken: the queue's and audits', and the
judged samples of audits. What people decided of their own accord (by hand, by import), or reported, was
mostly chosen because it was wrong, and would teach the model to expect that.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, product
from uuid import UUID

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers
from dedupe.clustering.clusters import components
from dedupe.matching.comparisons.definitions import NAMES
from dedupe.matching.features.build import build_features
from dedupe.matching.model.scoring import score
from dedupe.matching.term_frequencies import TermFrequencies
from dedupe.matching.training.recalibration import LabelledPairs
from dedupe.model import Origin, Subject, Verdict
from dedupe.review.explain.scored_pair import PublishedScorer, contacts_as_decided
from dedupe.storage import audits, decisions, review_candidates
from dedupe.storage.audits import MERGED, Sample
from dedupe.storage.database import Connection
from dedupe.storage.decisions import Decision

MOST = 100_000  # decisions; the latest
Positions = npt.NDArray[np.int64]
_LEARNED_FROM = {Origin.QUEUE.value, Origin.AUDIT.value}


@dataclass(frozen=True)
class DecidedExamples:
    """`left_out`: how many decisions were of people's own accord, or have
    contacts that are gone."""

    pairs: LabelledPairs
    left_out: int


@dataclass(frozen=True)
class _Said:
    """Groups of source contacts, each one person's; `same` is about the first two groups, or within the only
    one."""

    groups: Sequence[Sequence[UUID]]
    same: bool


def labelled_pairs(connection: Connection, scorer: PublishedScorer) -> DecidedExamples:
    """Of live decisions that may be learned from, weighed by the scorer with the contacts as they are now."""
    said, others = [], 0
    for one in decisions.latest(connection, MOST, live_only=True):
        if one.subject != Subject.CONTACTS.value or one.verdict == Verdict.UNSURE.value:
            continue
        if one.origin in _LEARNED_FROM and len(one.sides) == 2 and not _chosen_as_wrong(one):
            said.append(_Said(one.sides, one.verdict == Verdict.SAME.value))
        else:
            others += 1
    for audit in audits.listed(connection):
        said += [each for one in audits.samples(connection, audit.id) for each in _of_sample(one)]
    pairs, gone = _labelled(connection, scorer, said)
    return DecidedExamples(pairs, others + gone)


def _chosen_as_wrong(one: Decision) -> bool:
    """Whether somebody pointed at what was asked, which tells nothing of how often such pairs are wrong; or
    it was answered with all of its pattern, of which a few were looked at."""
    evidence = one.evidence or {}
    return bool(evidence.get("pointed_at") or evidence.get("at_once"))


def _of_sample(one: Sample) -> Iterator[_Said]:
    """What an audited sample says of its contacts.

    Nothing, where a merged one was judged different and it is not known who is another person; of two
    contacts it is.
    """
    if one.verdict not in ("same", "different") or one.decision_id is not None:
        return
    same = one.verdict == "same"
    if one.kind != MERGED:
        yield _Said([one.left_members, one.right_members], same)
    elif same:
        yield _Said([one.left_members], True)
    elif len(one.left_members) == 2:
        yield _Said([[seed] for seed in one.left_members], False)


def _labelled(
    connection: Connection, scorer: PublishedScorer, said: Sequence[_Said]
) -> tuple[LabelledPairs, int]:
    seeds = sorted(set(chain.from_iterable(chain.from_iterable(one.groups for one in said))))
    members = review_candidates.members(connection, seeds)
    known = [members[seed] for seed in seeds if seed in members]
    number = {member.id: at for at, member in enumerate(known)}
    pairs = [(at, pair) for at, one in enumerate(said) for pair in _pairs(one, number)]
    if not pairs:
        nothing = np.zeros(0, np.int64)
        return LabelledPairs(np.zeros((0, len(NAMES)), np.int8), nothing, np.zeros(0, bool), nothing), len(
            said
        )
    features = build_features(contacts_as_decided(scorer, known), scorer.staff)
    ends = np.array([pair for _, pair in pairs], dtype=np.int64)
    table = pa.table({"left": pa.array(ends[:, 0]), "right": pa.array(ends[:, 1])})
    scored = score(features, TermFrequencies.from_table(scorer.term_frequencies), scorer.model, table)
    weight = integers(scored.column("weight"))
    of = np.array([at for at, _ in pairs], dtype=np.int64)
    rows = _standing_rows(of, weight, ends, said)
    group = components(len(known), ends[:, 0], ends[:, 1])
    levels = np.stack([scored.column(name).to_numpy()[rows] for name in NAMES], axis=1).astype(np.int8)
    same = np.array([said[at].same for at in of[rows].tolist()], dtype=bool)
    return LabelledPairs(levels, weight[rows], same, group[ends[rows, 0]]), len(said) - len(rows)


def _pairs(one: _Said, number: dict[UUID, int]) -> list[tuple[int, int]]:
    groups = [[number[seed] for seed in group if seed in number] for group in one.groups]
    found = combinations(groups[0], 2) if len(groups) == 1 else product(*groups)
    return [(min(pair), max(pair)) for pair in found if pair[0] != pair[1]]


def _standing_rows(of: Positions, weight: Positions, ends: Positions, said: Sequence[_Said]) -> Positions:
    """For each decision the row of the pair that stands for it: the strongest between its sides, which raised
    the question; within one group the strongest pair of the member that is held most weakly."""
    starts = np.flatnonzero(np.diff(of, prepend=-1))
    rows = []
    for at, mine in zip(of[starts].tolist(), np.split(np.arange(len(of)), starts[1:]), strict=True):
        within = len(said[at].groups) == 1
        rows.append(_weakest(mine, weight, ends) if within else int(mine[weight[mine].argmax()]))
    return np.array(rows, dtype=np.int64)


def _weakest(rows: Positions, weight: Positions, ends: Positions) -> int:
    """Of the strongest rows of each contact the weakest."""
    best = []
    for contact in np.unique(ends[rows]).tolist():
        own = rows[(ends[rows] == contact).any(axis=1)]
        best.append(int(own[weight[own].argmax()]))
    return min(best, key=lambda row: (int(weight[row]), row))
