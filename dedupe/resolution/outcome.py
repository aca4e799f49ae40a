"""The outcome of scored pairs and clusters: golden contacts, review candidates, and rows to publish.

Pure functions of tables. The caller knows how the pairs were found: a night takes all contacts, a decision
takes its component with the candidate pairs of the last night.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from dedupe.arrays.by_position import integers
from dedupe.clustering.decided_constraints import Constraints, DecidedConstraint, constraints
from dedupe.clustering.review_questions import questions
from dedupe.golden.identity import heirs_after
from dedupe.golden.judged_values import JudgedValue, judged
from dedupe.golden.links import LinkDifference, link_difference, link_rows, staged_links
from dedupe.golden.pinning import PinnedField, pins_table
from dedupe.golden.records import golden_records
from dedupe.golden.staging import Staged, stage
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.golden.tables import GoldenTables
from dedupe.matching.comparisons.stored_levels import LEVEL_NAMES
from dedupe.matching.model.match_model import MatchModel
from dedupe.model import matched_kinds


@dataclass(frozen=True)
class LiveDecisions:
    """Live decisions about source contacts, about fields of golden contacts, and about single values."""

    judgements: Sequence[DecidedConstraint]
    pins: Sequence[PinnedField]
    values: Sequence[JudgedValue]


@dataclass(frozen=True)
class RunContacts:
    """The contacts of a run with the decisions about them; row i is contact i."""

    contacts: pa.Table  # CONTACTS, their values as people judged them
    seeds: Any  # the ids of the source contacts
    identities: Any  # hashes of their identifying fields
    decided: LiveDecisions
    constraints: Constraints  # the decided pairs among them


@dataclass(frozen=True)
class ResolvedPairs:
    """Scored pairs (schemas.scored) from the review threshold on, and what became of them.

    `links` and `doubtful` are as `resolution.links` gives them; `clusters` (CLUSTERS) has contact i in row i.
    """

    scored: pa.Table
    clusters: pa.Table
    links: pa.Table
    doubtful: pa.Table


@dataclass(frozen=True)
class Resolution:
    """Golden contacts and the review queue (`clustering.review_questions.QUESTIONS`)."""

    golden: GoldenTables
    questions: pa.Table


@dataclass(frozen=True)
class LinkChanges:
    """All links by `golden.links.staged_links`, and which of them are new and which published ones go."""

    links: pa.Table
    difference: LinkDifference


def run_contacts(contacts: pa.Table, seeds: Any, identities: Any, decided: LiveDecisions) -> RunContacts:
    """The contacts of a run with decisions applied; `contacts` is CONTACTS, `seeds` and `identities` go with
    its rows."""
    decided_pairs = constraints(decided.judgements, seeds)
    return RunContacts(judged(contacts, decided.values, seeds), seeds, identities, decided, decided_pairs)


def outcome(
    run: RunContacts, pairs: ResolvedPairs, model: MatchModel, rules: SurvivorshipRules, staff: bool
) -> Resolution:
    """Golden contacts and review candidates; with `staff`, a provider's own users become golden contacts
    too."""
    pins = pins_table(run.decided.pins, run.seeds)
    golden = golden_records(run.contacts, pairs.clusters, rules, pins, matched_kinds(staff))
    doubtful = pairs.doubtful.append_column("probability", probabilities(model, pairs.doubtful))
    asked = questions(
        pairs.clusters, doubtful, run.seeds, run.identities, run.decided.judgements, model.link, LEVEL_NAMES
    )
    return Resolution(golden, asked)


def probabilities(model: MatchModel, pairs: pa.Table) -> Any:
    """The calibrated probability of each pair, from its column `weight` (1/1024 bit)."""
    return pa.array(model.calibration.probability(pairs["weight"].to_numpy()))


def staged(
    run: RunContacts, pairs: ResolvedPairs, golden: GoldenTables, heirs: pa.Table, linked: pa.Table
) -> Staged:
    """The golden contacts with their ids.

    `heirs` (HEIRS) and `linked` (LINKED) are as last published, for all of the run's contacts at least.
    """
    present = run.seeds.take(pa.array(integers(golden.members["contact"])))
    after = heirs_after(heirs, linked, present)
    return stage(golden, run.seeds, after, pairs.links, run.constraints.together)


def link_changes(run: RunContacts, pairs: ResolvedPairs, live: pa.Table) -> LinkChanges:
    """The links to write and to remove. `live` has left_contact, right_contact and cause of the published
    links among these contacts."""
    links = staged_links(pairs.links, run.constraints.together, run.seeds)
    return LinkChanges(links, link_difference(live, links))


def new_link_rows(pairs: ResolvedPairs, model: MatchModel, changes: LinkChanges) -> pa.Table:
    """Columns of the table `links` for new links, with the evidence that they were made by."""
    probability = probabilities(model, pairs.links)
    return link_rows(
        changes.links, changes.difference.new, pairs.links, pairs.scored, probability, LEVEL_NAMES
    )
