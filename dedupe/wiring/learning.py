"""Training, saving and choosing match models. A night changes no active model; where there is
none it learns the first (`pipeline.first_model`)."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from dedupe.arrays.units import BIT
from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.matching.model.default import default_model, read_model
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.training.em import Trained
from dedupe.matching.training.recalibration import Corrected, corrected
from dedupe.pipeline.merge_inputs import SHIPPED, TRAINED
from dedupe.pipeline.record_linkage import trained
from dedupe.review.labelled_pairs import labelled_pairs
from dedupe.storage import contacts, match_models
from dedupe.storage.database import Connection, Database
from dedupe.storage.match_models import SavedModel
from dedupe.wiring import review_services, rooms
from dedupe.wiring.files import match_settings

ACTIVE = "active"
IMPORTED, CORRECTED = "imported", "corrected"


@dataclass(frozen=True)
class WeightRow:
    names: tuple[str, str]  # comparison, level
    weights: list[int]  # in 1/1024 bit, one a rival
    sentence: str


@dataclass(frozen=True)
class ModelDescription:
    summary: dict[str, str]
    rivals: list[str]
    rows: list[WeightRow]


def train(database: Database, settings: Settings, name: str, *, activate: bool) -> tuple[UUID, Trained]:
    """Train on the live contacts, from the shipped model as priors.

    Raises InputError where there is nothing to learn from.
    """
    with database.begin(snapshot=True) as connection:
        live = contacts.live(connection).table
    if not len(live):
        raise InputError(
            "there is nothing to learn from: bring contacts in by `dedupe import` or `dedupe nightly`"
        )
    learned = trained(live, default_model(), match_settings(settings), rooms.engine(settings))
    with database.begin() as connection:
        saved = match_models.save(connection, name, TRAINED, learned.model.to_json())
        if activate:
            match_models.activate(connection, saved)
    return saved, learned


@dataclass(frozen=True)
class LearningResult:
    """The outcome of learning from decisions: the saved model, or None with the reason."""

    saved: UUID | None
    corrected: Corrected
    decisions: int
    left_out: int


def train_from_decisions(
    database: Database, settings: Settings, name: str, *, activate: bool
) -> LearningResult:
    """Recalibrate the active model by people's decisions and save it as a new one, if the gain is clear."""
    with database.begin() as connection:
        active = match_models.active(connection)
        model = default_model() if active is None else MatchModel.from_json(active.content)
        scorer = replace(review_services.scorer(settings)(connection), model=model)
        found = labelled_pairs(connection, scorer)
    made = corrected(model, found.pairs)
    if made.model is None:
        return LearningResult(None, made, len(found.pairs), found.left_out)
    with database.begin() as connection:
        based = SHIPPED if active is None else str(active.id)
        origin = {**model.origin, "corrected_from": based, "decisions": len(found.pairs)}
        content = replace(made.model, origin=origin).to_json()
        saved = match_models.save(connection, name, CORRECTED, content)
        if activate:
            match_models.activate(connection, saved)
    return LearningResult(saved, made, len(found.pairs), found.left_out)


def use(database: Database, which: str) -> SavedModel:
    """Make a model active. Raises InputError when `which` names none, NotFound for an unknown id."""
    with database.begin() as connection:
        chosen = _id_of(connection, which)
        match_models.activate(connection, chosen)
        return match_models.get(connection, chosen)


def saved_model(database: Database, which: str) -> MatchModel:
    with database.begin() as connection:
        saved = match_models.active(connection) if which == ACTIVE else None
        if saved is None:
            if which in (ACTIVE, SHIPPED):
                return default_model()
            saved = match_models.get(connection, _id_of(connection, which))
    return MatchModel.from_json(saved.content)


def described(model: MatchModel) -> ModelDescription:
    content = json.loads(model.to_json())
    probability = model.calibration.weight
    summary = {
        "origin": ", ".join(f"{name} {value}" for name, value in content["origin"].items()),
        "link at": f"{model.link / BIT:.2f} bits",
        "review at": f"{model.review / BIT:.2f} bits",
        "99 % sure at": f"{probability(0.99) / BIT:.2f} bits",
        "matches a contact": f"{model.matches_per_contact:.3f}",
    }
    rows = [
        WeightRow((comparison["name"], level["name"]), level["weights"], level["sentence"])
        for comparison in content["comparisons"]
        for level in comparison["levels"]
    ]
    return ModelDescription(summary, content["rivals"], rows)


def _id_of(connection: Connection, which: str) -> UUID:
    if which == SHIPPED:
        return match_models.save(connection, SHIPPED, SHIPPED, default_model().to_json())
    if Path(which).is_file():
        content = read_model(Path(which)).to_json()
        return match_models.save(connection, Path(which).stem, IMPORTED, content)
    try:
        return UUID(which)
    except ValueError:
        raise InputError(f"{which}: neither a model's id, nor `shipped`, nor a model file") from None
