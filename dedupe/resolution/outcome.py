"""What follows from scored pairs and clusters: golden contacts, the questions that are left, rows to publish.

Pure functions of tables. How the pairs were found is the caller's: a night looks at everybody, a decision at
its component by the pairs that met in the night.
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
    """What people decided, as it stands: about source contacts, about golden fields, about single values."""

    judgements: Sequence[DecidedConstraint]
    pins: Sequence[PinnedField]
    values: Sequence[JudgedValue]


@dataclass(frozen=True)
class RunContacts:
    """The contacts of a run with what people decided about them; row i is contact i."""

    contacts: pa.Table  # CONTACTS, their values as people judged them
    seeds: Any  # the ids of the source contacts
    identities: Any  # hashes of their identifying fields
    decided: LiveDecisions
    constraints: Constraints  # the decided pairs among them


@dataclass(frozen=True)
class ResolvedPairs:
    """`scored`: the pairs worth a look (schemas.scored); `links` and `doubtful` as `resolution.links` gives
    them; CLUSTERS has contact i in row i."""

    scored: pa.Table
    clusters: pa.Table
    links: pa.Table
    doubtful: pa.Table


@dataclass(frozen=True)
class Resolution:
    """`questions`: clustering.review_questions.QUESTIONS."""

    golden: GoldenTables
    questions: pa.Table


@dataclass(frozen=True)
class LinkChanges:
    """`links`: golden.links.staged_links of all; `difference`: which of them are new, and what goes."""

    links: pa.Table
    difference: LinkDifference


def run_contacts(contacts: pa.Table, seeds: Any, identities: Any, decided: LiveDecisions) -> RunContacts:
    """CONTACTS as the run takes them; `seeds` and `identities` row for row."""
    decided_pairs = constraints(decided.judgements, seeds)
    return RunContacts(judged(contacts, decided.values, seeds), seeds, identities, decided, decided_pairs)


def outcome(
    run: RunContacts, pairs: ResolvedPairs, model: MatchModel, rules: SurvivorshipRules, staff: bool
) -> Resolution:
    """Golden contacts and questions; `staff`: a provider's own users become golden contacts too."""
    pins = pins_table(run.decided.pins, run.seeds)
    golden = golden_records(run.contacts, pairs.clusters, rules, pins, matched_kinds(staff))
    doubtful = pairs.doubtful.append_column("probability", probabilities(model, pairs.doubtful))
    asked = questions(
        pairs.clusters, doubtful, run.seeds, run.identities, run.decided.judgements, model.link, LEVEL_NAMES
    )
    return Resolution(golden, asked)


def probabilities(model: MatchModel, pairs: pa.Table) -> Any:
    """That each pair is one person, by its column `weight` (1/1024 bit)."""
    return pa.array(model.calibration.probability(pairs["weight"].to_numpy()))


def staged(
    run: RunContacts, pairs: ResolvedPairs, golden: GoldenTables, heirs: pa.Table, linked: pa.Table
) -> Staged:
    """The golden contacts with their ids. `heirs` (HEIRS) and `linked` (LINKED) are as last published, of the
    run's contacts at least."""
    present = run.seeds.take(pa.array(integers(golden.members["contact"])))
    after = heirs_after(heirs, linked, present)
    return stage(golden, run.seeds, after, pairs.links, run.constraints.together)


def link_changes(run: RunContacts, pairs: ResolvedPairs, live: pa.Table) -> LinkChanges:
    """`live`: left_contact, right_contact and cause of the links that are published among these contacts."""
    links = staged_links(pairs.links, run.constraints.together, run.seeds)
    return LinkChanges(links, link_difference(live, links))


def new_link_rows(pairs: ResolvedPairs, model: MatchModel, changes: LinkChanges) -> pa.Table:
    """Columns of the table `links` for the links that are new, with the evidence that they are made by."""
    probability = probabilities(model, pairs.links)
    return link_rows(
        changes.links, changes.difference.new, pairs.links, pairs.scored, probability, LEVEL_NAMES
    )
