"""The first night's model: learned from its own contacts, saved with what it publishes (decision 117).

A night that finds no active model trains one, where there are enough matches to learn from
(`training.em.FEWEST_MATCHES`); where there are too few it goes by the shipped one, and the next night tries
again. Once a model is active only people change it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dedupe.engines.engine import Engine
from dedupe.matching.model.default import default_model
from dedupe.pipeline.merge_inputs import TRAINED, MergeInputs, MergeSettings
from dedupe.pipeline.record_linkage import learn, prepare_features
from dedupe.storage import match_models
from dedupe.storage.database import Connection

FIRST_NIGHT = "first night"


def with_first_model(inputs: MergeInputs, settings: MergeSettings, engine: Engine) -> MergeInputs:
    """The inputs with a model learned from their contacts, where that teaches enough."""
    evidence = inputs.evidence(inputs.contacts, (), settings.match.staff, engine)
    prepared = prepare_features(evidence, engine)
    learned = learn(prepared, default_model(), settings.match, engine)
    if inputs.saved is None and not inputs.decided.values:
        inputs.prepared.append(prepared)  # the merge would make the very same again
    if learned.warnings:
        return replace(inputs, learned=learned)
    return replace(inputs, learned=learned, model=settings.with_thresholds(learned.model), model_id=None)


def with_saved_model(connection: Connection, inputs: MergeInputs) -> MergeInputs:
    """The inputs with the id of their model. One that the night learned is saved now, in the transaction that
    publishes, and made active unless a person has chosen another meanwhile."""
    if inputs.model_id is not None or inputs.learned is None:
        return inputs
    match_models.hold_off_activation(connection)
    model_id = match_models.save(connection, FIRST_NIGHT, TRAINED, inputs.learned.model.to_json())
    if match_models.active(connection) is None:
        match_models.activate(connection, model_id)
    return replace(inputs, model_id=model_id)


def told(inputs: MergeInputs) -> dict[str, Any]:
    """The report on the night's model."""
    report: dict[str, Any] = {"id": inputs.model_id and str(inputs.model_id)}
    if inputs.learned is None:
        return report
    return {
        **report,
        "learned": not inputs.learned.warnings,
        "contacts": len(inputs.contacts),
        **inputs.learned.report,
    }
