"""Match weights from levels: whole numbers, so that they add up the same in any order and on any engine."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe import schemas
from dedupe.arrays.numpy_columns import integers, pairs_of, table
from dedupe.arrays.units import BIT, weight_of
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.definitions import (
    BY_NAME,
    COMPARISONS,
    NAMES,
    Comparison,
)
from dedupe.matching.comparisons.result import ComparisonResults, counted_rows
from dedupe.matching.features.build import Features
from dedupe.matching.model.match_model import RIVALS, MatchModel, weights_of_silence
from dedupe.matching.name_rarity import ONE_PERSONS
from dedupe.matching.term_frequencies import TermFrequencies

Sums = npt.NDArray[np.int32]
_EACH = tuple((comparison,) for comparison in COMPARISONS)

SCORED = schemas.scored(list(NAMES))

DISCOUNT = 0.5
"""Of the Pitman–Yor process: between 0 (few rare values) and 1 (hardly any value twice). Chosen (decision
45)."""


def score(
    features: Features, term_frequencies: TermFrequencies, model: MatchModel, pairs: pa.Table
) -> pa.Table:
    """Pairs (columns `left`, `right`: contact numbers) scored: a table of `SCORED`, row for row."""
    left, right = pairs_of(pairs)
    results = compare(features, term_frequencies, left, right)
    total = weight(results, model, term_frequencies.contacts)
    levels = [results[name].level for name in NAMES]
    return table(SCORED, left, right, *levels, total)


def weight(results: ComparisonResults, model: MatchModel, contacts: int) -> Sums:
    """The match weight of each pair: the smallest of its sums against the rivals, kept below the review
    threshold where nothing says who they are."""
    return total_of(against_rivals(results, model, contacts), results, model)


def total_of(sums: Sums, results: ComparisonResults, model: MatchModel) -> Sums:
    """The match weight of each pair by its sums against the rivals (`against_rivals`)."""
    total = sums.min(axis=0)
    held_back = np.minimum(total, model.review - 1)
    return np.asarray(np.where(_identified(results), total, held_back), dtype=np.int32)


def against_rivals(results: ComparisonResults, model: MatchModel, contacts: int) -> Sums:
    """[rival, pair]: the prior and all comparisons' weights added up."""
    size = len(results[NAMES[0]].level)
    sums = np.repeat(np.array(model.prior(contacts), dtype=np.int32)[:, None], size, axis=1)
    for comparison in COMPARISONS:
        _add_part(sums, comparison, results, model, contacts)
    return sums


def part(comparison: Comparison, results: ComparisonResults, model: MatchModel, contacts: int) -> Sums:
    """[rival, pair]: the weight of one comparison; 0 where it is silent."""
    sums = np.zeros((len(RIVALS), len(results[comparison.name].level)), dtype=np.int32)
    _add_part(sums, comparison, results, model, contacts)
    return sums


def _add_part(
    sums: Sums, comparison: Comparison, results: ComparisonResults, model: MatchModel, contacts: int
) -> None:
    table = np.column_stack([model.weights[comparison.name], weights_of_silence(comparison)])
    scarce = np.array([level.scarce for level in comparison.levels] + [False])
    table[comparison.agreeing_by_chance] += scarce * np.int32(model.abundance(contacts))
    level = results[comparison.name].level.astype(np.intp)
    for rival, weights in enumerate(table):
        sums[rival] += weights.take(level, mode="wrap")  # silence, −1, is the last
    if results[comparison.name].count is not None:
        extra = rarity(comparison, results, model)
        for rival, counting in enumerate(comparison.counts_against):
            if counting:
                sums[rival] += extra


