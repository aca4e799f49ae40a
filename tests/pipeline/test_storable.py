"""Rows of a file over our limits are set aside by their place; the others are stored."""

import pyarrow as pa
import pytest

from dedupe.fetchers.limits import LARGEST, LONGEST_ID
from dedupe.pipeline.storable import storable

FIT = ("é" * (LONGEST_ID // 2), "é" * LARGEST)
UNFIT = {
    "a long id": ("é" * (LONGEST_ID // 2 + 1), "{}"),
    "an id with NUL": ("a\0", "{}"),
    "a large contact": ("1", "é" * (LARGEST + 1)),
}


def rows(*of: tuple[str, str]) -> pa.Table:
    ids, payloads = zip(*of, strict=True)
    return pa.table({"external_id": ids, "payload": pa.array(payloads, pa.large_string())})


def test_what_just_fits_is_stored():
    fit, aside = storable(rows(FIT))
    assert (fit.to_pylist(), aside) == ([True], [])


@pytest.mark.parametrize("row", UNFIT.values(), ids=UNFIT.keys())
def test_what_does_not_fit_is_told_by_its_place_in_the_file(row):
    fit, (aside,) = storable(rows(("1", "{}"), row, ("2", "{}")), before=50)
    assert fit.to_pylist() == [True, False, True]
    assert (aside.place, aside.content) == ("row 52", row[1].encode())
