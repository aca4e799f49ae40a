"""What a merge starts from, read from storage; and all that is a pure function of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.memory import give_memory_back
from dedupe.engines.engine import Engine
from dedupe.errors import InputError
from dedupe.golden.gate import GateLimits
from dedupe.golden.judged_values import JudgedValue
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.matching.model.default import default_model
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.present_users import SavedContext
from dedupe.matching.training.em import Trained
from dedupe.pipeline.contacts_elsewhere import ContactsElsewhere
from dedupe.pipeline.record_linkage import (
    Matching,
    MatchSettings,
    indexed_keys,
    match_prepared,
    prepare_features,
    with_holders,
)
from dedupe.resolution.outcome import LiveDecisions, Resolution, RunContacts, outcome, run_contacts
from dedupe.storage import changes, decisions, match_models, term_frequencies, tombstones
from dedupe.storage import contacts as contact_store
from dedupe.storage.contact_parts import contact_parts
from dedupe.storage.database import Connection, Database
from dedupe.storage.match_models import SavedModel
from dedupe.storage.server_address import ServerAddress

SHIPPED, TRAINED = "shipped", "trained"


@dataclass(frozen=True)
class MergeSettings:
    match: MatchSettings = field(default_factory=MatchSettings)
    rules: SurvivorshipRules = field(default_factory=SurvivorshipRules)
    limits: GateLimits = field(default_factory=GateLimits)
    link_probability: float | None = None  # None: the model's own threshold
    review_probability: float | None = None
    code_version: str = ""
    configuration_hash: str = ""
    server: ServerAddress | None = None  # for engines that read live contacts by themselves

    def with_thresholds(self, model: MatchModel) -> MatchModel:
        """The model with the thresholds that are configured."""
        return model.with_probabilities(self.link_probability, self.review_probability)


@dataclass(frozen=True)
class MergeInputs:
    """What a merge starts from, all of one moment."""

    contacts: pa.Table  # CONTACTS
    keys: pa.Table  # row for row: who they are in storage
    decided: LiveDecisions
    model: MatchModel
    model_id: UUID | None  # None: learned by this night, which saves it when it publishes
    untrained: bool = False  # no model was active
    learned: Trained | None = None  # what the night learned of its own contacts, since it found no model
    seen: tuple[int, ...] = ()  # the changes that they hold, as `storage.changes` notes them
    saved: SavedContext | None = None  # those to go by; None: they are counted anew
    elsewhere: ContactsElsewhere | None = None  # the contacts where the engine itself has read them
    prepared: list[Any] = field(default_factory=list, compare=False)
    """What `prepare_features` gave of them, where that was needed before; the merge takes it."""

    @property
    def seeds(self) -> Any:
        return self.keys["id"].combine_chunks()

    def reread(self, connection: Connection) -> MergeInputs:
        """Without contacts that were erased or are gone since, and with what is decided now.

        The very same object if nothing of that happened.
        """
        decided = _live_decisions(connection)
        gone = tombstones.tombstoned(connection, self.seeds)
        if not pc.any(gone).as_py():
            return self if decided == self.decided else replace(self, decided=decided)
        stay = pc.invert(gone)
        contacts, elsewhere = numbered_anew(self.contacts.filter(stay)), self.elsewhere
        if elsewhere is not None:
            elsewhere = elsewhere.without(
                np.flatnonzero(gone.to_numpy(zero_copy_only=False)), len(self.contacts)
            )
        keys = self.keys.filter(stay)
        return replace(self, contacts=contacts, keys=keys, decided=decided, elsewhere=elsewhere)

    def evidence(self, contacts: pa.Table, values: Sequence[JudgedValue], staff: bool, engine: Engine) -> Any:
        """What the engine holds of `contacts`, which are those at hand with values as people judged them."""
        if self.elsewhere is None:
            return engine.evidence(contacts, staff)
        brought = engine.map(self.elsewhere.brought(values), self.elsewhere.rows)
        return engine.taken_over(brought, staff)


@dataclass(frozen=True)
class Merged:
    """What follows from the inputs of a merge: everything but ids."""

    run: RunContacts
    matching: Matching
    outcome: Resolution
    keys: pa.Table | None  # MATCH_KEYS for the index, of a run over all contacts


def load(database: Database, settings: MergeSettings, engine: Engine | None = None) -> MergeInputs:
    """The inputs of now, from a snapshot of its own. Raises InputError as `active_model` does."""
    model = active_model(database, settings)
    with database.begin(snapshot=True) as connection:
        return read_inputs(connection, settings, *model, engine)


def read_inputs(
    connection: Connection,
    settings: MergeSettings,
    saved: SavedModel,
    model: MatchModel,
    engine: Engine | None = None,
) -> MergeInputs:
    """Live contacts and live decisions of this snapshot, and a model; an `engine` may read the contacts by
    itself, too, in the same moment."""
    live = contact_store.live(connection)
    decided = _live_decisions(connection)
    seen = changes.notes(connection).seen
    elsewhere = _read_elsewhere(connection, live.keys, settings, engine)
    found = MergeInputs(live.table, live.keys, decided, model, saved.id, seen=seen, elsewhere=elsewhere)
    return replace(found, untrained=not saved.active)


def _read_elsewhere(
    connection: Connection, keys: pa.Table, settings: MergeSettings, engine: Engine | None
) -> ContactsElsewhere | None:
    if engine is None or settings.server is None:
        return None
    parts = contact_parts(connection, keys, settings.server)
    rows = engine.read(len(parts), parts)
    return None if rows is None else ContactsElsewhere(rows)


def by_saved_context(database: Database, inputs: MergeInputs) -> MergeInputs:
    """The inputs, to be merged by what the last full night saved. Raises InputError before the first."""
    with database.begin() as connection:
        saved = term_frequencies.counted(connection)
    if saved is None:
        raise InputError("no term frequencies are saved yet")
    return replace(inputs, saved=SavedContext(saved))


def numbered_anew(contacts: pa.Table) -> pa.Table:
    """CONTACTS of which some were left out, numbered by their positions again."""
    at = contacts.schema.get_field_index("contact")
    positions = pa.array(np.arange(len(contacts), dtype=np.int64))
    return contacts.set_column(at, contacts.schema.field(at), positions)


def active_model(database: Database, settings: MergeSettings) -> tuple[SavedModel, MatchModel]:
    """The active model, and the same with the configured thresholds; while none is active the shipped one,
    saved but not made active.

    Raises InputError for a saved model that can't be used.
    """
    with database.begin() as connection:
        saved = match_models.active(connection)
        if saved is None:
            shipped = match_models.save(connection, SHIPPED, SHIPPED, default_model().to_json())
            saved = match_models.get(connection, shipped)
    try:
        model = MatchModel.from_json(saved.content)
    except InputError as error:
        raise InputError(
            f"the active match model {saved.id} can't be used: {error}; take the shipped one by "
            f"`dedupe model use {SHIPPED}`, or learn one by `dedupe train`"
        ) from None
    return saved, settings.with_thresholds(model)


def merge_contacts(inputs: MergeInputs, settings: MergeSettings, engine: Engine) -> Merged:
    """Match all contacts and resolve them; writes nothing."""
    run = run_contacts(
        inputs.contacts, inputs.seeds, inputs.keys["identity_hash"].combine_chunks(), inputs.decided
    )
    apart, together = run.constraints
    if inputs.prepared:
        prepared = inputs.prepared.pop()
    else:
        evidence = inputs.evidence(run.contacts, inputs.decided.values, settings.match.staff, engine)
        prepared = prepare_features(evidence, engine, inputs.saved)
        del evidence
    if inputs.saved is None:
        prepared = with_holders(prepared, engine)
    matching = match_prepared(prepared, inputs.model, apart, together, engine)
    everybody = inputs.saved is None or not inputs.saved.of_today
    keys = indexed_keys(prepared, engine) if everybody else None
    del prepared  # features and pairs, which nothing asks for from here on
    if everybody:
        give_memory_back()
    resolved = outcome(run, matching.pairs, inputs.model, settings.rules, settings.match.staff)
    return Merged(run, matching, resolved, keys)


def _live_decisions(connection: Connection) -> LiveDecisions:
    return LiveDecisions(
        decisions.judgements(connection),
        decisions.pins(connection),
        decisions.value_judgements(connection),
    )
