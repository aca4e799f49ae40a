"""Processing of a file without a database: what `match`, `normalize` and `evaluate` do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.hashing import all_distinct
from dedupe.arrays.mapped import aside, mapped
from dedupe.arrays.memory import give_memory_back
from dedupe.arrays.units import BIT
from dedupe.arrays.untyped import Array, pc
from dedupe.config import Settings
from dedupe.engines.engine import Engine
from dedupe.errors import InputError
from dedupe.fetchers.files.read import FileRead, read_file
from dedupe.matching.features.build import Features
from dedupe.matching.features.in_blocks import MANY, features_of
from dedupe.matching.model.default import default_model, read_model
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.training.em import Trained
from dedupe.normalizers.contacts import Keep, normalize
from dedupe.normalizers.conventions import with_conventions
from dedupe.normalizers.outputs import output_table, unread_notes
from dedupe.normalizers.queries import region_of
from dedupe.normalizers.settings import DateOrder, NormalizeSettings
from dedupe.pipeline.expected_merges import by_evidence, expected_merges
from dedupe.pipeline.record_linkage import (
    LinkageInputs,
    Matching,
    MatchSettings,
    learn,
    match_prepared,
    prepare_features,
    within_budget,
)
from dedupe.schemas import CONTACTS
from dedupe.wiring import rooms

AUTO, DEFAULT = "auto", "default"
NOBODY = pa.schema([("left", pa.int64()), ("right", pa.int64())]).empty_table()


@dataclass(frozen=True)
class FileOptions:
    """How to read a file; None means the configured value, or detection."""

    source: str | None = None
    mapping: Mapping[str, str] | None = None
    encoding: str | None = None
    region: str | None = None
    date_order: DateOrder | None = None
    records: str | None = None


@dataclass(frozen=True)
class NormalizedFile:
    """A file's normalized contacts, sorted by source and record id; `number[row]` is the contact of a row
    of the file."""

    read: FileRead
    contacts: pa.Table
    record_id: Array
    number: npt.NDArray[np.int64]
    notes: tuple[str, ...]
    unread: tuple[str, ...]  # what could not be read, by field and reason

    def people(self, truth: str) -> npt.NDArray[np.int64]:
        """The true person of each contact by the column `truth`; each empty cell is a person of its own.
        Raises InputError without the column, or where all of it is empty."""
        text = pc.utf8_trim_whitespace(self.read.column(truth))
        named = pc.if_else(pc.equal(text, ""), None, text)
        if len(named) and named.null_count == len(named):
            raise InputError(
                f"the column {truth} names no person in any row: there is no truth to measure against"
            )
        person = pc.dictionary_encode(named).combine_chunks().indices.to_numpy(zero_copy_only=False)
        alone = np.isnan(person.astype(np.float64))
        labels = np.empty(len(person), dtype=np.int64)
        labels[self.number] = np.where(alone, -1 - np.arange(len(person)), person)
        return labels

    def reading(self) -> dict[str, Any]:
        """The report on the reading: columns, notes and quarantined rows, without values."""
        return {
            "columns": [one.content() for one in self.read.readings],
            "notes": list(self.notes),
            "unread": list(self.unread),
            "set_aside": [{"line": one.line, "reason": one.reason} for one in self.read.quarantine],
        }

    def outputs(self) -> pa.Table:
        """The normalized values and keys as text, in the file's order."""
        outputs: pa.Table = pc.take(output_table(self.contacts), pa.array(self.number))
        return outputs.set_column(0, "record_id", self.record_id)


