"""What a decision changes, published at once: its component goes through what a night does to everything.

The same pure functions judge, cluster and merge; weights come from the value counts of the run that is
served.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import uuid_utils.compat as uuids

from dedupe.clustering.decided_constraints import CERTAIN, Constraints, DecidedConstraint, constraints
from dedupe.clustering.review_questions import questions
from dedupe.golden.differences import Causes, Difference, differ
from dedupe.golden.identity import heirs_after
from dedupe.golden.judged_values import judged
from dedupe.golden.links import DECISION, link_difference, link_rows, staged_links
from dedupe.golden.pinning import pins_table
from dedupe.golden.records import golden_records
from dedupe.golden.staging import Staged, stage
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.golden.tables import ID
from dedupe.matching.comparisons.stored_levels import LEVEL_NAMES
from dedupe.matching.features.build import build_features
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.scoring import score
from dedupe.matching.term_frequencies import TermFrequencies
from dedupe.model import Kind
from dedupe.review.component_pairs import among, found_before, numbered, within_one
from dedupe.review.deciding import Republish, Republished
from dedupe.review.explain.scored_pair import Bench, Judge, contacts_table
from dedupe.schemas import LINKS
from dedupe.storage import components, decisions, merge_runs, review_candidates, served_state
from dedupe.storage.database import Connection
from dedupe.storage.publishing import publish, publish_links
from dedupe.storage.review_candidates import CandidateMember

KIND = "decision"


@dataclass(frozen=True)
class Rules:
    """What a night goes by as well: from the same configuration."""

    survivorship: SurvivorshipRules = field(default_factory=SurvivorshipRules)
    code_version: str = ""
    configuration_hash: str = ""
    act: str = KIND  # what is published: a decision or an erasure


Recluster = Callable[[pa.Table, pa.Table, MatchModel, pa.Table, pa.Table, pa.Table], pa.Table]
"""CLUSTERS of whole components as the night makes them, from contacts, scored pairs, model, value counts, and
pairs held apart and together: `pipeline.matching.cluster_again`, handed in because that room is next door."""


@dataclass(frozen=True)
class Component:
    """The contacts that a decision reaches, numbered as in a run of their own."""

    contacts: pa.Table  # CONTACTS
    seeds: pa.Array[Any]
    identities: pa.Array[Any]
    judgements: list[DecidedConstraint]
    held: Constraints
    scored: pa.Table  # pairs worth a look
    clusters: pa.Table  # CLUSTERS
    links: pa.Table  # LINKS


def republisher(bench: Bench, rules: Rules, recluster: Recluster) -> Republish:
    def republish(connection: Connection, source_contacts: Collection[UUID]) -> Republished:
        return _republish(connection, bench(connection), rules, recluster, source_contacts)

    return republish


def _republish(
    connection: Connection,
    judge: Judge,
    rules: Rules,
    recluster: Recluster,
    source_contacts: Collection[UUID],
) -> Republished:
    within = components.component(connection, source_contacts)
    part = _component(connection, judge, recluster, within)
    run_id = uuids.uuid7()
    merge_runs.start(
        connection, run_id, rules.act, rules.code_version, rules.configuration_hash, judge.model_id
    )
    staged, difference = _publish_golden(connection, run_id, judge, rules, part, within, source_contacts)
    linked = _publish_links(connection, run_id, judge, part, within)
    asked = _publish_questions(connection, run_id, judge, part, within)
    changed = linked or any(asked) or not difference.nothing
    report = {"golden": difference.counts, "review": asked._asdict()}
    merge_runs.end(connection, run_id, "published" if changed else "unchanged", report=report)
    return Republished(run_id, _golden_ids(staged, source_contacts))


def _component(
    connection: Connection, judge: Judge, recluster: Recluster, ids: Collection[UUID]
) -> Component:
    found = review_candidates.members(connection, list(ids)).values()
    members = sorted(found, key=lambda member: (member.source.encode(), member.external_id.encode()))
    seeds = pa.array([str(member.id) for member in members], ID)
    contacts = judged(contacts_table(members), decisions.value_judgements(connection), seeds)
    judgements = decisions.judgements_around(connection, ids)
    held = constraints(judgements, seeds)
    number = {str(member.id): at for at, member in enumerate(members)}
    stored = numbered(_stored_pairs(connection, ids), number)
    scored = _scored(contacts, judge, stored, _groups(connection, members, number, ids))
    clusters = recluster(contacts, scored, judge.model, judge.context, held.apart, held.together)
    return Component(
        contacts=contacts,
        seeds=seeds,
        identities=pa.array([member.identity_hash for member in members], pa.binary()),
        judgements=judgements,
        held=held,
        scored=scored,
        clusters=clusters,
        links=_links(scored, clusters, judge.model.link, held.together),
    )


def _stored_pairs(connection: Connection, ids: Collection[UUID]) -> Iterator[tuple[str, str]]:
    """Those that the last night found worth a look and kept: links, and the evidence of candidates.

    A pair that people decided may never have met in a block: it counts if the night found it, like any other
    within a group.
    """
    links = served_state.link_pairs(connection, list(ids))
    links = links.filter(pc.field("cause") != DECISION)
    yield from zip(links["left_contact"].to_pylist(), links["right_contact"].to_pylist(), strict=True)
    for candidate in review_candidates.touching(connection, list(ids)):
        yield from ((pair["left"], pair["right"]) for pair in candidate.evidence["pairs"])


def _groups(
    connection: Connection,
    members: Sequence[CandidateMember],
    number: Mapping[str, int],
    ids: Collection[UUID],
) -> list[list[int]]:
    """Within which a night keeps not every pair: golden contacts, and those that a decision is about.

    A contact that is gone since stands for those it is still shown with.
    """
    linked = served_state.linked(connection, list(ids))
    golden_of: dict[str, str] = dict(
        zip(*(map(str, linked[name].to_pylist()) for name in ("source_contact_id", "golden_id")), strict=True)
    )
    group_of: dict[str, list[int]] = {}
    for seed, at in number.items():
        group_of.setdefault(golden_of.get(seed, seed), []).append(at)
    groups = list(group_of.values())
    for decision in decisions.about(connection, [member.id for member in members]):
        named = {str(one.source_contact) for one in decision.members}
        owners = {golden_of.get(seed, seed) for seed in named}
        groups.append(sorted(at for owner in owners for at in group_of.get(owner, [])))
    return groups


def _scored(contacts: pa.Table, judge: Judge, stored: pa.Table, groups: Iterable[Sequence[int]]) -> pa.Table:
    """The pairs that are worth a look, with their probability."""
    facts = build_features(contacts, judge.staff)
    counts = TermFrequencies.from_table(judge.context)
    scored = score(facts, counts, judge.model, found_before(facts, counts, stored, groups))
    scored = scored.filter(pa.array(scored["weight"].to_numpy() >= judge.model.review))
    probability = judge.model.calibration.probability(scored["weight"].to_numpy())
    return scored.append_column("probability", pa.array(probability))


def _links(scored: pa.Table, clusters: pa.Table, link: int, together: pa.Table) -> pa.Table:
    """Strong pairs within a cluster, and those decided "same"."""
    strong = within_one(scored, clusters) & (scored["weight"].to_numpy() >= link)
    free = scored.filter(pa.array(strong & ~among(scored, together)))
    certain = pa.array(np.full(len(together), CERTAIN, np.int32))
    decided = together.append_column("weight", certain).cast(LINKS)
    found = pa.concat_tables([free.select(LINKS.names).cast(LINKS), decided])
    return found.sort_by([("left", "ascending"), ("right", "ascending")])


def _publish_golden(
    connection: Connection,
    run_id: UUID,
    judge: Judge,
    rules: Rules,
    part: Component,
    within: Collection[UUID],
    decided: Collection[UUID],
) -> tuple[Staged, Difference]:
    kinds = frozenset({Kind.PERSON.value, *([Kind.STAFF.value] if judge.staff else [])})
    pins = pins_table(decisions.pins(connection), part.seeds)
    golden = golden_records(part.contacts, part.clusters, rules.survivorship, pins, kinds)
    before = served_state.heirs(connection)
    present = part.seeds.take(golden.members["contact"].combine_chunks())
    heirs = heirs_after(before, served_state.linked(connection, list(within)), present)
    staged = stage(golden, part.seeds, heirs, part.links, part.held.together)
    live = served_state.live(connection, staged.ids, list(within))
    nothing = pa.array([], ID)
    named = pa.array([str(seed) for seed in decided], ID)
    difference = differ(live, staged, Causes(nothing, named, act=rules.act))
    publish(connection, run_id, staged, difference, before)
    return staged, difference


def _publish_links(
    connection: Connection, run_id: UUID, judge: Judge, part: Component, within: Collection[UUID]
) -> int:
    staged = staged_links(part.links, part.held.together, part.seeds)
    difference = link_difference(served_state.link_pairs(connection, list(within)), staged)
    probability = pa.array(judge.model.calibration.probability(part.links["weight"].to_numpy()))
    rows = link_rows(staged, difference.new, part.links, part.scored, probability, LEVEL_NAMES)
    return publish_links(connection, run_id, judge.model_id, rows, difference.removed)


def _publish_questions(
    connection: Connection, run_id: UUID, judge: Judge, part: Component, within: Collection[UUID]
) -> review_candidates.Published:
    apart = ~within_one(part.scored, part.clusters) & ~among(part.scored, part.held.apart)
    doubtful = part.scored.filter(pa.array(apart))
    asked = questions(
        part.clusters,
        doubtful,
        part.seeds,
        part.identities,
        part.judgements,
        judge.model.link,
        LEVEL_NAMES,
    )
    return review_candidates.publish(connection, asked, run_id, judge.model_id, within)


def _golden_ids(staged: Staged, source_contacts: Collection[UUID]) -> list[UUID]:
    named = pa.array([str(seed) for seed in source_contacts], ID)
    mine = staged.linked.filter(pc.is_in(staged.linked["source_contact_id"], value_set=named))
    return sorted({UUID(golden) for golden in mine["golden_id"].to_pylist()})
