"""How often two contacts have one full name, counted in the whole file: what training must know of
strangers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedupe.matching.features.build import Features
from dedupe.matching.features.encoding import Ids, Positions
from dedupe.matching.term_frequencies import full_names

FEWEST_OF_A_COUNTRY = 50
"""A country of fewer names counts together with all others as small. Chosen."""
_WORDS_AT_ONCE = 1 << 14


class NameCollisions(NamedTuple):
    """`pairs` of contacts with one full name; `kinship`: how many times more often strangers agree on both
    names than the product of the shares lets expect, because names go together within a country."""

    pairs: float
    kinship: float


def name_collisions(features: Features) -> NameCollisions:
    """Those of all names of the contacts."""
    whole = full_names(features)[features.names.held.ids]
    counts = np.unique(whole[whole != 0], return_counts=True)[1].astype(np.float64)
    return NameCollisions(float((counts * (counts - 1) / 2).sum()), _kinship_of_names(features))


def _kinship_of_names(features: Features) -> float:
    """The chance that both names agree, country by country, divided by the same without regard to countries,
    among contacts whose country is known; at least 1."""
    held, names = features.names.held, features.names
    region = features.region[held.owners()]
    told = (names.first[held.ids] >= 0) & (names.last[held.ids] >= 0) & (region != 0)
    used = held.ids[told]
    codes, where, rows = np.unique(region[told], return_inverse=True, return_counts=True)
    where = np.where(rows < FEWEST_OF_A_COUNTRY, len(codes), np.arange(len(codes)))[where]
    weight = np.bincount(where, minlength=len(codes) + 1).astype(np.float64)
    pairs = weight[:, None] * weight[None, :]
    both, apart = pairs.copy(), 1.0
    for part in (names.first, names.last):
        same, agreeing = np.zeros_like(pairs), 0.0
        for shares in _by_country(part[used], where, len(codes) + 1):
            agreeing += float((shares.sum(axis=0) ** 2).sum())
            same += shares @ shares.T
        apart *= agreeing
        both *= same / np.maximum(pairs, 1.0)
    return max(float(both.sum()) * len(used) ** 2 / apart, 1.0) if apart else 1.0


def _by_country(words: Ids, country: Positions, countries: int) -> Iterator[npt.NDArray[np.float64]]:
    """[country, word]: how often each word is used there, some words at a time to save memory."""
    order = np.argsort(words, kind="stable")
    words, country = words[order], country[order]
    word = np.cumsum(np.diff(words, prepend=words[:1]) != 0)
    bounds = np.searchsorted(word, np.arange(0, word[-1] + 1 if len(word) else 0, _WORDS_AT_ONCE))
    for rows in np.split(np.arange(len(words)), bounds[1:]):
        counts = np.zeros((countries, _WORDS_AT_ONCE))
        np.add.at(counts, (country[rows], word[rows] % _WORDS_AT_ONCE), 1.0)
        yield counts
