"""Makes the model that ships with the package: `python -m benchmarks.ship_model`.

Weights are learned without labels on one generated population; the calibration curve comes from others, with
the truth. What a level is worth before any data stands in `dedupe/matching/model/priors.toml`.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers, pairs_of
from dedupe.arrays.units import BIT
from dedupe.engines.local import LocalEngine
from dedupe.fetchers.files.read import read_file
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.features.build import build_features
from dedupe.matching.model import default
from dedupe.matching.model.match_model import MatchModel, NameOdds
from dedupe.matching.model.priors import prior_model
from dedupe.matching.model.scoring import score
from dedupe.matching.term_frequencies import count_term_frequencies
from dedupe.matching.training.calibration import calibrate
from dedupe.matching.training.name_odds import fitted
from dedupe.matching.training.pair_sampling import sample
from dedupe.normalizers.contacts import normalize
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.model_training import LEARN_FROM
from dedupe.pipeline.record_linkage import MatchSettings, block, trained
from dedupe.simulators.population.export import write_parquet
from dedupe.simulators.population.population import Population, population
from dedupe.simulators.population.proportions import Proportions

LEARNED_ON, CALIBRATED_ON, PEOPLE = 101, (211, 307, 401), 12_000
WITHOUT_NAMESAKES = Proportions(namesake_in_city=0.0)
CALIBRATED_TOO_ON = (503,)
"""Populations whose people are namesakes by chance alone, as in most lists."""
MAX_WRONG_MERGES = 0.002
"""The thresholds of the shipped model serve files too small to choose by: a fifth of the usual budget, so
that two contacts of one full name and nothing else are asked about and not joined. Chosen."""
FEWEST_RELATIVES, FEWEST_COLLEAGUES = 0.7, 5.0  # other files hold households and offices of other sizes
TARGET = Path(str(default.__file__)).with_name(default.SHIPPED_FILE)


def contacts_of(
    people: int, seed: int, proportions: Proportions | None = None
) -> tuple[pa.Table, npt.NDArray[np.str_]]:
    """CONTACTS of a generated population (without identifiers) and whose each is."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.parquet"
        drawn = population(people, seed, proportions or Proportions())
        write_parquet(drawn, path)
        read = read_file(path)
    given = read.given.sort_by([("source", "ascending"), ("external_id", "ascending")])
    truth = _truth(drawn)
    keys = zip(given["source"].to_pylist(), given["external_id"].to_pylist(), strict=True)
    whose = np.array([truth[str(source), str(record)] for source, record in keys])
    empty: Any = pa.nulls(len(given), given.schema.field("identifiers").type)
    given = given.set_column(given.schema.get_field_index("identifiers"), "identifiers", empty)
    return normalize(given, NormalizeSettings(fallback_region="US")), whose


def _truth(drawn: Population) -> dict[tuple[str, str], str]:
    rows = drawn.truth()
    return {(row.provider, f"{row.provider}:{row.external_id}"): row.person for row in rows}


class Scored(NamedTuple):
    """Weights of the candidate pairs of a population, by a model learned on itself, which are right, and how
    names come out."""

    weights: npt.NDArray[np.int64]
    right: npt.NDArray[np.bool_]
    name_odds: NameOdds


def scores_of(model: MatchModel, people: int, seed: int, proportions: Proportions | None = None) -> Scored:
    contacts, whose = contacts_of(people, seed, proportions)
    engine, facts = LocalEngine(), build_features(contacts)
    counts = count_term_frequencies(facts)
    own = trained(contacts, model, MatchSettings(), engine).model
    pairs, _ = block(facts, engine)
    scored = engine.map(lambda batch: score(facts, counts, own, batch), pairs)
    left, right = pairs_of(scored)
    results = compare(facts, counts, *pairs_of(sample(facts, pairs, LEARN_FROM)[0]))
    odds = fitted(own, results, counts.contacts)
    return Scored(integers(scored.column("weight")), whose[left] == whose[right], odds)


def main() -> None:
    contacts, _ = contacts_of(PEOPLE, LEARNED_ON)
    settings = MatchSettings(max_wrong_merges=MAX_WRONG_MERGES)
    learned = trained(contacts, prior_model(), settings, LocalEngine())
    scored = [scores_of(learned.model, PEOPLE, seed) for seed in CALIBRATED_ON]
    scored += [scores_of(learned.model, PEOPLE, seed, WITHOUT_NAMESAKES) for seed in CALIBRATED_TOO_ON]
    weights = np.concatenate([each.weights for each in scored])
    right = np.concatenate([each.right for each in scored])
    usual = NameOdds(*np.mean([each.name_odds for each in scored], axis=0).round(4).tolist())
    origin = {"made_by": "benchmarks.ship_model", "learned_on": LEARNED_ON, "calibrated_on": CALIBRATED_ON}
    model = replace(
        learned.model,
        relatives_per_contact=max(learned.model.relatives_per_contact, FEWEST_RELATIVES),
        colleagues_per_contact=max(learned.model.colleagues_per_contact, FEWEST_COLLEAGUES),
        calibration=calibrate(weights.astype(np.int32), right),
        usual_name_odds=usual,
        origin={**origin, "people": PEOPLE, "profile": population(1, 1).profile_hash()},
    )
    TARGET.write_text(model.to_json(), encoding="utf-8")
    print(f"{TARGET.name}: link from {model.link / BIT:.1f} bits, review from {model.review / BIT:.1f}")
    print(f"names come out as {usual.offset:.2f} + {usual.slope:.2f} of their log-odds")
    for low in range(0, 14, 2):
        band = (weights >= low * BIT) & (weights < (low + 2) * BIT)
        said = model.calibration.probability(weights[band].astype(np.int32)).mean()
        found = right[band].mean()
        print(f"{low:3d} to {low + 2:2d} bits: {band.sum():7,d} pairs, said {said:.4f}, right {found:.4f}")


if __name__ == "__main__":
    main()
