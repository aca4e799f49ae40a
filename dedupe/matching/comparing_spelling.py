"""Whether one's email address spells the other's name: evidence where the names themselves say little.

Where given and family name already agree, an address that spells them adds nothing, and the fact is silent.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dedupe.matching.coded import Ids, Positions, cross, unique_pairs
from dedupe.matching.compared import Agreement, Compared, Levels, best_of, spread
from dedupe.matching.context import Context
from dedupe.matching.evidence import Evidence
from dedupe.matching.facts import EMAIL, EMAIL_NAME, FAMILY_NAME, GIVEN_NAME

_GIVEN_FROM, _FAMILY_FROM = 4, 4  # letters that make a find in an address worth something


def compare_spelling(
    evidence: Evidence, context: Context, left: Positions, right: Positions, compared: Compared
) -> Agreement:
    counted = context.facts["word"]
    level = np.full(len(left), -1, dtype=np.int8)
    count = np.ones(len(left), dtype=np.int64)
    open_ = np.flatnonzero(~_settled(compared))
    for one, other in ((left[open_], right[open_]), (right[open_], left[open_])):
        found, word = _read(evidence, one, other)
        better = found > level[open_]
        rows = open_[better]
        level[rows] = found[better]
        words = word[better]
        if len(words):
            count[rows] = counted.of(np.where(words >= 0, evidence.words.hashes[words], 0))
    return Agreement(level, count, counted.total)


def _settled(compared: Compared) -> npt.NDArray[np.bool_]:
    given, family, email = (compared[name].level for name in ("given_name", "family_name", "email"))
    names_agree = (given >= GIVEN_NAME.index("slip")) & (family >= FAMILY_NAME.index("slip"))
    return names_agree | (email >= EMAIL.index("near"))


def _read(evidence: Evidence, mail: Positions, named: Positions) -> tuple[Levels, Ids]:
    """Levels of the addresses of `mail` read against the names of `named`, and the family name's word."""
    emails, names = evidence.emails, evidence.names
    crossed = cross(emails.held, names.held, mail, named)
    usable = (emails.local_of[crossed.left] >= 0) & ~emails.role[crossed.left]
    local = np.where(usable, emails.local_of[crossed.left], -1)
    a, b, where = unique_pairs(local, crossed.right)
    level = _spell(evidence, a, b)
    told = np.flatnonzero(level[where] >= 0)
    row = best_of(crossed.pair[told], level[where][told].astype(np.int64), len(mail))
    word = names.last[b][where][told] if len(b) else np.zeros(0, np.int32)
    return spread(level[where][told], row, -1), spread(word.astype(np.int32), row, -1)


def _spell(evidence: Evidence, local: Ids, name: Ids) -> Levels:
    texts, words = evidence.emails.local.texts, [*evidence.words.texts, ""]
    first, last = evidence.names.first[name], evidence.names.last[name]
    rows = zip(local, first, last, strict=True)
    return np.array(
        [spells(texts[e], words[f], words[n]) if e >= 0 else -1 for e, f, n in rows], dtype=np.int8
    )


def spells(local: str, first: str, last: str) -> int:
    """The level at which a folded local part spells a name."""
    first, last = first.replace(" ", ""), last.replace(" ", "")
    letters = local.rstrip("0123456789")
    if last and first and letters in _spellings(first, last):
        return EMAIL_NAME.index("spelled")
    if len(last) >= _FAMILY_FROM and last in local:
        return EMAIL_NAME.index("family")
    if len(first) >= _GIVEN_FROM and first in local:
        return EMAIL_NAME.index("given")
    return EMAIL_NAME.index("neither") if len(first) >= _GIVEN_FROM or len(last) >= _FAMILY_FROM else -1


def _spellings(first: str, last: str) -> tuple[str, ...]:
    return (first + last, last + first, first[0] + last, last + first[0], first + last[0], last[0] + first)