def weigh_parts(
    features: Features,
    term_frequencies: TermFrequencies,
    model: MatchModel,
    pairs: pa.Table,
    groups: Sequence[Sequence[Comparison]] = _EACH,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """[pair, rival, group]: the weights of a group's comparisons added up, without the prior; [pair, group]:
    whether one of them is not silent."""
    results = compare(features, term_frequencies, *pairs_of(pairs))
    weights = np.zeros((len(groups), len(RIVALS), len(pairs)), dtype=np.int32)
    spoken = np.zeros((len(groups), len(pairs)), dtype=bool)
    for summed, speaks, group in zip(weights, spoken, groups, strict=True):
        for comparison in group:
            _add_part(summed, comparison, results, model, term_frequencies.contacts)
            speaks |= (results[comparison.name].level >= 0) | bool(comparison.odds_against)
    return np.ascontiguousarray(weights.transpose(2, 1, 0)), np.ascontiguousarray(spoken.T)


def rarity(comparison: Comparison, results: ComparisonResults, model: MatchModel) -> npt.NDArray[np.int32]:
    """What the term frequency of the value agreed upon adds to each pair, in 1/1024 bit; 0 at levels that are
    not counted. A limited level takes off what its value is rarer than it can be.

    The chance that a stranger holds a value that others hold too is that of a Pitman–Yor process (Pitman and
    Yor 1997), whose many rare and few common values are those of names: (holders − discount) of (all +
    concentration), the concentration following from how often two strangers agree. Of the holders some are
    the same person's: as many as people have contacts. Where rarity is not wholly believed, the chance lies
    between that and the usual one, on a scale of bits.
    """
    if any(level.limited for level in comparison.levels):
        return _over_limit(comparison, results, model)
    result = results[comparison.name]
    assert result.count is not None
    rows = counted_rows(comparison, result.level)
    level, count = result.level[rows], result.count[rows]
    usual = _share_of_strangers(comparison, model)[level]
    own = model.shares[comparison.name][level, 0] * 2 * model.matches_per_contact
    beyond = np.maximum(count - 2, 0)  # holders beside the two
    others = np.maximum(beyond * beyond / (beyond + own), count - 1 - ONE_PERSONS)
    share = (others + 1 - DISCOUNT) / (result.total + (1 - DISCOUNT) / usual)
    believed = model.names_believed if comparison.believed_as_names else 1.0
    bits = -believed * np.log2(share) - (1.0 - believed) * np.log2(usual)
    extra = np.zeros(len(result.level), dtype=np.int32)
    extra[rows] = np.rint(BIT * bits).astype(np.int32)
    return extra


def _share_of_strangers(comparison: Comparison, model: MatchModel) -> npt.NDArray[np.float64]:
    """By level: the share of strangers who agree on a value like that, whichever way it is written."""
    shares = model.shares[comparison.name][:, 1]
    return shares[[comparison.index(level.rare_as or level.name) for level in comparison.levels]]


def _over_limit(
    comparison: Comparison, results: ComparisonResults, model: MatchModel
) -> npt.NDArray[np.int32]:
    """What is taken off at limited levels: by how much the comparisons that are limited (or the level itself)
    say that the value is rarer than its greatest rarity, which is the count."""
    result = results[comparison.name]
    assert result.count is not None
    if comparison.limits:
        told = np.sum([rarity(BY_NAME[name], results, model) for name in comparison.limits], axis=0)
    else:
        shares = model.shares[comparison.name][:, 1]
        told = -np.array([weight_of(share) for share in shares])[result.level]
    limited = np.array([*(level.limited for level in comparison.levels), False])[result.level]
    return np.where(limited & (result.count > 1), np.minimum(result.count - told, 0), 0).astype(np.int32)


def _identified(results: ComparisonResults) -> npt.NDArray[np.bool_]:
    """Whether anything says who a pair is: that two live or work in one place never links them by itself."""
    identified = np.zeros(len(results[NAMES[0]].level), dtype=bool)
    for comparison in COMPARISONS:
        if comparison.identifying_from:
            least = comparison.index(comparison.identifying_from)
            identified |= results[comparison.name].level >= least
    return identified


def decide(scored: pa.Table, model: MatchModel) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which scored pairs are links, and which are candidates for review."""
    weights = integers(scored.column("weight"))
    return weights >= model.link, (weights >= model.review) & (weights < model.link)
