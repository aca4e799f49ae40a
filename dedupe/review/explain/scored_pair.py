"""Why two source contacts do or don't match, by the scorer of the run that is served."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import pyarrow as pa

from dedupe.arrays.units import BIT
from dedupe.golden.judged_values import judged
from dedupe.matching.features.build import build_features
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.pair_explanation import Explanation, explain
from dedupe.matching.term_frequencies import TermFrequencies
from dedupe.resolution import users_of_today
from dedupe.storage import contacts
from dedupe.storage.database import Connection
from dedupe.storage.decisions import ValueDecision
from dedupe.storage.review_candidates import CandidateMember


@dataclass(frozen=True)
class PublishedScorer:
    """What weighs pairs: a saved model, the term frequencies of a run, whether staff are matched."""

    model: MatchModel
    term_frequencies: pa.Table  # as TermFrequencies.to_table gives them
    staff: bool = False
    model_id: UUID | None = None  # None: the shipped model, not saved yet
    values: Sequence[ValueDecision] = ()  # what people decided about single emails and phones


LoadScorer = Callable[[Connection], PublishedScorer]
"""Gives the scorer of the run that is served now."""


@dataclass(frozen=True, slots=True)
class Step:
    """One comparison of the pair, a bar of the waterfall: the level it gave; `weight` in bits.

    The field `fact` holds the comparison's name: it is called so where it is shown as JSON.
    """

    fact: str
    level: str
    sentence: str
    weight: float


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair of source contacts as the scorer weighs it; weights in bits.

    Prior and steps add up to `weight`, unless `identified` is false: circumstances alone never join.
    """

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
    calibration: float = 0.0
    """Bits that make the weight the log-odds of `probability`: how pairs of such a weight turned out."""


def of_today(
    connection: Connection, scorer: PublishedScorer, members: Iterable[CandidateMember]
) -> PublishedScorer:
    """The scorer with who uses the values of these contacts by now, as the next run has it."""
    some = list(members)
    features = build_features(contacts_as_decided(scorer, some), scorer.staff)
    saved, seeds = TermFrequencies.from_table(scorer.term_frequencies), [str(member.id) for member in some]
    now = users_of_today.of_today(connection, saved, features, seeds, scorer.values, scorer.staff)
    return scorer if now is saved else replace(scorer, term_frequencies=now.to_table())


def explain_pair(scorer: PublishedScorer, left: CandidateMember, right: CandidateMember) -> Pair:
    """Weigh two source contacts as they are now."""
    table = contacts_as_decided(scorer, [left, right])
    return _pair(left.id, right.id, explain(table, scorer.model, scorer.term_frequencies, scorer.staff))


def contacts_as_decided(scorer: PublishedScorer, members: Sequence[CandidateMember]) -> pa.Table:
    """As `contacts_table`, with what people decided about single values applied, as a night does."""
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
        calibration=math.log2(found.probability / (1 - found.probability)) - found.weight / BIT,
    )