@dataclass(frozen=True)
class MatchedFile:
    file: NormalizedFile
    model: MatchModel
    matching: Matching
    estimates: dict[str, Any] = field(default_factory=dict)

    def clusters(self) -> pa.Table:
        """record_id, cluster_id in the file's order; a cluster is named by its smallest record id."""
        ids = self.file.record_id
        order = pc.sort_indices(ids).to_numpy()
        rank = _inverse(order)[_inverse(self.file.number)]  # of each contact's record id, in byte order
        cluster = self.matching.clusters.column("cluster").to_numpy()
        smallest = np.full(len(ids), len(ids), dtype=np.int64)
        np.minimum.at(smallest, cluster, rank)
        named = ids.take(pa.array(order[smallest[cluster[self.file.number]]]))
        return pa.table({"record_id": ids, "cluster_id": named})

    def people(self) -> int:
        """The number of clusters."""
        return len(pc.unique(self.matching.clusters.column("cluster")))

    def by_evidence(self) -> dict[str, dict[str, Any]]:
        """Where wrong merges are expected, as `pipeline.expected_merges.by_evidence` tells it."""
        return by_evidence(expected_merges(self.model, self.matching))

    def pairs(self) -> pa.Table:
        """left_id, right_id, probability, weight (bits) of every pair at or above the review threshold."""
        scored = self.matching.scored
        id_of = self.file.record_id.take(pa.array(_inverse(self.file.number)))
        weight = scored.column("weight").to_numpy()
        return pa.table(
            {
                "left_id": id_of.take(scored.column("left")),
                "right_id": id_of.take(scored.column("right")),
                "probability": pa.array(np.round(self.model.calibration.probability(weight), 6)),
                "weight": pa.array(np.round(weight / BIT, 3)),
            }
        )


def normalize_file(path: Path, options: FileOptions, settings: Settings) -> NormalizedFile:
    return normalize_read(_read(path, options), options, settings)


def _read(path: Path, options: FileOptions) -> FileRead:
    return read_file(
        path, options.source, options.mapping, encoding=options.encoding, records=options.records
    )


def normalize_read(
    read: FileRead,
    options: FileOptions,
    settings: Settings,
    among: FileRead | None = None,
    keep: Keep | None = None,
) -> NormalizedFile:
    """`among`: the file whose conventions hold for the contacts, if it isn't their own. `keep`: as for
    `normalizers.contacts.normalize`."""
    own = rooms.normalize_settings(settings)
    contacts = normalize(read.given, _for_file(options, (among or read).given, own), keep)
    order = pc.sort_indices(
        read.given, sort_keys=[("source", "ascending"), ("external_id", "ascending")]
    ).to_numpy()
    record_id, notes = _record_ids(read.given)
    all_notes, unread = (*read.notes, *notes), unread_notes(contacts)
    return NormalizedFile(read, contacts, aside(record_id), aside(_inverse(order)), all_notes, unread)


def match_file(
    path: Path, options: FileOptions, model: str, settings: Settings, max_wrong_merges: float | None = None
) -> MatchedFile:
    """Match a file. `model`: auto, default, or a model file. `max_wrong_merges`: as for `modelled`. The
    contacts are freed before matching (a gigabyte of a million), because the result doesn't need them; those
    of a large file wait on disk."""
    read = _read(path, options).without_columns()
    file = normalize_read(read, options, settings, keep=kept_of(len(read.given)))
    del read
    file = replace(file, read=file.read.without_records())
    features = features_of(file.contacts, settings.match.match_staff)
    file = replace(file, contacts=CONTACTS.empty_table())
    give_memory_back()
    return _matched(file, _modelled(features, model, settings, max_wrong_merges))


def kept_of(contacts: int) -> Keep | None:
    """Where so many normalized contacts are kept until their features are taken: on disk, or in memory
    (None), where a million take 0.9 GB."""
    return mapped if contacts > MANY else None


def match_normalized(
    file: NormalizedFile, model: str, settings: Settings, max_wrong_merges: float | None = None
) -> MatchedFile:
    return _matched(file, modelled(file, model, settings, max_wrong_merges))


def _matched(file: NormalizedFile, ready: Modelled) -> MatchedFile:
    found = match_prepared(ready.prepared, ready.model, NOBODY, NOBODY, ready.engine)
    notes = (*file.notes, *ready.warnings)
    return MatchedFile(replace(file, notes=notes), ready.model, found, ready.estimates)


