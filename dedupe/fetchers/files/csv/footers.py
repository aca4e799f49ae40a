"""Lines below a table that aren't rows of it: totals, the time of the export, its author."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dedupe.fetchers.files.columns.header_vocabulary import data
from dedupe.normalizers.rules import alternatives

_LISTED = data("lines")["footers"]
_WORDS, _WHAT, _BASES = (alternatives(_LISTED[key]) for key in ("words", "counted", "bases"))
_SAID = re.compile(rf"(?i)\W*(?:{_WORDS})(?!\w).*[\d:].*")
_NUMBERED = re.compile(rf"(?i)\W*\d[\d.,]*\s+(?:{_WHAT})\b.*")
_DATED = re.compile(rf"(?i).*\b(?:19|20)\d\d\b.*\b\d{{1,2}}:\d\d.*|.*\b(?:{_BASES}) basis\W*")
_LABEL = re.compile(rf"(?i)\W*(?:{_WORDS})(?:\s+(?:of\s+)?(?:{_WHAT}))?\s*[:.=]?")
_NUMBER = re.compile(r"\d[\d.,]{0,8}")
MOST = 5  # lines at the end of a file that are looked at


def is_footer(cells: Sequence[str]) -> bool:
    """Whether a row at the end of a table is its footer: one filled cell with a footer word and a number
    or a colon (no name has those), or two cells with a footer word and a number."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if any("@" in cell for cell in filled):
        return False
    if len(filled) == len(cells):  # of a table of one column nothing but `Total: 12` is sure
        return len(filled) == 1 and ":" in filled[0] and bool(_SAID.fullmatch(filled[0]))
    match filled:
        case [text]:
            return bool(_SAID.fullmatch(text) or _NUMBERED.fullmatch(text) or _DATED.fullmatch(text))
        case [label, number]:
            return bool(_LABEL.fullmatch(label) and _NUMBER.fullmatch(number))
    return False


def stands_alone(cells: Sequence[str]) -> bool:
    """Whether a row has one filled cell of several, which is neither an email nor a phone."""
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) == 1 < len(cells) - 1 and "@" not in filled[0]
