"""What a decision changes, published at once: its component goes through what a night does to everything.

`resolution` makes of it what it makes of a night's contacts; weights come from the term frequencies of the
run that is served.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
import uuid_utils.compat as uuids

from dedupe.golden.differences import Causes, Difference, differ
from dedupe.golden.links import DECISION
from dedupe.golden.staging import Staged
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.golden.tables import ID
from dedupe.matching.features.build import build_features
from dedupe.matching.model.scoring import score
from dedupe.matching.term_frequencies import TermFrequencies
from dedupe.resolution.clusters import DecidedPairs, resolve_clusters
from dedupe.resolution.links import doubtful_pairs, links
from dedupe.resolution.outcome import (
    LiveDecisions,
    Resolution,
    ResolvedPairs,
    RunContacts,
    link_changes,
    new_link_rows,
    outcome,
    run_contacts,
    staged,
)
from dedupe.resolution.users_of_today import of_today
from dedupe.review.component_pairs import numbered, pairs_of_the_run
from dedupe.review.explain.scored_pair import LoadScorer, PublishedScorer, contacts_table
from dedupe.review.recording import Republish, Republished
from dedupe.storage import (
    components,
    decisions,
    meanwhile,
    merge_runs,
    review_candidates,
    review_publishing,
    served_state,
)
from dedupe.storage.database import Connection
from dedupe.storage.publishing import publish, publish_links
from dedupe.storage.review_candidates import CandidateMember

KIND = "decision"


@dataclass(frozen=True)
class PublishRules:
    """What a night goes by as well: from the same configuration."""

    survivorship: SurvivorshipRules = field(default_factory=SurvivorshipRules)
    code_version: str = ""
    configuration_hash: str = ""
    act: str = KIND  # what is published: a decision or an erasure


@dataclass(frozen=True)
class Component:
    """The contacts that a decision reaches, numbered as in a run of their own, and what follows for them.

    `source_contacts` are the ids of all of the component, those that are gone included.
    """

    source_contacts: Collection[UUID]
    run: RunContacts
    pairs: ResolvedPairs
    outcome: Resolution


def republisher(load_scorer: LoadScorer, rules: PublishRules) -> Republish:
    """Publishes the component of some source contacts anew, by the scorer of the run that is served."""

    def republish(connection: Connection, source_contacts: Collection[UUID]) -> Republished:
        return _republish(connection, load_scorer(connection), rules, source_contacts)

    return republish


def _republish(
    connection: Connection, scorer: PublishedScorer, rules: PublishRules, source_contacts: Collection[UUID]
) -> Republished:
    part = _component(connection, scorer, rules, components.component(connection, source_contacts))
    run_id = uuids.uuid7()
    merge_runs.start(
        connection, run_id, rules.act, rules.code_version, rules.configuration_hash, scorer.model_id
    )
    golden, difference = _publish_golden(connection, run_id, rules, part, source_contacts)
    linked = _publish_links(connection, run_id, scorer, part)
    asked = review_publishing.publish(
        connection, part.outcome.questions, run_id, scorer.model_id, part.source_contacts
    )
    meanwhile.note(connection, part.source_contacts, source_contacts)
    changed = linked or any(asked) or not difference.nothing
    report = {"golden": difference.counts, "review": asked._asdict()}
    merge_runs.end(connection, run_id, "published" if changed else "unchanged", report=report)
    return Republished(run_id, _golden_ids(golden, source_contacts))


def _component(
    connection: Connection, scorer: PublishedScorer, rules: PublishRules, ids: Collection[UUID]
) -> Component:
    found = review_candidates.members(connection, list(ids)).values()
    members = sorted(found, key=lambda member: (member.source.encode(), member.external_id.encode()))
    decided = LiveDecisions(
        decisions.judgements_around(connection, ids),
        decisions.pins(connection),
        decisions.value_judgements(connection),
    )
    run = run_contacts(
        contacts_table(members),
        pa.array([str(member.id) for member in members], ID),
        pa.array([member.identity_hash for member in members], pa.binary()),
        decided,
    )
    number = {str(member.id): at for at, member in enumerate(members)}
    stored = numbered(_stored_pairs(connection, ids), number)
    pairs = _resolved(connection, run, scorer, stored, _groups(connection, members, number, ids))
    return Component(ids, run, pairs, outcome(run, pairs, scorer.model, rules.survivorship, scorer.staff))


def _stored_pairs(connection: Connection, ids: Collection[UUID]) -> Iterator[tuple[str, str]]:
    """Those that the last night found worth a look and kept: links, and the evidence of candidates.

    A pair that people decided may never have met in a block: it counts if the night found it, like any other
    within a group.
    """
    linked = served_state.link_pairs(connection, list(ids))
    linked = linked.filter(pc.field("cause") != DECISION)
    yield from zip(linked["left_contact"].to_pylist(), linked["right_contact"].to_pylist(), strict=True)
    for candidate in review_candidates.touching(connection, list(ids)):
        yield from ((pair["left"], pair["right"]) for pair in candidate.evidence["pairs"])


def _groups(
    connection: Connection,
    members: Sequence[CandidateMember],
    number: Mapping[str, int],
    ids: Collection[UUID],
) -> list[list[int]]:
    """Groups of contact numbers within which a night keeps not every pair that it found.

    Golden contacts, and those that a decision is about. A contact that is gone since stands for those it is
    still shown with.
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


