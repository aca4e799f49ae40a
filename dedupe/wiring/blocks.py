"""An analysis of blocking on a file or on the live contacts, before any pair is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.golden.judged_values import judged
from dedupe.matching.blocking.analysis import Block, RuleFound, found_by_rule, largest_blocks
from dedupe.matching.blocking.lost_matches import lost_matches
from dedupe.matching.blocking.recall_estimate import Missed, Share, missed
from dedupe.matching.model.match_model import MatchModel
from dedupe.pipeline.merge_inputs import active_model
from dedupe.pipeline.record_linkage import prepare
from dedupe.storage import access_log, contacts, decisions
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from dedupe.wiring import rooms
from dedupe.wiring.files import FileOptions, match_settings, model_for, normalize_file, with_thresholds
from dedupe.wiring.nights import merge_settings


@dataclass(frozen=True)
class KeyHolder:
    """An example of the contacts in a large block."""

    source_contact: str
    names: list[str]
    emails: list[str]
    phones: list[str]
    place: list[str]
    birth: str | None


@dataclass(frozen=True)
class BlockWithExample:
    block: Block
    example: KeyHolder | None  # only where values were asked for


@dataclass(frozen=True)
class BlockingReport:
    """What blocking finds and loses. `split` and `skipped`: by rule, the number of oversized blocks,
    contacts in them, and the largest."""

    contacts: int
    pairs: int
    rules: list[RuleFound]
    largest: list[BlockWithExample]
    split: dict[str, dict[str, int]]
    skipped: dict[str, dict[str, int]]
    missed: Missed | None
    lost: Share | None  # of all matches, also of those that look like nothing to the model


@dataclass(frozen=True)
class BlockingQuestion:
    """What to report. `drawn`: contacts for the estimate of lost pairs; None: as many as take some
    seconds; 0: no estimate."""

    largest: int = 10
    values: bool = False
    drawn: int | None = None


def of_file(
    path: Path, options: FileOptions, model: str, settings: Settings, asked: BlockingQuestion
) -> BlockingReport:
    chosen = with_thresholds(model_for(model), settings)
    return _blocked(normalize_file(path, options, settings).contacts, chosen, settings, asked)


def of_database(
    database: Database, visitor: Visitor, settings: Settings, asked: BlockingQuestion
) -> BlockingReport:
    """Analyse the live contacts, with people's decisions about values. Raises InputError where there are
    none."""
    _, model = active_model(database, merge_settings(settings))
    with database.begin(snapshot=True) as connection:
        live = contacts.live(connection)
        values = decisions.value_judgements(connection)
    if not len(live.table):
        raise InputError("the database holds no contact yet: bring some in by `dedupe import` or `nightly`")
    if asked.values:
        with database.begin() as connection:
            access_log.write(connection, visitor, "explain blocking")
    return _blocked(judged(live.table, values, live.keys["id"].combine_chunks()), model, settings, asked)


def _blocked(
    table: pa.Table, model: MatchModel, settings: Settings, asked: BlockingQuestion
) -> BlockingReport:
    engine = rooms.engine(settings)
    prepared = prepare(table, match_settings(settings), engine)
    blocks = largest_blocks(prepared.features, asked.largest)
    overlooked, lost = None, None
    if asked.drawn != 0:
        known = (prepared.features, prepared.term_frequencies, model, prepared.pairs, engine.map)
        overlooked, lost = missed(*known, asked.drawn), lost_matches(*known)
    return BlockingReport(
        contacts=int(prepared.features.matched.sum()),
        pairs=len(prepared.pairs),
        rules=found_by_rule(prepared.pairs, prepared.features.size),
        largest=[
            BlockWithExample(one, _example(table, one.example) if asked.values else None) for one in blocks
        ],
        split=prepared.report["split_blocks"],
        skipped=prepared.report["skipped_blocks"],
        missed=overlooked,
        lost=lost,
    )


def _example(table: pa.Table, number: int) -> KeyHolder:
    row: dict[str, Any] = table.slice(number, 1).to_pylist()[0]
    place, birth = row["place"] or {}, row["birth"] or {}
    said = [place.get(part) for part in ("street", "postcode", "city")]
    parts = [birth.get(part) for part in ("year", "month", "day")]
    return KeyHolder(
        f"{row['source']}:{row['external_id']}",
        _values(row["names"]),
        _values(row["emails"]),
        _values(row["phones"]),
        [text for text in said if text],
        "-".join(f"{part:02}" for part in parts if part) or None,
    )


def _values(items: Sequence[dict[str, Any]] | None) -> list[str]:
    return [item["value"] for item in items or () if item.get("value")]
