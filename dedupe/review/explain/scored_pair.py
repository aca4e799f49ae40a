"""Why two source contacts do or don't match, by the model and the value counts of the run that is served."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import pyarrow as pa

from dedupe.arrays.units import BIT
from dedupe.golden.judged_values import judged
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.pair_explanation import Explanation, explain
from dedupe.storage import contacts
from dedupe.storage.database import Connection
from dedupe.storage.decisions import ValueDecision
from dedupe.storage.review_candidates import CandidateMember


@dataclass(frozen=True)
class PublishedScorer:
    """What pairs are judged by: a saved model, the value counts of a run, whether staff are matched."""

    model: MatchModel
    context: pa.Table
    staff: bool = False
    model_id: UUID | None = None  # None: the shipped model, not saved yet
    values: Sequence[ValueDecision] = ()  # what people decided about single emails and phones


LoadScorer = Callable[[Connection], PublishedScorer]
"""Gives the judge of the run that is served now."""


@dataclass(frozen=True, slots=True)
class Step:
    """One bar of the waterfall; `weight` in bits."""

    fact: str
    level: str
    sentence: str
    weight: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Prior and steps add up to `weight`, unless `identified` is false: circumstances alone never join."""

    left: UUID
    right: UUID
    weight: float
    probability: float
    prior: float
    rival: str
    identified: bool
    decision: str
    rules: list[str]
    steps: list[Step]


def explain_pair(scorer: PublishedScorer, left: CandidateMember, right: CandidateMember) -> Pair:
    table = contacts_as_decided(scorer, [left, right])
    return _pair(left.id, right.id, explain(table, scorer.model, scorer.context, scorer.staff))


def contacts_as_decided(scorer: PublishedScorer, members: Sequence[CandidateMember]) -> pa.Table:
    """As `contacts_table`, by what people decided about single values, as the night takes them."""
    seeds = pa.array([str(member.id) for member in members], pa.string())
    return judged(contacts_table(members), scorer.values, seeds)


def contacts_table(members: Sequence[CandidateMember]) -> pa.Table:
    """Their normalized contacts as CONTACTS, `contact` being the position in `members`."""
    contents = pa.chunked_array([[json.dumps(member.content) for member in members]], pa.string())
    names = {"source": [m.source for m in members], "external_id": [m.external_id for m in members]}
    return contacts.from_json(contents, pa.table(names))


def _pair(left: UUID, right: UUID, found: Explanation) -> Pair:
    return Pair(
        left=left,
        right=right,
        weight=found.weight / BIT,
        probability=found.probability,
        prior=found.prior / BIT,
        rival=found.rival,
        identified=found.identified,
        decision=found.decision,
        rules=list(found.rules),
        steps=[Step(step.fact, step.level, step.sentence, step.weight / BIT) for step in found.steps],
    )
