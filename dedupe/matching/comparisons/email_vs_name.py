"""Whether one's email address spells the other's name: evidence where the names themselves say little.

An address mostly spells its owner's name. Where the other's name agrees with that already, a find adds
nothing: only parts of the name that are silent, abbreviated or different are looked for. Where a find
completes a name the two agree as a whole, and an initial that it spells out adds nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dedupe.matching.comparisons.contact_points import may_spell, spellings
from dedupe.matching.comparisons.definitions import EMAIL, EMAIL_NAME, FAMILY_NAME, FULL_NAME, GIVEN_NAME
from dedupe.matching.comparisons.result import (
    ComparisonResult,
    ComparisonResults,
    Levels,
    best_of,
    counts_where_counted,
    spread,
)
from dedupe.matching.features.build import Features, Flags
from dedupe.matching.features.encoding import Ids, Positions, cross, unique_pairs
from dedupe.matching.term_frequencies import TermFrequencies, full_names

_LETTERS = 4  # that make a find in an address worth something
_NEITHER, _GIVEN, _FAMILY, _SPELLED = (
    EMAIL_NAME.index(level) for level in ("neither", "given", "family", "spelled")
)
_HOLDS_GIVEN, _HOLDS_FAMILY, _SPELLS = 1, 2, 4


def compare_spelling(
    evidence: Features,
    context: TermFrequencies,
    left: Positions,
    right: Positions,
    compared: ComparisonResults,
) -> ComparisonResults:
    """The fact `email_name`, and the names as it completes them."""
    counted = context.facts["word"]
    given, family, email = (compared[name].level for name in ("given_name", "family_name", "email"))
    given_open, family_open = given < GIVEN_NAME.index("alike"), family < FAMILY_NAME.index("alike")
    level = np.full(len(left), -1, dtype=np.int8)
    count = np.ones(len(left), dtype=np.int64)
    spelled = np.full(len(left), -1, dtype=np.int32)  # the name of which a part was found
    rows = np.flatnonzero((given_open | family_open) & (email < EMAIL.index("local_of_name")))
    for one, other in ((left[rows], right[rows]), (right[rows], left[rows])):
        found, word, name = _read(evidence, one, other, given_open[rows], family_open[rows])
        seen = counts_where_counted(EMAIL_NAME, found, counted, evidence.words.pool.hashes, word)
        better = (found > level[rows]) | ((found == level[rows]) & (seen > count[rows]))
        into = rows[better]
        level[into], count[into], spelled[into] = found[better], seen[better], name[better]
    return {
        "email_name": ComparisonResult(level, count, counted.total),
        **_completed(evidence, context, compared, level, spelled),
    }


def _completed(
    evidence: Features, context: TermFrequencies, compared: ComparisonResults, level: Levels, spelled: Ids
) -> ComparisonResults:
    """The facts of names where an address tells what a name leaves open."""
    given, family, full = (compared[name] for name in ("given_name", "family_name", "full_name"))
    to_given, to_family = level == _GIVEN, level == _FAMILY
    whole = np.flatnonzero(
        (to_given & (family.level == FAMILY_NAME.index("same")))
        | (to_family & (given.level == GIVEN_NAME.index("same")))
    )
    assert full.count is not None
    agreed, common = full.level.copy(), full.count.copy()
    agreed[whole] = FULL_NAME.index("both_agree")
    common[whole] = context.facts["name"].of(full_names(evidence, spelled[whole]))
    return {
        "given_name": _without(given, to_given & (given.level == GIVEN_NAME.index("initial"))),
        "family_name": _without(family, to_family & (family.level == FAMILY_NAME.index("initial"))),
        "full_name": replace(full, level=agreed, count=common),
    }


def _without(agreement: ComparisonResult, rows: Flags) -> ComparisonResult:
    return replace(agreement, level=np.where(rows, np.int8(-1), agreement.level))


def _read(
    evidence: Features, mail: Positions, named: Positions, given_open: Flags, family_open: Flags
) -> tuple[Levels, Ids, Ids]:
    """Levels of the addresses of `mail` read against the names of `named`, the word found and its name."""
    emails, names = evidence.emails, evidence.names
    crossed = cross(emails.held, names.held, mail, named)
    usable = (emails.local_of[crossed.left] >= 0) & ~emails.role[crossed.left]
    a, b, where = unique_pairs(emails.local_of[crossed.left][usable], crossed.right[usable])
    pair = crossed.pair[usable]
    finds = _finds(evidence, a, b)[where]
    level = _levels(finds, given_open[pair], family_open[pair])
    told = np.flatnonzero(level >= 0)
    row = best_of(pair[told], level[told].astype(np.int64), len(mail))
    name = b[where][told]
    word = np.where(level[told] == _GIVEN, names.first[name], names.last[name]).astype(np.int32)
    return spread(level[told], row, -1), spread(word, row, -1), spread(name.astype(np.int32), row, -1)


def _levels(finds: Levels, given_open: Flags, family_open: Flags) -> Levels:
    """Only what is open can be told by a find; a name too short to be looked for tells nothing."""
    level = np.full(len(finds), -1, dtype=np.int8)
    level[finds >= 0] = _NEITHER
    level[(finds & _HOLDS_GIVEN > 0) & given_open] = _GIVEN
    level[(finds & _HOLDS_FAMILY > 0) & family_open] = _FAMILY
    level[(finds & _SPELLS > 0) & given_open & family_open] = _SPELLED
    settled = (finds > 0) & (level == _NEITHER)
    level[settled | (finds < 0)] = -1
    return level


def _finds(evidence: Features, local: Ids, name: Ids) -> Levels:
    """What folded local parts hold of names, as bits; −1 where a name is too short to look for."""
    sizes = evidence.words.bare_sizes
    first, last = sizes[evidence.names.first[name]], sizes[evidence.names.last[name]]
    found = np.where((first >= _LETTERS) | (last >= _LETTERS), np.int8(0), np.int8(-1))
    rows = np.flatnonzero(may_spell(evidence, local, name))
    first, last = first[rows], last[rows]
    locals_, given, family = spellings(evidence, local[rows], name[rows])
    held = _HOLDS_GIVEN * (_hold(locals_, given) & (first >= _LETTERS))
    held += _HOLDS_FAMILY * (_hold(locals_, family) & (last >= _LETTERS))
    held += _SPELLS * (_spell(locals_, given, family) & (first > 0) & (last > 0))
    found[rows] = np.where(held > 0, held, found[rows])
    return found


def _hold(texts: list[str], parts: list[str]) -> Flags:
    return np.array([part in text for text, part in zip(texts, parts, strict=True)], dtype=bool)


def _spell(texts: list[str], given: list[str], family: list[str]) -> Flags:
    """A local part that is made of both names, or of one and the other's initial."""
    rows = zip((text.rstrip("0123456789") for text in texts), given, family, strict=True)
    told = [
        text in (one + other, other + one, one[:1] + other, other + one[:1], one + other[:1], other[:1] + one)
        for text, one, other in rows
    ]
    return np.array(told, dtype=bool)