def _resolved(
    connection: Connection,
    run: RunContacts,
    scorer: PublishedScorer,
    stored: pa.Table,
    groups: Sequence[Sequence[int]],
) -> ResolvedPairs:
    """The pairs of the component that are worth a look, as the night that is served found them."""
    features = build_features(run.contacts, scorer.staff)
    saved = TermFrequencies.from_table(scorer.term_frequencies)
    seeds, values = run.seeds.to_pylist(), run.decided.values
    frequencies = of_today(connection, saved, features, seeds, values, scorer.staff)
    model, apart, together = scorer.model, *run.constraints
    scored = score(features, frequencies, model, pairs_of_the_run(features, frequencies, stored, groups))
    scored = scored.filter(pa.array(scored["weight"].to_numpy() >= model.review))
    clusters = resolve_clusters(features, frequencies, model, scored, DecidedPairs(apart, together))
    return ResolvedPairs(
        scored,
        clusters,
        links(scored, clusters, model.link, together),
        doubtful_pairs(scored, clusters, apart),
    )


def _publish_golden(
    connection: Connection, run_id: UUID, rules: PublishRules, part: Component, decided: Collection[UUID]
) -> tuple[Staged, Difference]:
    within = list(part.source_contacts)
    heirs = served_state.heirs(connection)
    linked = served_state.linked(connection, within)
    golden = staged(part.run, part.pairs, part.outcome.golden, heirs, linked)
    live = served_state.live(connection, golden.ids, within)
    nothing = pa.array([], ID)
    named = pa.array([str(seed) for seed in decided], ID)
    difference = differ(live, golden, Causes(nothing, named, act=rules.act))
    publish(connection, run_id, golden, difference, heirs)
    return golden, difference


def _publish_links(connection: Connection, run_id: UUID, scorer: PublishedScorer, part: Component) -> int:
    """How many rows of links were written or removed."""
    live = served_state.link_pairs(connection, list(part.source_contacts))
    changes = link_changes(part.run, part.pairs, live)
    rows = new_link_rows(part.pairs, scorer.model, changes)
    return publish_links(connection, run_id, scorer.model_id, rows, changes.difference.removed)


def _golden_ids(golden: Staged, source_contacts: Collection[UUID]) -> list[UUID]:
    named = pa.array([str(seed) for seed in source_contacts], ID)
    mine = golden.linked.filter(pc.is_in(golden.linked["source_contact_id"], value_set=named))
    return sorted({UUID(each) for each in mine["golden_id"].to_pylist()})
