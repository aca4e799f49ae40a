"""Runs inside an environment of its own (splink, scikit-learn): a peer's clusters for a normalized file.

    python peers.py splink CONTACTS.parquet CLUSTERS.csv
    python peers.py ceiling PAIRS.parquet CLUSTERS.csv

Imports nothing of this project, so that both start from the same normalized values and nothing else.
"""

from __future__ import annotations

import csv
import sys
import time
from pathlib import Path
from typing import Any

THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)


def splink(source: str, target: str) -> None:
    """A configuration as Splink's documentation recommends for people, at several thresholds."""
    import pandas as pd
    import splink.comparison_library as cl  # type: ignore[import-not-found]
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    people = pd.read_parquet(source)
    started = time.perf_counter()
    # by the columns that each needs: Splink can't train on a column that is always empty
    comparisons = {
        ("first_name", "last_name"): cl.ForenameSurnameComparison(
            "first_name", "last_name", forename_surname_concat_col_name="full_name"
        ),
        ("email",): cl.EmailComparison("email"),
        ("phone",): cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
        ("city",): cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        ("postcode",): cl.LevenshteinAtThresholds("postcode", 1),
        ("street",): cl.JaroWinklerAtThresholds("street", [0.9]),
        ("birth",): cl.LevenshteinAtThresholds("birth", 1),
    }
    told = {name for name in people.columns if people[name].notna().any()}
    chosen = [comparison for columns, comparison in comparisons.items() if told.issuperset(columns)]
    rules = [
        ("email",),
        ("phone",),
        ("first_name", "last_name"),
        ("last_name", "birth"),
        ("first_name", "birth"),
        ("last_name", "postcode"),
    ]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=chosen,
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in rules if told.issuperset(rule)],
        retain_intermediate_calculation_columns=False,
    )
    database = DuckDBAPI()
    linker = Linker(database.register(people), settings)
    linker.training.estimate_probability_two_random_records_match(
        [block_on(*rule) for rule in rules[:4] if told.issuperset(rule)], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in (("first_name", "last_name"), ("phone",), ("birth",)):
        if told.issuperset(rule):
            _trained(linker, block_on(*rule))
    scored = linker.inference.predict(threshold_match_probability=THRESHOLDS[0])
    seconds = time.perf_counter() - started
    with Path(target).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["record_id", "cluster_id", "threshold", "seconds"])
        for threshold in THRESHOLDS:
            found = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold)
            for row in found.as_pandas_dataframe().to_dict("records"):
                writer.writerow([row["unique_id"], row["cluster_id"], threshold, round(seconds, 2)])


def _trained(linker: Any, rule: Any) -> None:
    from splink.internals.exceptions import EMTrainingException  # type: ignore[import-not-found]

    try:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    except EMTrainingException as error:
        print(f"Splink could not train on {rule}: {type(error).__name__}", file=sys.stderr)


def ceiling(source: str, target: str) -> None:
    """A gradient-boosted classifier trained on the truth, five folds by person; probabilities out of fold."""
    import numpy as np
    import pandas as pd
    from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-not-found]
    from sklearn.model_selection import GroupKFold  # type: ignore[import-not-found]

    pairs = pd.read_parquet(source)
    facts = [name for name in pairs.columns if name not in ("left", "right", "same", "group")]
    probability = np.zeros(len(pairs))
    for train, test in GroupKFold(5).split(pairs, groups=pairs["group"]):
        model = HistGradientBoostingClassifier(max_iter=200, random_state=1)
        model.fit(pairs.iloc[train][facts], pairs.iloc[train]["same"])
        probability[test] = model.predict_proba(pairs.iloc[test][facts])[:, 1]
    pairs[["left", "right"]].assign(probability=probability).to_csv(target, index=False)


if __name__ == "__main__":
    {"splink": splink, "ceiling": ceiling}[sys.argv[1]](*sys.argv[2:])
