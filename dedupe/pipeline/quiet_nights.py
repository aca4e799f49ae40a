"""Nights without news: what was published last is what would be published, so nothing is merged."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from dedupe.golden.gate import GateLimits
from dedupe.pipeline.merge_inputs import MergeInputs, MergeSettings
from dedupe.pipeline.merge_report import MergeReport
from dedupe.resolution.code_state import code_hash
from dedupe.storage import changes, match_models, merge_runs
from dedupe.storage.database import Connection, Database
from dedupe.storage.match_models import SavedModel
from dedupe.storage.merge_runs import MergeRun

NIGHT, LIVE = "night", "live"


def quiet_night(database: Database, settings: MergeSettings, run_id: UUID) -> MergeReport | None:
    """The report of a night that finds nothing new since the last one that published; None where there may be
    anything new. Writes no more than that the night was."""
    with database.begin() as connection:
        before = merge_runs.last_published(connection, NIGHT, LIVE)
        state = settled_state(settings, match_models.active(connection))
        if before is None or before.report is None:
            return None
        if not changes.is_settled(connection, changes.MERGING, state):
            return None
        told = _as_before(before, run_id)
        merge_runs.abandon(connection, NIGHT)
        versions = settings.code_version, settings.configuration_hash
        merge_runs.start(connection, run_id, NIGHT, *versions, before.model_id)
        merge_runs.supersede(connection)
        merge_runs.end(connection, run_id, told.status, before.gate, told.to_json())
    return told


def is_same_state(connection: Connection, settings: MergeSettings, before: MergeRun | None = None) -> bool:
    """Whether configuration, model and code are those of what was published last. With `before`, the run that
    published it, another model may have been made active since."""
    models = [match_models.active(connection)]
    if before is not None:
        models += [None, match_models.get(connection, before.model_id) if before.model_id else None]
    return any(
        changes.is_state(connection, changes.MERGING, settled_state(settings, model)) for model in models
    )


def settle(connection: Connection, settings: MergeSettings, inputs: MergeInputs) -> None:
    """Note, in the transaction that publishes, what is published by now."""
    state = settled_state(settings, match_models.active(connection))
    changes.settle(connection, changes.MERGING, inputs.seen, state)


def _as_before(before: MergeRun, run_id: UUID) -> MergeReport:
    """What the last night told of the state that is still served, and that nothing became of it."""
    report: dict[str, Any] = before.report or {}
    golden = dict.fromkeys(report["golden"], 0)
    served = report["golden"]["golden_contacts"]
    same = {"unchanged": served, "golden_contacts": served, "golden_contacts_before": served}
    return MergeReport(
        run_id=str(run_id),
        status="unchanged",
        source_contacts=report["source_contacts"],
        model={"id": report["model"].get("id")},
        matching=report["matching"],
        golden={**golden, **same, "source_contacts": report["golden"]["source_contacts"]},
        links={"links": report["links"]["links"], "new": 0, "removed": 0},
        review=report["review"],
        quality=report["quality"],
        gate=before.gate or {},
        digest=report["digest"],
        mode="quiet",
        why=(
            f"no contact, decision, configuration, model or code changed since run {before.id}; "
            "`--full` merges all the same"
        ),
    )


def settled_state(settings: MergeSettings, active: SavedModel | None) -> str:
    """A hash of all that a merge follows from besides the changes that are noted."""
    judged = replace(settings, limits=GateLimits(), server=None)  # these say whether and where, not what
    known = [asdict(judged), str(active and active.id), code_hash()]
    # Sets are sorted, because each process has an order of its own for them.
    return hashlib.sha256(json.dumps(known, default=sorted, sort_keys=True).encode()).hexdigest()
