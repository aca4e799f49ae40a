"""Training without labels, by expectation–maximization.

Pairs are a mixture of four kinds: one person's, strangers', relatives' and colleagues'. The u-probabilities
of strangers are counted on random pairs; the rest is estimated on agreement patterns of the candidate pairs,
all other pairs of the file counting as strangers'. Every share starts from a given model and moves by what is
seen: a level that is rarely seen stays near its start. What training may not learn (of a level that never
favours a match, say) are fields of the comparisons and their levels (`comparisons.types`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from dedupe.arrays.units import BIT
from dedupe.matching.comparisons.definitions import (
    BY_NAME,
    COMPARISONS,
    FAMILY_NAME,
    GIVEN_NAME,
    NAMES,
    Comparison,
)
from dedupe.matching.comparisons.types import RIVALS
from dedupe.matching.model.match_model import FEWEST_CONTACTS, TWO_PEOPLE, MatchModel, weights_of
from dedupe.matching.training.agreement_patterns import AgreementPatterns
from dedupe.matching.training.joint_shares import (
    COLLEAGUES_COLUMN,
    PERSON_COLUMN,
    RELATIVES_COLUMN,
    STRANGERS_COLUMN,
    TRUST,
    TRUST_EVENTS,
    joint_shares,
)
from dedupe.matching.training.name_collisions import NameCollisions
from dedupe.matching.training.thresholds import choose

# All of these were chosen, none was fitted.
ROUNDS = 30
"""At most."""
SETTLED = 1e-4
"""Training ends when no share among one person's contacts moves by more."""
FEWEST_MATCHES = 50
"""With fewer expected matches the start is kept as it is, and a warning given."""

TRUST_SHARE = 0.03
"""The start counts as `TRUST` pairs and this share of the pairs seen, however many: pairs that are mostly
silent can't reverse a level."""
STEADY_CONTACTS = 200
"""Rates of pairs a contact start as if so many contacts had been seen."""
_SHARED_AT_HOME = {
    comparison.name: comparison.index(comparison.shared_at_home_from)
    for comparison in COMPARISONS
    if comparison.shared_at_home_from
}
Counts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trained:
    """A model, what the report says of its training, and warnings for people."""

    model: MatchModel
    report: dict[str, Any]
    warnings: tuple[str, ...]


def train(
    start: MatchModel,
    candidates: AgreementPatterns,
    scale: float,
    chance: AgreementPatterns,
    contacts: int,
    name_collisions: NameCollisions,
) -> Trained:
    """Train a model for a file of so many contacts; the same patterns give the same model.

    `candidates` are agreement patterns of candidate pairs, each pair standing for `scale` pairs, `chance`
    those of random pairs. Where too few matches are expected the model is `start`, with a warning.
    """
    model, rounds, change = start, 0, 1.0
    matches = 0.0
    while rounds < ROUNDS and change > SETTLED:
        shares = _posterior(model, candidates, contacts)
        counts = shares * candidates.pairs[:, None] * scale
        by_chance = _posterior(model, chance, contacts) * chance.pairs[:, None]
        moved = _maximized(start, candidates, counts, chance, by_chance, contacts, name_collisions)
        change = _change(model, moved)
        model, rounds, matches = moved, rounds + 1, float(counts[:, PERSON_COLUMN].sum())
    report = {"rounds": rounds, "expected_matches": round(matches, 1), "patterns": len(candidates.pairs)}
    if matches < FEWEST_MATCHES:
        warning = f"only about {matches:.0f} matches to learn from: the weights given at the start are kept"
        return Trained(start, report, (warning,))
    return Trained(model, report, ())


