"""Runs inside environments of their own (splink and scikit-learn; goldenmatch): what a peer makes of a
normalized file.

    python peers.py splink CONTACTS.parquet PAIRS.parquet
    python peers.py ceiling PAIRS.parquet JUDGED.parquet
    python peers.py goldenmatch CONTACTS.parquet CLUSTERS.parquet

(besides splink there are splink-lists, splink-parts and splink-parts-lists)

Imports nothing of this project, so that both start from the same normalized values and nothing else. Prints
one line of JSON.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

MOST_PAIRS = 20
"""Pairs a record that a blocking rule may give; Splink's guide says to count them before predicting."""
MEMORY, SPILL = "10GB", "20GB"
FEWEST_PAIRS = 500
"""… and that one must give to be trained on: EM on a handful of pairs finds nonsense."""
LEARNED_FROM = 400_000
"""Pairs that each fold's classifier is trained on, at most."""
LOWEST = -4.0  # match weight from which pairs are kept
GIVEN = (
    "first_name",
    "last_name",
    "email",
    "phone",
    "identifier",
    "street",
    "city",
    "postcode",
    "company",
    "birth",
)
"""Columns that GoldenMatch gets: a value each, as a file has them."""


def splink(source: str, target: str, lists: bool = False, parts: bool = False) -> dict[str, Any]:
    """As Splink's documentation advises for people: its own comparisons for names, emails and dates, term
    frequencies, ten to fifteen strict blocking rules, a prior from deterministic rules, u from random pairs,
    m by expectation–maximization over several blocking rules, so that every comparison is trained.

    `lists`: every email and phone of a contact as an array, compared by intersection and exploded for
    blocking; else the first of each, compared by the comparisons made for them. `parts`: given and family
    name compared each for itself; else together, by the comparison made for both.
    """
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq
    from splink import (  # type: ignore[import-not-found]
        DuckDBAPI,
        Linker,
        SettingsCreator,
    )

    people = pq.read_table(source)
    started = time.perf_counter()
    told = {name for name in people.column_names if people[name].null_count < len(people)}
    database = DuckDBAPI(connection=duckdb.connect(config=_bounds(target)))
    table = database.register(people)
    counts = _pairs(people, [rule for rule in _rules(lists) + TRAINED_ON if told.issuperset(_columns(rule))])
    bearable = {rule for rule, count in counts.items() if count <= MOST_PAIRS * len(people)}
    rules = [rule for rule in _rules(lists) if rule in bearable]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=_comparisons(told, lists, parts),
        blocking_rules_to_generate_predictions=[_blocked(rule) for rule in rules],
        retain_intermediate_calculation_columns=False,
    )
    linker = Linker(table, settings)
    certain = [
        ("email",),
        ("identifier",),
        ("phone", "last_name"),
        ("first_name", "last_name", "birth"),
        ("first_name", "last_name", "postcode"),
    ]
    linker.training.estimate_probability_two_random_records_match(
        [_blocked(rule) for rule in certain if told.issuperset(rule)], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e7, seed=1)
    failed = [
        rule
        for rule in TRAINED_ON
        if rule in bearable and counts[rule] >= FEWEST_PAIRS and not _trained(linker, rule)
    ]
    scored = linker.inference.predict(threshold_match_weight=LOWEST)
    linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold_match_probability=0.95)
    seconds = time.perf_counter() - started
    found = scored.as_duckdbpyrelation().project("unique_id_l, unique_id_r, match_weight").to_arrow_table()
    pq.write_table(pa.table(found.columns, names=["left", "right", "weight"]), target)
    return {
        "seconds": round(seconds, 1),
        "pairs": len(found),
        "rules": len(rules),
        "not_trained_on": failed,
    }


def _bounds(target: str) -> dict[str, Any]:
    """Spills beside the result, in a folder that goes with it, and stops before the machine does."""
    return {"memory_limit": MEMORY, "temp_directory": f"{target}.spill", "max_temp_directory_size": SPILL}


Rule = tuple[str, ...]
TRAINED_ON: list[Rule] = [("first_name", "last_name"), ("email",), ("phone",), ("birth",), ("postcode",)]


def _rules(lists: bool) -> list[Rule]:
    reach: list[Rule] = [("emails",), ("phones",)] if lists else [("email",), ("phone",)]
    return [
        *reach,
        ("identifier",),
        ("first_name", "last_name"),
        ("substr(first_name,1,3)", "substr(last_name,1,4)"),
        ("regexp_extract(email,'^[^@]+')",),
        ("last_name", "birth"),
        ("first_name", "birth"),
        ("substr(first_name,1,2)", "substr(last_name,1,2)", "substr(birth,1,4)"),
        ("first_name", "postcode"),
        ("last_name", "postcode"),
        ("first_name", "street"),
        ("last_name", "street"),
        ("first_name", "company"),
        ("last_name", "company"),
        ("birth", "city"),
    ]


def _columns(rule: Rule) -> set[str]:
    return {part.partition("(")[2].partition(",")[0] if "(" in part else part for part in rule}


def _blocked(rule: Rule) -> Any:
    from splink import block_on

    return block_on(*rule, arrays_to_explode=[part for part in rule if part in ("emails", "phones")])


