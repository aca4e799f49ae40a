"""Why two contacts are or aren't one golden contact: every explanation step, and the first that stopped them.

A contact must be listed by its source, read, live and of a kind that is matched; two contacts must meet in a
block, weigh enough to be looked at and to be linked, be joined by a cluster merge, not be decided
different, and the night must have been published.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from threading import Lock
from uuid import UUID

from dedupe.arrays.units import BIT
from dedupe.errors import NotFound
from dedupe.golden.judged_values import judged
from dedupe.matching.blocking.trace import PAIRED_OUTCOMES, BlockOutcome, BlockTrace, trace_pair
from dedupe.review.explain.cluster_merge import ClusterMerge, explain_cluster_merge
from dedupe.review.explain.link_path import PathLink, link_path
from dedupe.review.explain.resolve_reference import resolve_reference
from dedupe.review.explain.scored_pair import LoadScorer, Pair, PublishedScorer, explain_pair, of_today
from dedupe.review.explain.separation import broken_component, decided_apart, member_counts, too_little_weight
from dedupe.review.explain.steps import (
    BLOCKED,
    CLUSTER,
    DECIDED,
    LINK,
    PUBLISHED,
    REVIEW,
    ExplanationStep,
    matched_contacts,
    steps_of_sides,
)
from dedupe.storage import access_log, contacts, merge_runs, review_candidates
from dedupe.storage.access_log import Visitor
from dedupe.storage.contact_status import ListedContact
from dedupe.storage.database import Connection
from dedupe.storage.review_candidates import CandidateMember

_EVERYBODY = Lock()  # they are loaded once at a time, however many ask
ASKING = "; a person is asked: dedupe review show "
PAIRS_WEIGHED = 100
"""Pairs between two sides of several contacts that are weighed to find the strongest."""


@dataclass(frozen=True, slots=True)
class Side:
    asked: str
    by: str
    source_contacts: list[str]  # source:external id, of those that live


@dataclass(frozen=True, slots=True)
class WhyNot:
    """The answer, with the names by which it is shown as JSON.

    `gate` names the first explanation step that stopped them, None where they are one golden contact, and
    `gates` holds all steps. `pair` is the strongest of `pairs` that lie between the sides, `meetings` the
    blocks of the keys that it shares, `join` the cluster merge that was weighed.
    """

    left: Side
    right: Side
    together: bool
    gate: str | None
    gates: list[ExplanationStep]
    pairs: int
    between: tuple[str, str] | None
    pair: Pair | None
    meetings: list[BlockTrace]
    join: ClusterMerge | None
    path: list[PathLink] = field(default_factory=list)  # by which links they are one golden contact
    review: float = 0.0  # bits from which a pair is worth a look, and from which it is a link
    link: float = 0.0
    question: UUID | None = None  # the review candidate that asks a person about them


def why_not(
    connection: Connection,
    visitor: Visitor,
    load_scorer: LoadScorer,
    left: str,
    right: str,
    region: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> WhyNot:
    """Explain two contacts, each named by an email, a phone number, a golden id or a source contact.

    `tell` hears of what takes long. Raises NotFound where both sides name one and the same contact, and for
    what `resolve_reference` can't resolve.
    """
    one, other = resolve_reference(connection, left, region), resolve_reference(connection, right, region)
    scorer = load_scorer(connection)
    alone = steps_of_sides(connection, scorer, one, other)
    both = [matched_contacts(scorer, side) for side in (one, other)]
    members = review_candidates.members(connection, [it.id for side in both for it in side])
    golden = sorted({member.golden_id for member in members.values() if member.golden_id})
    access_log.write(connection, visitor, "explain", golden)
    sides = [Side(side.asked, side.by, [it.key for it in side.live]) for side in (one, other)]
    if any(step.passed is False for step in alone):
        return _told(sides, alone, 0)
    chosen, pairs = _chosen(of_today(connection, scorer, members.values()), members, *both)
    found = _LivePair(connection, scorer, *chosen, tell)
    steps, details = found.steps()
    told = _told(sides, [*alone, *steps], pairs)
    return WhyNot(
        told.left,
        told.right,
        found.together,
        None if found.together else told.gate,
        told.gates,
        pairs,
        (_key(chosen[0]), _key(chosen[1])),
        found.pair,
        details.traces,
        details.merge,
        found.path,
        scorer.model.review / BIT,
        scorer.model.link / BIT,
        details.question,
    )


def _told(sides: Sequence[Side], steps: list[ExplanationStep], pairs: int) -> WhyNot:
    first = next((step.name for step in steps if step.passed is False), None)
    return WhyNot(sides[0], sides[1], False, first, steps, pairs, None, None, [], None)


def _chosen(
    scorer: PublishedScorer,
    members: dict[UUID, CandidateMember],
    one: Sequence[ListedContact],
    other: Sequence[ListedContact],
) -> tuple[tuple[CandidateMember, CandidateMember], int]:
    """The pair to explain, and how many there are: one that is served as one person before all others."""
    known = [[members[it.id] for it in side if it.id in members] for side in (one, other)]
    pairs = [(a, b) for a, b in product(*known) if a.id != b.id]
    if not pairs:
        names = ", ".join(sorted({_key(member) for side in known for member in side}))
        raise NotFound(f"there is no pair: both sides name the same source contact: {names}")
    pairs.sort(key=lambda pair: (pair[0].golden_id != pair[1].golden_id, _key(pair[0]), _key(pair[1])))
    together = [pair for pair in pairs if pair[0].golden_id and pair[0].golden_id == pair[1].golden_id]
    some = (together or pairs)[:PAIRS_WEIGHED]
    if len(some) == 1:
        return some[0], len(pairs)
    return max(some, key=lambda pair: explain_pair(scorer, *pair).weight), len(pairs)


@dataclass(frozen=True, slots=True)
class _Details:
    traces: list[BlockTrace]
    merge: ClusterMerge | None
    question: UUID | None = None


class _LivePair:
    """What is known of one pair of live contacts of a kind that is matched."""

    def __init__(
        self,
        connection: Connection,
        scorer: PublishedScorer,
        left: CandidateMember,
        right: CandidateMember,
        tell: Callable[[str], None],
    ) -> None:
        self._connection, self._scorer, self._tell = connection, scorer, tell
        self._left, self._right = left, right
        self.pair = explain_pair(of_today(connection, scorer, [left, right]), left, right)
        self.together = left.golden_id is not None and left.golden_id == right.golden_id
        self.path = link_path(connection, left, right) if self.together else []

    def steps(self) -> tuple[list[ExplanationStep], _Details]:
        if self.together:
            return self._passed(), _Details([], None)
        traces = self._traces()
        asked = self._asked()
        worth_it = asked is not None or self.pair.weight * BIT >= self._scorer.model.review
        merge = self._merge() if worth_it else None
        decided = self._decided()
        steps = [
            self._blocked(traces),
            *self._scored(asked),
            self._clustered(merge, decided is not None, asked),
        ]
        steps.append(decided or ExplanationStep(DECIDED, True, "nobody has decided them different"))
        if any(step.passed is False for step in steps):
            steps.append(ExplanationStep(PUBLISHED, None, "not reached"))
        elif text := broken_component(self._connection, self._left.id, self._right.id):
            steps = [
                ExplanationStep(CLUSTER, False, text) if step.name == CLUSTER else step for step in steps
            ]
            steps.append(ExplanationStep(PUBLISHED, None, "not reached"))
        else:
            steps.append(self._published())
        return steps, _Details(traces, merge, asked)

    def _passed(self) -> list[ExplanationStep]:
        """They are one golden contact; the pair itself need not be what made them one."""
        through = "" if len(self.path) == 1 else "; other contacts of the same person hold them together"
        shared = f"met by: {', '.join(self.pair.rules)}" if self.pair.rules else "share no key themselves"
        told = {
            BLOCKED: shared,
            REVIEW: f"{self.pair.weight:+.1f} bits",
            LINK: f"{self.pair.decision} by itself{through}",
            CLUSTER: "one cluster",
            DECIDED: "decided the same"
            if any(it.cause == "decision" for it in self.path)
            else "nobody has decided them different",
            PUBLISHED: f"golden contact {self._left.golden_id}",
        }
        good = {REVIEW: self._scorer.model.review, LINK: self._scorer.model.link}
        weight = self.pair.weight * BIT
        return [
            ExplanationStep(name, (weight >= good[name] or None) if name in good else True, text)
            for name, text in told.items()
        ]

    def _traces(self) -> list[BlockTrace]:
        if not self.pair.rules:
            return []
        self._tell("Looking how full the keys are that they share")
        with _EVERYBODY:
            live = contacts.live(self._connection)
            seeds = live.keys["id"].to_pylist()
            everyone = judged(live.table, self._scorer.values, live.keys["id"].combine_chunks())
            left, right = (seeds.index(str(one.id)) for one in (self._left, self._right))
            return trace_pair(everyone, left, right, self._scorer.staff)

    def _blocked(self, traces: list[BlockTrace]) -> ExplanationStep:
        if not traces:
            return ExplanationStep(
                BLOCKED, False, "no rule gives them a key in common: they were never compared"
            )
        used = [one for one in traces if one.outcome in PAIRED_OUTCOMES]
        if used:
            return ExplanationStep(BLOCKED, True, f"met by: {', '.join(one.rule for one in used)}")
        full = [one for one in traces if one.outcome is BlockOutcome.SKIPPED]
        named = ", ".join(f"{one.rule} ({one.size:,} contacts, at most {one.cap})" for one in full)
        why = f"every key they share is over-full and was skipped: {named}"
        narrow = "they share only keys of rules that serve smaller files than this"
        return ExplanationStep(BLOCKED, False, why if full else narrow)

    def _scored(self, asked: UUID | None) -> list[ExplanationStep]:
        model, weight = self._scorer.model, round(self.pair.weight * BIT)
        told = f"{weight / BIT:+.2f} bits"
        seen = ExplanationStep(
            REVIEW, weight >= model.review, f"{told}; worth a look from {model.review / BIT:+.2f}"
        )
        if not seen.passed:
            return [seen, ExplanationStep(LINK, None, "not reached")]
        linked = weight >= model.link
        text = f"{told}; a link from {model.link / BIT:+.2f}{'' if linked else _asking(asked)}"
        return [seen, ExplanationStep(LINK, linked, text)]

    def _merge(self) -> ClusterMerge:
        return explain_cluster_merge(self._connection, self._scorer, self._left.id, self._right.id)

    def _asked(self) -> UUID | None:
        """The question that waits about their golden contacts, by whichever of their members."""
        waits = review_candidates.touching(self._connection, [self._left.id])
        return next((it.id for it in waits if self._right.id in it.members), None)

    def _clustered(self, merge: ClusterMerge | None, decided: bool, asked: UUID | None) -> ExplanationStep:
        if merge is None:
            return ExplanationStep(CLUSTER, None, "not reached")
        if merge.weight < merge.link:
            return ExplanationStep(CLUSTER, False, too_little_weight(merge) + _asking(asked))
        told = f"{member_counts(merge)} weigh {merge.weight:+.2f} bits together"
        return ExplanationStep(CLUSTER, None if decided else True, told)

    def _decided(self) -> ExplanationStep | None:
        told = decided_apart(self._connection, self._left.id, self._right.id)
        return ExplanationStep(DECIDED, False, told) if told else None

    def _published(self) -> ExplanationStep:
        latest, last = (read(self._connection) for read in (merge_runs.latest, merge_runs.last_published))
        if latest is not None and latest.status in ("held", "planned"):
            reasons = "; ".join((latest.gate or {}).get("reasons", []))
            why = f": {reasons}" if reasons else ""
            go_on = f"; look, then: dedupe publish {latest.id}"
            return ExplanationStep(PUBLISHED, False, f"run {latest.id} is {latest.status}{why}{go_on}")
        if last is None:
            return ExplanationStep(PUBLISHED, False, "no night has been published yet: run `dedupe nightly`")
        return ExplanationStep(
            PUBLISHED, False, f"nothing was published since run {last.id}: the next night joins them"
        )


def _asking(asked: UUID | None) -> str:
    return f"{ASKING}{asked}" if asked else ""


def _key(member: CandidateMember) -> str:
    return f"{member.source}:{member.external_id}"
