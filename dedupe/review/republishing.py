"""What a decision changes, published at once: its component goes through what a night does to everything.

The same pure functions judge, cluster and merge; weights come from the value counts of the run that is
served. Links that the last night found are taken as they are; pairs that a decision is or was about are
weighed again, because the own weight of a decided pair is not stored.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import uuid_utils.compat as uuids

from dedupe.clustering.clusters import cluster
from dedupe.clustering.judgements import CERTAIN, Constraints, Judgement, constraints
from dedupe.clustering.questions import questions
from dedupe.golden.differences import Causes, Difference, differ
from dedupe.golden.identity import heirs_after
from dedupe.golden.links import link_difference, link_rows, staged_links
from dedupe.golden.records import golden_records
from dedupe.golden.staging import Staged, stage
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.golden.tables import COLUMNS_OF, ID, PINS
from dedupe.matching.context import Context
from dedupe.matching.evidence import evidence
from dedupe.matching.scoring import score
from dedupe.model import Kind
from dedupe.review.deciding import Republish, Republished
from dedupe.review.explanations import Bench, Judge, contacts_table
from dedupe.review.pairs import among, numbered, sharing_a_key, together_with
from dedupe.schemas import LINKS
from dedupe.storage import components, decisions, merge_runs, published, review_candidates
from dedupe.storage.database import Connection
from dedupe.storage.publishing import publish, publish_links

KIND = "decision"
_FIELD_OF = {column: name for name, columns in COLUMNS_OF.items() for column in columns}


@dataclass(frozen=True)
class Rules:
    """What a night goes by as well: from the same configuration."""

    survivorship: SurvivorshipRules = field(default_factory=SurvivorshipRules)
    code_version: str = ""
    configuration_hash: str = ""


@dataclass(frozen=True)
class Component:
    """The contacts that a decision reaches, numbered as in a run of their own."""

    contacts: pa.Table  # CONTACTS
    seeds: pa.Array[Any]
    identities: pa.Array[Any]
    judgements: list[Judgement]
    held: Constraints
    pairs: pa.Table  # scored, all of them
    links: pa.Table  # LINKS
    clusters: pa.Table  # CLUSTERS


def republisher(bench: Bench, rules: Rules) -> Republish:
    def republish(connection: Connection, source_contacts: Collection[UUID]) -> Republished:
        return _republish(connection, bench(connection), rules, source_contacts)

    return republish


def _republish(
    connection: Connection, judge: Judge, rules: Rules, source_contacts: Collection[UUID]
) -> Republished:
    scope = components.component(connection, source_contacts)
    wider = components.component(connection, [*scope, *components.asked_about(connection, scope)])
    part = _component(connection, judge, wider)
    run_id = uuids.uuid7()
    merge_runs.start(connection, run_id, KIND, rules.code_version, rules.configuration_hash, judge.model_id)
    staged, difference = _publish_golden(connection, run_id, judge, rules, part, wider, source_contacts)
    linked = _publish_links(connection, run_id, judge, part, wider)
    asked = _publish_questions(connection, run_id, judge, part, scope)
    changed = linked or any(asked) or not difference.nothing
    report = {"golden": difference.counts, "review": asked._asdict()}
    merge_runs.end(connection, run_id, "published" if changed else "unchanged", report=report)
    return Republished(run_id, _golden_ids(staged, source_contacts))


def _component(connection: Connection, judge: Judge, ids: Collection[UUID]) -> Component:
    found = review_candidates.members(connection, list(ids)).values()
    members = sorted(found, key=lambda member: (member.source.encode(), member.external_id.encode()))
    seeds = pa.array([str(member.id) for member in members], ID)
    contacts = contacts_table(members)
    judgements = decisions.judgements_around(connection, ids)
    held = constraints(judgements, seeds)
    matched = numbered(components.matched_pairs(connection, ids), seeds)
    judged = numbered(components.judged_pairs(connection, ids), seeds)
    pairs = _scored(contacts, judge, together_with(matched, judged))
    links = _links(pairs, judge, matched, judged, held)
    return Component(
        contacts=contacts,
        seeds=seeds,
        identities=pa.array([member.identity_hash for member in members], pa.binary()),
        judgements=judgements,
        held=held,
        pairs=pairs,
        links=links,
        clusters=cluster(len(members), links, held.apart),
    )


def _scored(contacts: pa.Table, judge: Judge, known: pa.Table) -> pa.Table:
    """All pairs that share a match key, and those known of before, with their probability."""
    facts = evidence(contacts, judge.staff)
    pairs = together_with(known, sharing_a_key(facts))
    scored = score(facts, Context.from_table(judge.context), judge.model, pairs)
    probability = judge.model.calibration.probability(scored["weight"].to_numpy())
    return scored.append_column("probability", pa.array(probability))


def _links(pairs: pa.Table, judge: Judge, matched: pa.Table, judged: pa.Table, held: Constraints) -> pa.Table:
    """Those of the last night, those among judged pairs that are strong enough, and those decided "same"."""
    strong = among(pairs, judged) & ~among(pairs, matched) & (pairs["weight"].to_numpy() >= judge.model.link)
    found = pa.concat_tables(
        [
            matched.select(LINKS.names).cast(LINKS),
            pairs.filter(pa.array(strong)).select(LINKS.names).cast(LINKS),
        ]
    )
    free = found.filter(pa.array(~among(found, held.apart) & ~among(found, held.together)))
    certain = pa.array(np.full(len(held.together), CERTAIN, np.int32))
    decided = held.together.append_column("weight", certain).cast(LINKS)
    return pa.concat_tables([free, decided]).sort_by([("left", "ascending"), ("right", "ascending")])


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
    pins = _pins(decisions.pins(connection), part.seeds)
    golden = golden_records(part.contacts, part.clusters, rules.survivorship, pins, kinds)
    before = published.heirs(connection)
    present = part.seeds.take(golden.members["contact"].combine_chunks())
    heirs = heirs_after(before, published.linked(connection, list(within)), present)
    staged = stage(golden, part.seeds, heirs, part.links, part.held.together)
    live = published.live(connection, staged.ids, list(within))
    nothing = pa.array([], ID)
    difference = differ(live, staged, Causes(nothing, pa.array([str(seed) for seed in decided], ID)))
    publish(connection, run_id, staged, difference, before)
    return staged, difference


def _publish_links(
    connection: Connection, run_id: UUID, judge: Judge, part: Component, within: Collection[UUID]
) -> int:
    staged = staged_links(part.links, part.held.together, part.seeds)
    difference = link_difference(published.link_pairs(connection, list(within)), staged)
    probability = pa.array(judge.model.calibration.probability(part.links["weight"].to_numpy()))
    rows = link_rows(staged, difference.new, part.links, part.pairs, probability)
    return publish_links(connection, run_id, judge.model_id, rows, difference.removed)


def _publish_questions(
    connection: Connection, run_id: UUID, judge: Judge, part: Component, scope: Collection[UUID]
) -> review_candidates.Published:
    """The candidates that touch the scope; others of the wider component have neighbours that aren't here."""
    cluster_of = part.clusters["cluster"].to_numpy()
    left, right = part.pairs["left"].to_numpy(), part.pairs["right"].to_numpy()
    weight = part.pairs["weight"].to_numpy()
    doubtful = (weight >= judge.model.review) & (cluster_of[left] != cluster_of[right])
    pairs = part.pairs.filter(pa.array(doubtful & ~among(part.pairs, part.held.apart)))
    asked = questions(part.clusters, pairs, part.seeds, part.identities, part.judgements, judge.model.link)
    inside = {str(seed) for seed in scope}
    sides = zip(asked["left_members"].to_pylist(), asked["right_members"].to_pylist(), strict=True)
    touching = [not inside.isdisjoint(chain(left or (), right or ())) for left, right in sides]
    rows = asked.filter(pa.array(touching, pa.bool_()))
    return review_candidates.publish(connection, rows, run_id, judge.model_id, scope)


def _pins(pins: Collection[decisions.Pin], seeds: pa.Array[Any]) -> pa.Table:
    number = {seed: at for at, seed in enumerate(seeds.to_pylist())}
    rows = [
        {
            "contact": number[str(contact)],
            "field": _FIELD_OF.get(pin.field, pin.field),
            "value": pin.value,
            "decided_at": round(pin.decided_at.timestamp() * 1_000_000),
        }
        for pin in pins
        for contact in pin.source_contacts
        if str(contact) in number
    ]
    return pa.Table.from_pylist(rows, schema=PINS)


def _golden_ids(staged: Staged, source_contacts: Collection[UUID]) -> list[UUID]:
    named = pa.array([str(seed) for seed in source_contacts], ID)
    mine = staged.linked.filter(pc.is_in(staged.linked["source_contact_id"], value_set=named))
    return sorted({UUID(golden) for golden in mine["golden_id"].to_pylist()})
