"""`dedupe.match`, `normalize` and `explain`: the pipeline on any Arrow table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.fetchers.files.read import FileRead, read_table
from dedupe.matching.features.build import build_features
from dedupe.matching.pair_explanation import Explanation
from dedupe.matching.pair_explanation import explain as explain_pair
from dedupe.matching.term_frequencies import count_term_frequencies
from dedupe.wiring.files import (
    AUTO,
    FileOptions,
    NormalizedFile,
    match_normalized,
    model_for,
    modelled,
    normalize_read,
    with_thresholds,
)

_MIXED = "a column mixes values of different types, as text and numbers: make them all text"


def match(
    table: Any,
    *,
    model: str = AUTO,
    region: str | None = None,
    map: Mapping[str, str] | None = None,
    max_wrong_merges: float | None = None,
) -> pa.Table:
    """Match the rows of a table: gives record_id and cluster_id, row for row.

    `table`: pyarrow, pandas, polars, DuckDB or anything with `__arrow_c_stream__`, with column names as in
    files. `region`: of phone numbers without a country code, such as US. `map`: column → field. `model`:
    auto, default, or a model file. `max_wrong_merges`: the share of golden contacts of several rows that may
    hold two people, for which the thresholds are chosen on this table; None: as configured for `auto`, else
    the model's own thresholds. Raises InputError when no column is understood, or for what is no share.
    """
    file = _normalized(table, region, map)
    return match_normalized(file, model, Settings(), max_wrong_merges).clusters()


def normalize(table: Any, *, region: str | None = None, map: Mapping[str, str] | None = None) -> pa.Table:
    """Normalize a table row for row: names, emails and phones (E.164), their match keys, and rejected
    values with the reason."""
    return _normalized(table, region, map).outputs()


def explain(
    left: Mapping[str, Any],
    right: Mapping[str, Any],
    *,
    among: Any = None,
    model: str = AUTO,
    region: str | None = None,
    map: Mapping[str, str] | None = None,
) -> Explanation:
    """Explain why two contacts, given as rows (column → value), would match or not.

    `among`: the table that they belong to. Its term frequencies weigh each agreement, and with `auto` the
    model is trained on it, so the result is that of `match`. Without it term frequencies count the two
    contacts only, and `auto` is the shipped model.
    """
    rows = [dict(left) | {"record_id": "left"}, dict(right) | {"record_id": "right"}]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: _column([row.get(name) for row in rows]) for name in names}
    two, options = _read(pa.table(columns), map), FileOptions(region=region)
    if among is None:
        file = normalize_read(two, options, Settings())
        chosen, counts = with_thresholds(model_for(model), Settings()), counted(file)
    else:
        whole = _read(among, map)
        file = normalize_read(two, options, Settings(), among=whole)
        ready = modelled(normalize_read(whole, options, Settings()), model, Settings())
        chosen, counts = ready.model, ready.prepared.term_frequencies.to_table()
    return explain_pair(file.contacts, chosen, counts)


def counted(file: NormalizedFile) -> pa.Table:
    """The term frequencies of two contacts alone."""
    return count_term_frequencies(build_features(file.contacts, staff=False)).to_table()


def _column(values: list[Any]) -> Any:
    """The column with NaN as null, as pandas means it. Raises InputError for values of different types."""
    try:
        return pa.array(values, from_pandas=True)
    except pa.ArrowException as error:
        raise InputError(_MIXED) from error


def _normalized(table: Any, region: str | None, map: Mapping[str, str] | None) -> NormalizedFile:
    return normalize_read(_read(table, map), FileOptions(region=region), Settings())


def _read(table: Any, map: Mapping[str, str] | None) -> FileRead:
    try:
        arrow = table if isinstance(table, pa.Table) else pa.table(table)
    except pa.ArrowException as error:
        raise InputError(_MIXED) from error
    except (TypeError, ValueError) as error:
        kind = type(table).__name__
        raise InputError(f"a {kind} is no table that speaks Arrow: give a table or a data frame") from error
    return read_table(arrow, "table", map)
