"""A population whose phones lost their country codes is matched nearly as the one that has them."""

from __future__ import annotations

import random

import phonenumbers
import pyarrow as pa
import pytest

from dedupe.clustering.metrics import Figures
from dedupe.config import Settings
from dedupe.fetchers.files.read import read_table
from dedupe.simulators.population.export import batches
from dedupe.simulators.population.population import population
from dedupe.wiring.evaluations import evaluate_normalized
from dedupe.wiring.files import FileOptions, normalize_read

TRUTH = "truth_id"


@pytest.fixture(scope="module")
def people() -> pa.Table:
    """Nothing but phones and names tells who is who, and nothing where anybody lives."""
    table = pa.Table.from_batches(list(batches(population(1_200, seed=11))))
    return table.select(["record_id", "source", "full_name", "phone", TRUTH])


def national(cell: str | None, share: float, draw: random.Random) -> str | None:
    return ";".join(_national(text, share, draw) for text in cell.split(";")) if cell else cell


def _national(text: str, share: float, draw: random.Random) -> str:
    if not text.startswith("+") or draw.random() >= share:
        return text
    number = phonenumbers.parse(text, None)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def figures(table: pa.Table, share: float) -> Figures:
    draw = random.Random(5)
    cells = [national(cell, share, draw) for cell in table["phone"].to_pylist()]
    at = table.column_names.index("phone")
    read = read_table(table.set_column(at, "phone", pa.array(cells, pa.string())))
    file = normalize_read(read, FileOptions(), Settings())
    return evaluate_normalized(file, "default", TRUTH, Settings(), False).evaluation.figures


def test_codes_that_are_missing_cost_little(people: pa.Table) -> None:
    whole, half = figures(people, 0), figures(people, 0.5)
    assert whole.recall > 0.3
    assert half.recall > 0.9 * whole.recall
    assert half.precision > whole.precision - 0.02
