"""What an audit is drawn from: golden contacts of several source contacts, and pairs of golden contacts that
were nearly joined. Strata are bands of probability by what a unit rests on."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
import uuid_utils.compat as uuids

from dedupe.arrays.numpy_columns import integers
from dedupe.arrays.units import BIT
from dedupe.clustering.audit_sampling import allocate_sample, draw_units
from dedupe.engines.engine import Engine
from dedupe.errors import InputError
from dedupe.golden.judged_values import judged
from dedupe.matching.comparisons.definitions import NAMES
from dedupe.matching.comparisons.stored_levels import positions
from dedupe.matching.evidence_class import band, evidence_class
from dedupe.matching.features.build import Features
from dedupe.matching.model.scoring import score
from dedupe.pipeline.merge_inputs import MergeInputs, MergeSettings, load
from dedupe.pipeline.record_linkage import prepare
from dedupe.storage import audits, merge_runs, served_state
from dedupe.storage.audits import MERGED, NEAR, Audit, Sample
from dedupe.storage.database import Database

NEAR_FROM = 6 * BIT
"""Near misses are drawn from the review threshold down to so much below it (1/1024 bit); chosen."""
_FEW = 5  # a smaller stratum is put together with others of its band


@dataclass(frozen=True)
class Unit:
    """A golden contact, or two nearly joined, that can be drawn; `probability`: that it is one person."""

    left: tuple[str, ...]  # seeds
    right: tuple[str, ...]
    probability: float
    rests: str

    @property
    def key(self) -> str:
        return ",".join(sorted((*self.left, *self.right)))


def draw(
    database: Database, settings: MergeSettings, engine: Engine, who: str, merged: int, near: int
) -> Audit:
    """Draw an audit of about so many golden contacts (`merged`) and near misses (`near`), and save it.

    Raises InputError before the first night.
    """
    with database.begin(snapshot=True) as connection:
        night = merge_runs.last_published(connection)
        if night is None:
            raise InputError("nothing is published yet: run `dedupe nightly` first")
        linked = served_state.linked(connection)
        golden = {str(row["source_contact_id"]): str(row["golden_id"]) for row in linked.to_pylist()}
        links = audits.live_links(connection)
        apart = audits.decided_apart(connection)
    inputs = load(database, settings)
    lowest = inputs.model.review - NEAR_FROM
    units = {
        MERGED: merged_units(golden, links.to_pylist()),
        NEAR: _near_units(inputs, settings, engine, golden, apart, lowest),
    }
    audit_id = uuids.uuid7()
    samples, strata = list[Sample](), list[dict[str, Any]]()
    for kind, wanted in ((MERGED, merged), (NEAR, near)):
        chosen, told = _sampled(kind, units[kind], wanted, audit_id)
        strata += told
        samples += chosen
    samples = [
        replace(sample, number=number) for number, sample in enumerate(_shuffled(samples, audit_id), 1)
    ]
    model = inputs.model
    with database.begin() as connection:
        audit = Audit(
            audit_id,
            night.id,
            inputs.model_id,
            model.link,
            model.review,
            lowest,
            strata,
            who,
            night.started_at,
        )
        audits.save(connection, audit, samples)
        return audits.get(connection, audit_id)


def merged_units(golden: dict[str, str], links: Iterable[dict[str, Any]]) -> list[Unit]:
    """Golden contacts of two or more; the probability is that of the member who is held most weakly, by the
    strongest link that holds it."""
    members: dict[str, list[str]] = defaultdict(list)
    for seed, golden_id in golden.items():
        members[golden_id].append(seed)
    best: dict[str, dict[str, Any]] = {}
    for link in links:
        for end in (link["left_contact"], link["right_contact"]):
            if end not in best or link["weight"] > best[end]["weight"]:
                best[end] = link
    units = []
    for seeds in members.values():
        held = [best[seed] for seed in seeds if seed in best]
        if len(seeds) > 1:
            weakest = min(held, key=lambda link: int(link["weight"])) if len(held) == len(seeds) else None
            units.append(_merged(tuple(sorted(seeds)), weakest))
    return units


def _merged(seeds: tuple[str, ...], weakest: dict[str, Any] | None) -> Unit:
    if weakest is None:  # held by what no single link says
        return Unit(seeds, (), 0.5, "several links together")
    if weakest["cause"] == "decision":
        return Unit(seeds, (), 1.0, "a decision")
    levels = positions(json.loads(weakest["levels"]))
    return Unit(seeds, (), float(weakest["probability"]), evidence_class(levels))


def _near_units(
    inputs: MergeInputs,
    settings: MergeSettings,
    engine: Engine,
    golden: dict[str, str],
    apart: set[tuple[UUID, UUID]],
    lowest: int,
) -> list[Unit]:
    """Pairs of golden contacts with a compared pair of at least this weight between them, undecided."""
    contacts = judged(inputs.contacts, inputs.decided.values, inputs.seeds)
    prepared = prepare(contacts, settings.match, engine)
    shared = engine.share(prepared.term_frequencies)

    def weighed(features: Features, batch: Any) -> Any:
        scored = score(features, shared.value, inputs.model, batch)
        return scored.filter(np.asarray(integers(scored.column("weight")) >= lowest))

    scored = engine.collect(engine.judge(prepared.features, prepared.pairs, weighed))
    scored = scored.sort_by([("weight", "descending")])
    chance = inputs.model.calibration.probability(scored["weight"].to_numpy())
    seeds = inputs.seeds.to_pylist()
    members: dict[str, list[str]] = defaultdict(list)
    for seed, golden_id in golden.items():
        members[golden_id].append(seed)
    found: dict[tuple[str, str], Unit] = {}
    for row, probability in zip(scored.to_pylist(), chance.tolist(), strict=True):
        ends = [golden.get(seeds[row[side]]) for side in ("left", "right")]
        one, other = sorted(end or "" for end in ends)
        if one and one != other and (one, other) not in found:  # the strongest comes first
            rests = evidence_class({name: row[name] for name in NAMES})
            left, right = tuple(sorted(members[one])), tuple(sorted(members[other]))
            found[one, other] = Unit(left, right, probability, rests)
    return [unit for unit in found.values() if not _decided(unit, apart)]


def _decided(unit: Unit, apart: set[tuple[UUID, UUID]]) -> bool:
    return bool(apart) and any((UUID(a), UUID(b)) in apart for a in unit.left for b in unit.right)


def _sampled(
    kind: str, units: Sequence[Unit], wanted: int, audit_id: UUID
) -> tuple[list[Sample], list[dict[str, Any]]]:
    """Samples, and the strata they are drawn from, sizes included."""
    of_unit = _strata(units)
    names = sorted(set(of_unit))
    place = {name: at for at, name in enumerate(names)}
    sizes = [of_unit.count(name) for name in names]
    wrong = [1 - unit.probability if kind == MERGED else unit.probability for unit in units]
    expected = [0.0] * len(names)
    for name, share in zip(of_unit, wrong, strict=True):
        expected[place[name]] += share / sizes[place[name]]
    shares = allocate_sample(sizes, expected, wanted) if wanted and names else [0] * len(names)
    chosen = draw_units(
        [unit.key for unit in units], [place[name] for name in of_unit], shares, str(audit_id)
    )
    samples = [
        Sample(
            audit_id,
            0,
            kind,
            of_unit[at],
            [UUID(seed) for seed in units[at].left],
            [UUID(seed) for seed in units[at].right],
            units[at].probability,
        )
        for at in chosen
    ]
    told = [{"kind": kind, "stratum": name, "size": size} for name, size in zip(names, sizes, strict=True)]
    return samples, told


def _strata(units: Sequence[Unit]) -> list[str]:
    fine = [f"{band(unit.probability)}, {unit.rests}" for unit in units]
    counts: dict[str, int] = defaultdict(int)
    for name in fine:
        counts[name] += 1
    return [
        name if counts[name] >= _FEW else f"{band(unit.probability)}, anything else"
        for name, unit in zip(fine, units, strict=True)
    ]


def _shuffled(samples: list[Sample], audit_id: UUID) -> list[Sample]:
    """In an order by hash, which gives away neither kind nor stratum."""
    keys = [",".join(map(str, sample.members)) for sample in samples]
    order = draw_units(keys, [0] * len(samples), [len(samples)], f"{audit_id}/order")
    return [samples[at] for at in order]
