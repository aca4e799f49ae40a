"""What local parts of email addresses hold of names."""

from __future__ import annotations

import numpy as np

from dedupe.matching.features.build import Features, Flags
from dedupe.matching.features.encoding import Ids, Positions, unique_pairs
from dedupe.matching.features.prefilter import may_hold

_DIGITS_THAT_DISTINGUISH = 2
"""A local part with so many digits is one person's own, though it spells a name. Chosen."""
_ALL_LETTERS = np.uint64(2**64 - 1)  # of a silent name: no text holds them all


def holds_users_name(features: Features, local: Ids, user: Positions) -> Flags:
    """Whether each local part holds a name of its user and no number of its own. A name not in Latin letters
    is taken to be held, because how an address spells it can't be told letter by letter."""
    names = features.names
    named = np.flatnonzero(names.held.counts[user] > 0)
    a, b, where = unique_pairs(local[named], names.held.ids[names.held.offsets[user[named]]])
    told = np.zeros(len(a), dtype=bool)
    rows = np.flatnonzero(may_spell(features, a, b))
    told[rows] = list(map(_holds_name, *spellings(features, a[rows], b[rows])))
    rows = np.flatnonzero(~names.latin[b])
    told[rows] = [_few_digits(text) for text in features.emails.local.at(a[rows])]
    found = np.zeros(len(local), dtype=bool)
    found[named] = told[where]
    return found


def may_spell(features: Features, local: Ids, name: Ids) -> Flags:
    """False where neither given nor family name (ids of distinct names) can stand in a local part."""
    letters, words = (
        features.emails.local.letters[local],
        np.append(features.words.pool.letters, _ALL_LETTERS),
    )
    names = features.names
    return may_hold(letters, words[names.first[name]]) | may_hold(letters, words[names.last[name]])


def spellings(features: Features, local: Ids, name: Ids) -> tuple[list[str], list[str], list[str]]:
    """The texts of local parts, given and family names without spaces; empty where silent."""
    bare, names = features.words.bare, features.names
    locals_ = features.emails.local.at(local)
    return locals_, bare[names.first[name]].tolist(), bare[names.last[name]].tolist()


def _holds_name(local: str, first: str, last: str) -> bool:
    """Whether a local part holds a name of three letters or more and no number of its own."""
    spelled = (len(last) >= 3 and last in local) or (len(first) >= 3 and first in local)
    return spelled and _few_digits(local)


def _few_digits(local: str) -> bool:
    letters_only = local.replace(".", "").isalpha()  # most are, and that is quickly seen
    return letters_only or sum(map(str.isdigit, local)) < _DIGITS_THAT_DISTINGUISH
