"""The comparison `email_name`: whether one's email address spells the other's name.

An address mostly spells its owner's name. A part of the name on which the two agree already is not looked
for, because finding it says nothing new; only parts that are silent, abbreviated or different are. Where the
address supplies the part that was missing, the two agree on the full name, and the initial that it spells out
is taken to be silent, so that nothing counts twice.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dedupe.matching.comparisons.definitions import (
    EMAIL,
    EMAIL_NAME,
    FAMILY_NAME,
    FULL_NAME,
    GIVEN_NAME,
    SILENT,
)
from dedupe.matching.comparisons.local_parts import may_spell, spellings
from dedupe.matching.comparisons.names_in_addresses import holds_another_name
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

_FEWEST_LETTERS = 4
"""A shorter name stands in many addresses by chance. Chosen."""
_NEITHER, _GIVEN, _FAMILY, _SPELLED = (
    EMAIL_NAME.index(level) for level in ("neither", "given", "family", "spelled")
)
_HOLDS_GIVEN, _HOLDS_FAMILY, _SPELLS = 1, 2, 4


def compare_email_names(
    features: Features,
    term_frequencies: TermFrequencies,
    left: Positions,
    right: Positions,
    results: ComparisonResults,
) -> ComparisonResults:
    """The result of `email_name`, and those of the names as it completes them.

    `results` are those of the names and of `email`.
    """
    counted = term_frequencies.tables["word"]
    given, family, email = (results[name].level for name in ("given_name", "family_name", "email"))
    given_open, family_open = given < GIVEN_NAME.index("alike"), family < FAMILY_NAME.index("alike")
    level = np.full(len(left), SILENT, dtype=np.int8)
    count = np.ones(len(left), dtype=np.int64)
    spelled = np.full(len(left), -1, dtype=np.int32)  # the name of which a part was found
    rows = np.flatnonzero((given_open | family_open) & (email < EMAIL.index("local_of_name")))
    for one, other in ((left[rows], right[rows]), (right[rows], left[rows])):
        found, word, name = _best_finds(features, one, other, given_open[rows], family_open[rows])
        seen = counts_where_counted(EMAIL_NAME, found, counted, features.words.pool.hashes, word)
        better = (found > level[rows]) | ((found == level[rows]) & (seen > count[rows]))
        into = rows[better]
        level[into], count[into], spelled[into] = found[better], seen[better], name[better]
    return {
        "email_name": ComparisonResult(level, count, counted.total),
        **_completed(features, term_frequencies, results, level, spelled),
    }


def _completed(
    features: Features,
    term_frequencies: TermFrequencies,
    results: ComparisonResults,
    level: Levels,
    spelled: Ids,
) -> ComparisonResults:
    """The results of the names, where an address says what a name leaves open."""
    given, family, full = (results[name] for name in ("given_name", "family_name", "full_name"))
    to_given, to_family = level == _GIVEN, level == _FAMILY
    whole = np.flatnonzero(
        (to_given & (family.level == FAMILY_NAME.index("same")))
        | (to_family & (given.level == GIVEN_NAME.index("same")))
    )
    assert full.count is not None
    agreed, common = full.level.copy(), full.count.copy()
    agreed[whole] = FULL_NAME.index("both_agree")
    common[whole] = term_frequencies.tables["name"].of(full_names(features, spelled[whole]))
    return {
        "given_name": _without(given, to_given & (given.level == GIVEN_NAME.index("initial"))),
        "family_name": _without(family, to_family & (family.level == FAMILY_NAME.index("initial"))),
        "full_name": replace(full, level=agreed, count=common),
    }


def _without(agreement: ComparisonResult, rows: Flags) -> ComparisonResult:
    return replace(agreement, level=np.where(rows, np.int8(SILENT), agreement.level))


def _best_finds(
    features: Features, mail: Positions, named: Positions, given_open: Flags, family_open: Flags
) -> tuple[Levels, Ids, Ids]:
    """For each pair of contacts the best level of an address of `mail[i]` read against a name of `named[i]`,
    the word found and the name it belongs to (ids; −1 where nothing is found)."""
    emails, names = features.emails, features.names
    crossed = cross(emails.held, names.held, mail, named)
    usable = (emails.local_of[crossed.left] >= 0) & ~emails.role[crossed.left]
    a, b, where = unique_pairs(emails.local_of[crossed.left][usable], crossed.right[usable])
    pair = crossed.pair[usable]
    finds = _finds(features, a, b)[where]
    level = _levels(finds, given_open[pair], family_open[pair])
    told = np.flatnonzero(level >= 0)
    row = best_of(pair[told], level[told].astype(np.int64), len(mail))
    name = b[where][told]
    word = np.where(level[told] == _GIVEN, names.first[name], names.last[name]).astype(np.int32)
    return spread(level[told], row, SILENT), spread(word, row, -1), spread(name.astype(np.int32), row, -1)


def _levels(finds: Levels, given_open: Flags, family_open: Flags) -> Levels:
    """Levels of what was found (bits, as `_finds` gives them), counting only the parts of the name that are
    open."""
    level = np.full(len(finds), SILENT, dtype=np.int8)
    level[finds >= 0] = _NEITHER
    level[(finds & _HOLDS_GIVEN > 0) & given_open] = _GIVEN
    level[(finds & _HOLDS_FAMILY > 0) & family_open] = _FAMILY
    level[(finds & _SPELLS > 0) & given_open & family_open] = _SPELLED
    settled = (finds > 0) & (level == _NEITHER)
    level[settled | (finds < 0)] = SILENT
    return level


def _finds(features: Features, local: Ids, name: Ids) -> Levels:
    """Which parts of a name each local part holds, as bits; −1 where the name is too short to be looked
    for."""
    sizes = features.words.bare_sizes
    first, last = sizes[features.names.first[name]], sizes[features.names.last[name]]
    found = np.where((first >= _FEWEST_LETTERS) | (last >= _FEWEST_LETTERS), np.int8(0), np.int8(-1))
    rows = np.flatnonzero(may_spell(features, local, name))
    first, last = first[rows], last[rows]
    locals_, given, family = spellings(features, local[rows], name[rows])
    held = _HOLDS_GIVEN * (_hold(locals_, given) & (first >= _FEWEST_LETTERS))
    held[_hold_others(locals_, given, family, held > 0)] = 0
    held += _HOLDS_FAMILY * (_hold(locals_, family) & (last >= _FEWEST_LETTERS))
    held += _SPELLS * (_spell(locals_, given, family) & (first > 0) & (last > 0))
    found[rows] = np.where(held > 0, held, found[rows])
    return found


def _hold(texts: list[str], parts: list[str]) -> Flags:
    return np.array([part in text for text, part in zip(texts, parts, strict=True)], dtype=bool)


def _hold_others(texts: list[str], given: list[str], family: list[str], worth: Flags) -> Flags:
    """Where a local part holds another given name, of which this one is a part (Paul in paula.ruiz@)."""
    found = np.zeros(len(texts), dtype=bool)
    for row in np.flatnonzero(worth).tolist():
        found[row] = holds_another_name(texts[row], given[row], family[row])
    return found


def _spell(texts: list[str], given: list[str], family: list[str]) -> Flags:
    """Whether each local part, but for digits at its end, is made of both names, or of one and an initial."""
    rows = zip((text.rstrip("0123456789") for text in texts), given, family, strict=True)
    told = [
        text in (one + other, other + one, one[:1] + other, other + one[:1], one + other[:1], other[:1] + one)
        for text, one, other in rows
    ]
    return np.array(told, dtype=bool)