@dataclass(frozen=True)
class Modelled:
    """A file ready to be matched: its features and candidate pairs, and the match model. `estimates`: what
    was expected when its thresholds were chosen."""

    prepared: LinkageInputs
    model: MatchModel
    engine: Engine
    warnings: tuple[str, ...]
    estimates: dict[str, Any]


def modelled(
    file: NormalizedFile, model: str, settings: Settings, max_wrong_merges: float | None = None
) -> Modelled:
    """`max_wrong_merges`: the share of merged golden contacts that may hold two people, for which the
    thresholds of any model are chosen on this file; None: as configured, and only where a model is trained.
    Raises InputError for what is no share, or a model file that can't be used."""
    features = features_of(file.contacts, settings.match.match_staff)
    return _modelled(features, model, settings, max_wrong_merges)


def _modelled(features: Features, model: str, settings: Settings, max_wrong_merges: float | None) -> Modelled:
    if max_wrong_merges is not None:
        settings = with_budget(settings, max_wrong_merges)
    engine, how = rooms.engine(settings), match_settings(settings)
    found = Trained(model_for(model), {}, ())
    prepared = prepare_features(features, engine)
    if model == AUTO:
        found = learn(prepared, found.model, how, engine)
    if max_wrong_merges is not None and (model != AUTO or found.warnings):
        found = replace(within_budget(prepared, found.model, how, engine), warnings=found.warnings)
    return Modelled(prepared, with_thresholds(found.model, settings), engine, found.warnings, found.report)


def conventions(given: pa.Table, options: FileOptions, settings: Settings) -> NormalizeSettings:
    """The settings of normalizing with the conventions that GIVEN contacts show."""
    return _for_file(options, given, rooms.normalize_settings(settings))


def with_budget(settings: Settings, max_wrong_merges: float) -> Settings:
    """SETTINGS with this budget, which a configured link threshold gives way to."""
    if not 0 <= max_wrong_merges <= 1:
        raise InputError(
            "max_wrong_merges is a share of golden contacts, from 0 to 1, as 0.01 for one percent"
        )
    budget = {"max_wrong_merges": max_wrong_merges, "link_probability": None}
    return settings.model_copy(update={"match": settings.match.model_copy(update=budget)})


def match_settings(settings: Settings) -> MatchSettings:
    section = settings.match
    return MatchSettings(section.match_staff, section.max_wrong_merges, section.review_capacity)


def model_for(name: str) -> MatchModel:
    return default_model() if name in (DEFAULT, AUTO) else read_model(Path(name))


def with_thresholds(model: MatchModel, settings: Settings) -> MatchModel:
    """The model with the thresholds that the configuration sets."""
    return model.with_probabilities(settings.match.link_probability, settings.match.review_probability)


def _for_file(options: FileOptions, given: pa.Table, settings: NormalizeSettings) -> NormalizeSettings:
    orders = dict(settings.date_order)
    if options.date_order:
        sources = pc.unique(given.column("source")).to_pylist()
        orders |= dict.fromkeys(sources, options.date_order)
    region = region_of(options.region) if options.region else settings.fallback_region
    return with_conventions(given, replace(settings, date_order=orders, fallback_region=region))


def _record_ids(given: pa.Table) -> tuple[Array, tuple[str, ...]]:
    """The record ids for the outputs, and notes on them."""
    ids = given.column("external_id").combine_chunks()
    if all_distinct(ids):
        return ids, ()
    sources = given.column("source").combine_chunks()
    note = "several sources use the same record ids; the outputs name them source:record_id"
    return pc.binary_join_element_wise(sources, ids, ":"), (note,)


def _inverse(order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    inverse = np.empty(len(order), dtype=np.int64)
    inverse[order] = np.arange(len(order))
    return inverse
