"""`dedupe.match`, `normalize` and `explain`: the same pipeline on anything that speaks Arrow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.fetchers.files import read_table
from dedupe.matching.context import context
from dedupe.matching.evidence import evidence
from dedupe.matching.explaining import Explanation
from dedupe.matching.explaining import explain as explain_pair
from dedupe.wiring.files import (
    AUTO,
    FileOptions,
    NormalizedFile,
    match_normalized,
    model_for,
    normalize_read,
    with_thresholds,
)


def match(
    table: Any, *, model: str = AUTO, region: str | None = None, map: Mapping[str, str] | None = None
) -> pa.Table:
    """Who is who: record_id and cluster_id, row for row with `table`.

    `table`: pyarrow, pandas, polars, DuckDB or anything with `__arrow_c_stream__`, its columns named as in
    files. `region`: of phone numbers without a country code, as US. `map`: column → field. `model`: auto,
    default, or a model file. InputError when no column is understood.
    """
    settings = Settings()
    return match_normalized(_normalized(table, region, map), model, settings).clusters()


def normalize(table: Any, *, region: str | None = None, map: Mapping[str, str] | None = None) -> pa.Table:
    """Names, emails and phones (E.164), their match keys, and what was rejected why; row for row."""
    return _normalized(table, region, map).outputs()


def explain(
    left: Mapping[str, Any],
    right: Mapping[str, Any],
    *,
    model: str = AUTO,
    region: str | None = None,
    map: Mapping[str, str] | None = None,
) -> Explanation:
    """Why two contacts, given as rows (column → value), would match or not."""
    rows = [dict(left) | {"record_id": "left"}, dict(right) | {"record_id": "right"}]
    names = dict.fromkeys(name for row in rows for name in row)
    file = _normalized(pa.table({name: [row.get(name) for row in rows] for name in names}), region, map)
    chosen = with_thresholds(model_for(model), Settings())
    return explain_pair(file.contacts, chosen, counted(file))


def counted(file: NormalizedFile) -> pa.Table:
    """The value counts that two contacts make by themselves."""
    return context(evidence(file.contacts, staff=False)).to_table()


def _normalized(table: Any, region: str | None, map: Mapping[str, str] | None) -> NormalizedFile:
    try:
        arrow = table if isinstance(table, pa.Table) else pa.table(table)
    except (TypeError, pa.ArrowInvalid) as error:
        kind = type(table).__name__
        raise InputError(f"a {kind} is no table that speaks Arrow: give a table or a data frame") from error
    return normalize_read(read_table(arrow, "table", map), FileOptions(region=region), Settings())
