"""Cells that a spreadsheet would take for formulas, made text.

By OWASP (CSV injection) a cell that begins with `=`, `+`, `-`, `@`, a tab or a line end may be one, and in
some languages one that begins with their full-width forms; it gets a `'` before it. A cell of nothing but
E.164 phone numbers, with `;` between them, calls nothing and stays as it is.

Whoever reads such cells with a program takes one `'` away where any number of them stands before one of these
characters: a cell that had them itself got one more.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

BEGINNINGS = "=+\\-@\t\r\n＝＋－＠"
_FORMULA = f"^'*[{BEGINNINGS}]"
_PHONES = r"^\+[0-9]{1,15}(;\+[0-9]{1,15})*$"


def as_text(cells: Any) -> Any:
    """A column of texts in which no cell is a formula; null stays null."""
    formula = pc.and_(
        pc.match_substring_regex(cells, _FORMULA), pc.invert(pc.match_substring_regex(cells, _PHONES))
    )
    quote, nothing = (pa.scalar(text, cells.type) for text in ("'", ""))
    return pc.binary_join_element_wise(pc.if_else(formula, quote, nothing), cells, nothing)
