"""From facts to golden contacts: everything of a merge that is a pure function, and the reading before it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.clustering.decided_constraints import DecidedConstraint, constraints
from dedupe.clustering.review_questions import questions
from dedupe.engines.engine import Engine
from dedupe.errors import InputError
from dedupe.golden.gate import GateLimits
from dedupe.golden.judged_values import judged
from dedupe.golden.pinning import pins_table
from dedupe.golden.records import golden_records
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.golden.tables import GoldenTables
from dedupe.matching.comparisons.stored_levels import LEVEL_NAMES
from dedupe.matching.model.default import default_model
from dedupe.matching.model.match_model import MatchModel
from dedupe.model import Kind
from dedupe.pipeline.record_linkage import Matching, MatchSettings, match
from dedupe.storage import contacts as contact_store
from dedupe.storage import decisions, match_models, tombstones
from dedupe.storage.database import Connection, Database

SHIPPED = "shipped"


@dataclass(frozen=True)
class MergeSettings:
    match: MatchSettings = field(default_factory=MatchSettings)
    rules: SurvivorshipRules = field(default_factory=SurvivorshipRules)
    limits: GateLimits = field(default_factory=GateLimits)
    link_probability: float | None = None  # None: the model's own threshold
    review_probability: float | None = None
    code_version: str = ""
    configuration_hash: str = ""

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds that are matched, and so become golden."""
        return frozenset({Kind.PERSON.value, *([Kind.STAFF.value] if self.match.staff else [])})


@dataclass(frozen=True)
class LiveDecisions:
    """What people decided, as it stands."""

    judgements: list[DecidedConstraint]
    pins: list[decisions.Pin]
    values: list[decisions.ValueDecision]

    @classmethod
    def live(cls, connection: Connection) -> LiveDecisions:
        return cls(
            decisions.judgements(connection),
            decisions.pins(connection),
            decisions.value_judgements(connection),
        )


@dataclass(frozen=True)
class Facts:
    """What a merge starts from, all of one moment."""

    contacts: pa.Table  # CONTACTS
    keys: pa.Table  # row for row: who they are in storage
    decided: LiveDecisions
    model: MatchModel
    model_id: UUID

    @property
    def seeds(self) -> Any:
        return self.keys["id"].combine_chunks()

    def reread(self, connection: Connection) -> Facts:
        """Without those who were erased or buried since, and with what is decided now; the same if all is."""
        decided = LiveDecisions.live(connection)
        gone = tombstones.among(connection, self.seeds)
        if not pc.any(gone).as_py():
            return self if decided == self.decided else replace(self, decided=decided)
        stay = pc.invert(gone)
        contacts = numbered_anew(self.contacts.filter(stay))
        return replace(self, contacts=contacts, keys=self.keys.filter(stay), decided=decided)


@dataclass(frozen=True)
class Merged:
    """What follows from the facts: everything but ids."""

    matching: Matching
    golden: GoldenTables
    together: pa.Table  # pairs (left, right) decided to be one person
    questions: pa.Table  # clustering.questions.QUESTIONS


def load(database: Database, settings: MergeSettings) -> Facts:
    model_id, model = active_model(database, settings)
    with database.begin(snapshot=True) as connection:
        live = contact_store.live(connection)
        decided = LiveDecisions.live(connection)
    return Facts(live.table, live.keys, decided, model, model_id)


def numbered_anew(contacts: pa.Table) -> pa.Table:
    """CONTACTS of which some were left out, each by its position."""
    at = contacts.schema.get_field_index("contact")
    positions = pa.array(np.arange(len(contacts), dtype=np.int64))
    return contacts.set_column(at, contacts.schema.field(at), positions)


def active_model(database: Database, settings: MergeSettings) -> tuple[UUID, MatchModel]:
    """The active model with the configured thresholds.

    The first night takes the shipped one; from then on only a person changes it, never an upgrade.
    """
    with database.begin() as connection:
        saved = match_models.active(connection)
        if saved is None:
            match_models.hold_still(connection)  # a person may be choosing one at this moment
            saved = match_models.active(connection)
        if saved is None:
            model_id = match_models.save(connection, SHIPPED, SHIPPED, default_model().to_json())
            match_models.activate(connection, model_id)
            saved = match_models.get(connection, model_id)
    try:
        model = MatchModel.from_json(saved.content)
    except InputError as error:
        raise InputError(
            f"the active match model {saved.id} can't be used: {error}; take the shipped one by "
            f"`dedupe model use {SHIPPED}`, or learn one by `dedupe train`"
        ) from None
    return saved.id, model.with_probabilities(settings.link_probability, settings.review_probability)


def merge_facts(facts: Facts, settings: MergeSettings, engine: Engine) -> Merged:
    apart, together = constraints(facts.decided.judgements, facts.seeds)
    contacts = judged(facts.contacts, facts.decided.values, facts.seeds)
    matching = match(contacts, facts.model, settings.match, apart, together, engine)
    pins = pins_table(facts.decided.pins, facts.seeds)
    golden = golden_records(contacts, matching.clusters, settings.rules, pins, settings.kinds)
    return Merged(matching, golden, together, _questions(facts, matching))


def probabilities(model: MatchModel, pairs: pa.Table) -> Any:
    return pa.array(model.calibration.probability(pairs["weight"].to_numpy()))


def _questions(facts: Facts, matching: Matching) -> pa.Table:
    doubtful = matching.candidates
    doubtful = doubtful.append_column("probability", probabilities(facts.model, doubtful))
    identities = facts.keys["identity_hash"].combine_chunks()
    judgements = facts.decided.judgements
    return questions(
        matching.clusters, doubtful, facts.seeds, identities, judgements, facts.model.link, LEVEL_NAMES
    )
