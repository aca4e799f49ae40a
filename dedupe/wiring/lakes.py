"""Matching of Parquet folders and tables on Spark: what `match --engine spark` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from dedupe.arrays.untyped import pc
from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.fetchers.files.read import read_table
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.training.em import Trained
from dedupe.normalizers.contacts import normalize
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.linkage_inputs import prepare_features
from dedupe.pipeline.model_training import learn, within_budget
from dedupe.pipeline.record_linkage import MatchedRows, match_rows
from dedupe.resolution.clusters import DecidedPairs
from dedupe.wiring.files import (
    AUTO,
    NOBODY,
    FileOptions,
    conventions,
    match_settings,
    model_for,
    with_budget,
    with_thresholds,
)
from dedupe.wiring.spark_engines import spark_engine

if TYPE_CHECKING:  # the extra `spark` need not be there
    from dedupe.engines.spark.contact_folders import GivenContacts
    from dedupe.engines.spark.engine import SparkEngine, SparkEvidence


@dataclass(frozen=True)
class Lake:
    """Where Spark runs, and names of Parquet folders or tables as Spark knows them. `work`: a folder for
    intermediate rows that driver and workers reach; None: beside the output."""

    contacts: str
    clusters: str
    pairs: str | None = None
    master: str | None = None
    work: str | None = None
    conf: Mapping[str, str] | None = None


@dataclass(frozen=True)
class MatchedLake:
    records: int
    people: int
    links: int
    notes: tuple[str, ...]
    estimates: dict[str, Any]
    skipped_blocks: dict[str, Any]


def match_lake(
    lake: Lake,
    options: FileOptions,
    model: str,
    settings: Settings,
    max_wrong_merges: float | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> MatchedLake:
    """Match the rows of a folder; the clusters and pairs are those that one machine finds.

    `tell` hears of each stage as it begins. Raises InputError for what can't be read or is there already,
    ConfigurationError where Spark can't run.
    """
    if max_wrong_merges is not None:
        settings = with_budget(settings, max_wrong_merges)
    chosen, outputs = model_for(model), tuple(filter(None, (lake.clusters, lake.pairs)))
    work = lake.work or _parent(lake.clusters)
    section = settings.engine
    with spark_engine(lake.master, lake.conf or {}, work, tell, outputs, section=section) as engine:
        given, features = _taken_over(lake, options, settings, engine)
        prepared, found = prepare_features(features, engine), Trained(chosen, {}, ())
        if model == AUTO:
            found = learn(prepared, chosen, match_settings(settings), engine)
        if max_wrong_merges is not None and (model != AUTO or found.warnings):
            budgeted = within_budget(prepared, found.model, match_settings(settings), engine)
            found = replace(budgeted, warnings=found.warnings)
        used = with_thresholds(found.model, settings)
        matched = match_rows(prepared, used, DecidedPairs(NOBODY, NOBODY), engine)
        _write(lake, given, matched, used, engine)
        return MatchedLake(
            features.size,
            matched.clusters.select("cluster").distinct().count(),
            engine.count(matched.links),
            found.warnings,
            found.report,
            prepared.report["skipped_blocks"],
        )


def _taken_over(
    lake: Lake, options: FileOptions, settings: Settings, engine: SparkEngine
) -> tuple[GivenContacts, SparkEvidence]:
    """The contacts of the lake, as they were given and as Spark holds what they say."""
    from dedupe.engines.spark import contact_folders

    rows = contact_folders.rows_of(engine.spark, lake.contacts)
    empty, source = contact_folders.no_rows(rows), options.source or _name(lake.contacts)
    read = _reading(empty, source, options.mapping)
    given = contact_folders.given_contacts(rows, read, engine.folder)
    how = contact_folders.conventions_of(given, lambda some: conventions(some, options, settings))
    contacts = given.normalized(_normalizing(cast(NormalizeSettings, how)))
    return given, engine.taken_over(contacts, settings.match.match_staff)


def _write(
    lake: Lake, given: GivenContacts, matched: MatchedRows[Any], model: MatchModel, engine: SparkEngine
) -> None:
    from dedupe.engines.spark import result_folders

    ids = engine.keep(result_folders.record_ids(given.ids()), "record ids")
    result_folders.clusters_by_id(matched.clusters, ids).write.parquet(lake.clusters)
    if lake.pairs is not None:
        result_folders.pairs_by_id(matched.scored, ids, model).write.parquet(lake.pairs)


def _reading(
    no_rows: pa.Table, source: str, mapping: Mapping[str, str] | None
) -> Callable[[pa.Table], pa.Table]:
    """Rows → GIVEN, a row each. Raises InputError where the columns tell of nobody or hold no record id."""
    understood = read_table(no_rows, source, mapping).understood
    named = [column for column, to in understood.fields.items() if to == "record_id"]
    if not named:
        raise InputError("no column holds record ids: name it, as --map COLUMN=record_id")
    key = named[0]

    def read(rows: pa.Table) -> pa.Table:
        given = read_table(rows, source, mapping).given
        ids = pc.utf8_trim_whitespace(rows.column(key).cast(pa.string()))
        told = pc.all(pc.is_in(given.column("external_id"), value_set=pc.unique(ids)))
        if len(given) != len(rows) or not told.as_py():
            from dedupe.engines.spark.contact_folders import REPEATED

            raise InputError(REPEATED)
        return given

    return read


def _normalizing(how: NormalizeSettings) -> Callable[[pa.Table], pa.Table]:
    def normalized(given: pa.Table) -> pa.Table:
        return normalize(given, how)

    return normalized


def _parent(folder: str) -> str:
    """The folder that another one is in."""
    parent, _, _ = folder.rstrip("/").rpartition("/")
    return parent or "."


def _name(folder: str) -> str:
    """The source of rows without a source column: the name of the folder without its suffix."""
    return folder.rstrip("/").rpartition("/")[2].rpartition(".")[0] or folder.rstrip("/").rpartition("/")[2]
