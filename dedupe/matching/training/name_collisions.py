"""How often two contacts have one full name, counted in the whole file: what training must know of
strangers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    _, where, rows = np.unique(region[told], return_inverse=True, return_counts=True)
    once = np.ones(len(used))
    return kinship(rows, [WordsUsed(part[used], where, once) for part in (names.first, names.last)])


class WordsUsed(NamedTuple):
    """How often words (any number each) are used in countries (places in a list)."""

    word: Ids | Positions
    country: Positions
    times: npt.NDArray[np.float64]


def kinship(names: Positions, parts: Sequence[WordsUsed]) -> float:
    """The chance that both names agree by the words used for each part of a name; `names`: the number of
    names of each country."""
    count = len(names)
    pooled = np.where(names < FEWEST_OF_A_COUNTRY, count, np.arange(count))
    weight = np.bincount(pooled, weights=names, minlength=count + 1).astype(np.float64)
    pairs = weight[:, None] * weight[None, :]
    both, apart = pairs.copy(), 1.0
    for words in parts:
        same, agreeing = np.zeros_like(pairs), 0.0
        for shares in _by_country(words._replace(country=pooled[words.country]), count + 1):
            agreeing += float((shares.sum(axis=0) ** 2).sum())
            same += shares @ shares.T
        apart *= agreeing
        both *= same / np.maximum(pairs, 1.0)
    return max(float(both.sum()) * int(names.sum()) ** 2 / apart, 1.0) if apart else 1.0


def _by_country(used: WordsUsed, countries: int) -> Iterator[npt.NDArray[np.float64]]:
    """[country, word]: how often each word is used there, some words at a time to save memory."""
    order = np.argsort(used.word, kind="stable")
    words, country, times = used.word[order], used.country[order], used.times[order]
    word = np.cumsum(np.diff(words, prepend=words[:1]) != 0)
    bounds = np.searchsorted(word, np.arange(0, word[-1] + 1 if len(word) else 0, _WORDS_AT_ONCE))
    for rows in np.split(np.arange(len(words)), bounds[1:]):
        counts = np.zeros((countries, _WORDS_AT_ONCE))
        np.add.at(counts, (country[rows], word[rows] % _WORDS_AT_ONCE), times[rows])
        yield counts