def _pairs(people: Any, rules: list[Rule]) -> dict[Rule, int]:
    """How many pairs each rule gives."""
    import duckdb

    found = {}
    with duckdb.connect() as connection:
        connection.register("people", people)
        for rule in rules:
            keys = ", ".join(f"unnest({part})" if part in ("emails", "phones") else part for part in rule)
            names = [f"k{number}" for number in range(len(rule))]
            told = " AND ".join(f"{name} IS NOT NULL" for name in names)
            count = connection.sql(
                "SELECT sum(n * (n - 1) / 2) FROM (SELECT count(*) AS n "
                f"FROM (SELECT {keys} FROM people) AS t({', '.join(names)}) "
                f"WHERE {told} GROUP BY {', '.join(names)})"
            ).fetchall()[0][0]
            found[rule] = int(count or 0)
    return found


def _comparisons(told: set[str], lists: bool, parts: bool) -> list[Any]:
    """Of the columns that say anything: Splink can't train on a column that is always empty."""
    import splink.comparison_library as cl  # type: ignore[import-not-found]

    several: dict[tuple[str, ...], Any] = {
        ("emails",): cl.ArrayIntersectAtSizes("emails", [1]),
        ("phones",): cl.ArrayIntersectAtSizes("phones", [1]),
    }
    single: dict[tuple[str, ...], Any] = {
        ("email",): cl.EmailComparison("email"),
        ("phone",): cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
    }
    one_by_one: dict[tuple[str, ...], Any] = {
        (name,): cl.NameComparison(name).configure(term_frequency_adjustments=True)
        for name in ("first_name", "last_name")
    }
    at_once: dict[tuple[str, ...], Any] = {
        ("first_name", "last_name"): cl.ForenameSurnameComparison(
            "first_name", "last_name", forename_surname_concat_col_name="full_name"
        )
    }
    comparisons: dict[tuple[str, ...], Any] = {
        **(one_by_one if parts else at_once),
        **(several if lists else single),
        ("birth",): cl.DateOfBirthComparison("birth", input_is_string=True),
        ("street",): cl.JaroWinklerAtThresholds("street", [0.9]),
        ("city",): cl.ExactMatch("city").configure(term_frequency_adjustments=True),
        ("postcode",): cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ("company",): cl.ExactMatch("company").configure(term_frequency_adjustments=True),
        ("identifier",): cl.ExactMatch("identifier"),
    }
    return [comparison for columns, comparison in comparisons.items() if told.issuperset(columns)]


def _trained(linker: Any, rule: Rule) -> bool:
    from splink.internals.exceptions import EMTrainingException  # type: ignore[import-not-found]

    try:
        linker.training.estimate_parameters_using_expectation_maximisation(
            _blocked(rule), estimate_without_term_frequencies=True
        )
    except EMTrainingException:
        return False
    return True


def ceiling(source: str, target: str) -> dict[str, Any]:
    """A gradient-boosted classifier trained on the truth, five folds; probabilities out of fold."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from sklearn.ensemble import HistGradientBoostingClassifier  # type: ignore[import-not-found]

    pairs = pq.read_table(source)
    facts = [name for name in pairs.column_names if name not in ("left", "right", "same", "fold")]
    seen = np.column_stack([pairs[name].to_numpy().astype(np.float32) for name in facts])
    same, fold = pairs["same"].to_numpy(zero_copy_only=False), pairs["fold"].to_numpy()
    probability = np.zeros(len(pairs))
    for number in range(5):
        train = np.flatnonzero(fold != number)
        if len(train) > LEARNED_FROM:
            train = np.random.default_rng(number).choice(train, LEARNED_FROM, replace=False)
        model = HistGradientBoostingClassifier(max_iter=150, early_stopping=False, random_state=1)
        model.fit(seen[train], same[train])
        probability[fold == number] = model.predict_proba(seen[fold == number])[:, 1]
    pq.write_table(pairs.select(["left", "right"]).append_column("weight", pa.array(probability)), target)
    return {"pairs": len(pairs)}


def goldenmatch(source: str, target: str) -> dict[str, Any]:
    """Zero configuration: it chooses columns, blocking, comparisons and thresholds itself, and clusters.

    Given are the columns that say anything, without the row number, which misleads its choice. What it
    learned of other files stays out: its memory is an empty folder. Where it refuses its own choice as too
    poor (from 100,000 records), it is told to go on all the same, and that is said.
    """
    os.environ["HOME"] = str(Path(target).parent)
    import goldenmatch as gm  # type: ignore[import-not-found]
    import pyarrow as pa
    import pyarrow.parquet as pq
    from goldenmatch.core.autoconfig_controller import (  # type: ignore[import-not-found]
        ControllerNotConfidentError,
    )

    people = pq.read_table(source)
    told = [name for name in GIVEN if people[name].null_count < len(people)]
    given = people.select(told).rename_columns(
        ["date_of_birth" if name == "birth" else name for name in told]
    )
    started, refused = time.perf_counter(), False
    try:
        found = gm.dedupe_df(given)
    except ControllerNotConfidentError:
        refused, found = True, gm.dedupe_df(given, allow_red_config=True)
    seconds = time.perf_counter() - started
    cluster = list(range(len(given)))
    for one in found.clusters.values():
        for member in one["members"]:
            cluster[member] = min(one["members"])
    pq.write_table(pa.table({"cluster": cluster}), target)
    keys = [key.name for key in found.config.matchkeys]
    return {"seconds": round(seconds, 1), "version": gm.__version__, "keys": keys, "refused": refused}


WORK: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "splink": splink,
    "splink-lists": partial(splink, lists=True),
    "splink-parts": partial(splink, parts=True),
    "splink-parts-lists": partial(splink, lists=True, parts=True),
    "ceiling": ceiling,
    "goldenmatch": goldenmatch,
}

if __name__ == "__main__":
    logging.disable(logging.WARNING)
    print(json.dumps(WORK[sys.argv[1]](*sys.argv[2:])))