def _posterior(model: MatchModel, seen: AgreementPatterns, contacts: int) -> Counts:
    """[pattern, kind]: the probability of each kind of pair: of one person, then of each rival."""
    contacts = max(contacts, FEWEST_CONTACTS)
    per_contact = (model.relatives_per_contact, model.colleagues_per_contact)
    expected = (model.matches_per_contact, (contacts - 1) / 2, *per_contact)
    bits = np.repeat(np.log2(np.array(expected))[None, :], len(seen.pairs), axis=0)
    for comparison in COMPARISONS:
        bits += _level_bits(model, comparison, contacts)[seen.levels[comparison.name]]
    for rival, rarity in seen.rarity.items():
        bits[:, 1 + RIVALS.index(rival)] -= rarity
    odds = np.exp2(bits - bits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _level_bits(model: MatchModel, comparison: Comparison, contacts: int) -> Counts:
    """[level, kind]: log2 of the shares, 0 where term frequencies take their place; the last row is
    silence."""
    bits = np.log2(model.shares[comparison.name])
    for number, level in enumerate(comparison.levels):
        if level.two_people:
            bits[number, PERSON_COLUMN] = -TWO_PEOPLE
        if level.scarce:
            bits[number, 1] -= model.abundance(contacts) / BIT
        if level.counted:
            bits[number, 1:][np.array(comparison.counts_against)] = 0.0
    return np.concatenate([bits, np.zeros((1, bits.shape[1]))])


def _maximized(
    start: MatchModel,
    seen: AgreementPatterns,
    counts: Counts,
    chance: AgreementPatterns,
    by_chance: Counts,
    contacts: int,
    name_collisions: NameCollisions,
) -> MatchModel:
    """The M step: the model whose shares and rates fit these expected pairs best, held near `start`."""
    strangers = STRANGERS_COLUMN
    all_pairs = contacts * (contacts - 1) / 2
    each_stands_for = all_pairs / max(chance.pairs.sum(), 1.0)
    shares = {}
    for comparison in COMPARISONS:
        if comparison.joint:
            shares[comparison.name] = joint_shares(
                start, seen, counts, chance, by_chance * each_stands_for, name_collisions
            )
            continue
        table = start.shares[comparison.name].copy()
        found = seen.by_level(comparison, counts[:, PERSON_COLUMN])
        table[:, PERSON_COLUMN] = _posterior_shares(
            table[:, PERSON_COLUMN], found, TRUST + TRUST_SHARE * float(found.sum())
        )
        held = np.array([level.no_more_usual for level in comparison.levels])
        table[held, PERSON_COLUMN] = np.minimum(table, start.shares[comparison.name])[held, PERSON_COLUMN]
        found = chance.by_level(comparison, by_chance[:, strangers])
        scarce = np.array([level.scarce for level in comparison.levels])
        table[:, strangers] = _scarce_shares(table[:, strangers], found, float(found.sum()))
        if scarce.any():
            shared = seen.by_level(comparison, counts[:, strangers]) * (contacts / FEWEST_CONTACTS)
            rate = _scarce_shares(
                start.shares[comparison.name][:, strangers], shared, float(found.sum()) * each_stands_for
            )
            table[scarce, strangers] = rate[scarce]
        _constrain(comparison, table, chance, by_chance[:, STRANGERS_COLUMN])
        shares[comparison.name] = table
    colleagues = by_chance[:, COLLEAGUES_COLUMN].sum() * each_stands_for
    return replace(
        start,
        shares=shares,
        weights={name: weights_of(BY_NAME[name], shares[name]) for name in NAMES},
        matches_per_contact=_rate(counts[:, PERSON_COLUMN].sum(), contacts, start.matches_per_contact),
        relatives_per_contact=_rate(
            counts[_shared_at_home(seen), RELATIVES_COLUMN].sum(),
            contacts * _share_seen_at_home(start, chance),
            start.relatives_per_contact,
        ),
        colleagues_per_contact=_rate(colleagues, contacts, start.colleagues_per_contact),
    )


def _constrain(comparison: Comparison, table: Counts, chance: AgreementPatterns, by_chance: Counts) -> None:
    """Puts into shares what the comparison and its levels say of themselves, whatever was seen."""
    if comparison.rivals_alike:
        table[:, STRANGERS_COLUMN:] = table[:, [STRANGERS_COLUMN]]
    for number, level in enumerate(comparison.levels):
        row = table[number]
        if level.repeats_names:
            among_names = row[STRANGERS_COLUMN] / _share_of_names_that_agree(chance, by_chance)
            row[1:] = np.maximum(row[1:], min(among_names, row[PERSON_COLUMN]))
        for rival in level.never_favours:
            column = 1 + RIVALS.index(rival)
            row[column] = max(row[column], row[PERSON_COLUMN])


def _share_of_names_that_agree(chance: AgreementPatterns, counts: Counts) -> float:
    """The share of strangers whose given or family name agrees, of those who both tell one."""
    given, family = chance.levels["given_name"], chance.levels["family_name"]
    same = (given == GIVEN_NAME.index("same")) | (family == FAMILY_NAME.index("same"))
    told = float(counts[(given >= 0) | (family >= 0)].sum())
    return (float(counts[same].sum()) + 1.0) / (told + 1.0)


def _posterior_shares(share: Counts, found: Counts, trust: float) -> Counts:
    return np.asarray((found + trust * share) / (found.sum() + trust))


def _scarce_shares(share: Counts, found: Counts, pairs: float) -> Counts:
    """Shares too small for pseudo-counts: the start weighs as `TRUST_EVENTS` pairs at each level."""
    return np.asarray((found + TRUST_EVENTS) / (pairs + TRUST_EVENTS / share))


def _shared_at_home(seen: AgreementPatterns) -> npt.NDArray[np.bool_]:
    """Which patterns are of pairs that share a mailbox, a line or a home."""
    shared = np.zeros(len(seen.pairs), dtype=bool)
    for name, level in _SHARED_AT_HOME.items():
        shared |= seen.levels[name] >= level
    return shared


def _share_seen_at_home(model: MatchModel, chance: AgreementPatterns) -> float:
    """The share of relatives' pairs that would be seen to share a mailbox, a line or a home, given how often
    two contacts both have one: the number of all relatives follows from those seen (decision 44)."""
    apart = 1.0
    pairs = max(chance.pairs.sum(), 1.0)
    for name, level in _SHARED_AT_HOME.items():
        told = chance.pairs[chance.levels[name] >= 0].sum() / pairs
        apart *= 1.0 - told * model.shares[name][level:, RELATIVES_COLUMN].sum()
    return float(1.0 - apart)


def _rate(found: float, contacts: float, start: float) -> float:
    """Expected pairs a contact; the start counts as `STEADY_CONTACTS`, and bounds the rate: an eighth to five
    times as high."""
    rate = (found + STEADY_CONTACTS * start) / (contacts + STEADY_CONTACTS)
    return float(min(max(rate, start / 8), start * 5))


def _change(model: MatchModel, moved: MatchModel) -> float:
    return max(
        float(np.abs(model.shares[name] - moved.shares[name])[:, PERSON_COLUMN].max()) for name in NAMES
    )


def with_chosen_thresholds(
    learned: Trained,
    weights: npt.NDArray[np.int32],
    scale: float,
    max_wrong: float,
    review_capacity: int | None,
) -> Trained:
    """With thresholds for the error budget (`max_wrong`: the share of links that may be wrong), chosen by the
    weights of candidate pairs, each standing for `scale`; as it is where nothing was learned."""
    if learned.warnings or not len(weights):
        return learned
    chosen = choose(weights, scale, max_wrong, review_capacity)
    report = {**learned.report, "estimated_wrong_links": chosen.wrong, "estimated_missed": chosen.missed}
    return Trained(learned.model.with_thresholds(chosen.link, chosen.review), report, ())
