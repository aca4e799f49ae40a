"""No cell of a CSV file is a formula, and every cell can be read back."""

from __future__ import annotations

import re

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.arrays.formulas import as_text


def escaped(*cells: str | None) -> list[str | None]:
    found: list[str | None] = as_text(pa.array(cells, pa.large_string())).to_pylist()
    return found


@pytest.mark.parametrize(
    "cell",
    [
        *('=HYPERLINK("http://x")', "+1+cmd|' /C calc'!A0", "-1+2", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1"),
        *("+44 20 7946 0018", "+44;=1", "+", "-", "'=1", "''+x"),
    ],
)
def test_what_a_spreadsheet_may_take_for_a_formula_gets_a_quote(cell: str) -> None:
    assert escaped(cell) == [f"'{cell}"]


@pytest.mark.parametrize(
    "cell",
    ["+442079460018", "+442079460018;+15035550100", "Ann-Lee", "a=b", "jo@x.org", "'Ann", "", "1", None],
)
def test_what_is_none_stays_as_it_is_and_phones_do(cell: str | None) -> None:
    assert escaped(cell) == [cell]


@given(st.text(alphabet="'=+-@\t\r\n＝a1;", max_size=8))
def test_a_program_can_take_the_quote_away(cell: str) -> None:
    [made] = escaped(cell)
    assert made is not None
    again = made[1:] if re.match(r"'+[=+\-@\t\r\n＝]", made) else made
    assert again == cell
