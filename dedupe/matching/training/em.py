"""Training without labels, by expectation–maximization.

Pairs are a mixture of four kinds: one person's, strangers', relatives' and colleagues'. The u-probabilities
of strangers are counted on random pairs; the rest is estimated on agreement patterns of the candidate pairs,
all other pairs of the file counting as strangers'. Every share starts from a given model and moves by what is
seen: a level that is rarely seen stays near its start. What training may not learn (of a level that never
favours a match, say) are fields of the comparisons and their levels (`comparisons.types`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dedupe.arrays.units import BIT
from dedupe.matching.comparisons.definitions import (
    COMPARISONS,
    FAMILY_NAME,
    GIVEN_NAME,
    NAMES,
    Comparison,
)
from dedupe.matching.comparisons.types import RIVALS
from dedupe.matching.model.match_model import (
    FEWEST_CONTACTS,
    TWO_PEOPLE,
    MatchModel,
    shares_of_rivals,
    weights_of_silence,
)
from dedupe.matching.training.agreement_patterns import AgreementPatterns
from dedupe.matching.training.joint_shares import PERSON_COLUMN
from dedupe.matching.training.maximization import ExpectedPairs, maximized
from dedupe.matching.training.name_collisions import NameCollisions
from dedupe.matching.training.thresholds import choose

# All of these were chosen, none was fitted.
ROUNDS = 30
"""At most."""
SETTLED = 1e-4
"""Training ends when no share among one person's contacts moves by more."""
FEWEST_MATCHES = 50
"""With fewer expected matches the start is kept as it is, and a warning given."""

Counts = npt.NDArray[np.float64]
NEARLY_AT_MOST = 0.99
"""Of the greatest share that training may find of names that differ: what comes so near was held there."""
GROUPS_TAKEN_FOR_PEOPLE = (
    "many contacts that were taken for one person's bear different names: groups (a firm, a household) share "
    "so much that they pass for people; the weights given at the start are kept"
)


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
        seen = ExpectedPairs(candidates, counts, chance, by_chance, contacts, name_collisions)
        moved = maximized(start, model, seen)
        change = _change(model, moved)
        model, rounds, matches = moved, rounds + 1, float(counts[:, PERSON_COLUMN].sum())
    report = {"rounds": rounds, "expected_matches": round(matches, 1), "patterns": len(candidates.pairs)}
    if matches < FEWEST_MATCHES:
        warning = f"only about {matches:.0f} matches to learn from: the weights given at the start are kept"
        return Trained(start, report, (warning,))
    if _names_differ_too_often(model):
        return Trained(start, report, (GROUPS_TAKEN_FOR_PEOPLE,))
    return Trained(model, report, ())


def _names_differ_too_often(model: MatchModel) -> bool:
    """Whether given or family names of one person's contacts differ as often as training may find at most."""
    return any(
        model.shares[comparison.name][place, PERSON_COLUMN]
        > NEARLY_AT_MOST * comparison.levels[place].at_most
        for comparison in (GIVEN_NAME, FAMILY_NAME)
        for place in [comparison.index("different")]
    )


def _posterior(model: MatchModel, seen: AgreementPatterns, contacts: int) -> Counts:
    """[pattern, kind]: the probability of each kind of pair: of one person, then of each rival."""
    contacts = max(contacts, FEWEST_CONTACTS)
    matches, others = model.matches_per_contact, (contacts - 1) / 2
    expected = (matches, others, model.relatives_per_contact, model.colleagues_per_contact, matches)
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
    shares = model.shares[comparison.name]
    bits = np.log2(np.column_stack([shares[:, PERSON_COLUMN], shares_of_rivals(comparison, shares)]))
    for number, level in enumerate(comparison.levels):
        if level.two_people:
            bits[number, PERSON_COLUMN] = -TWO_PEOPLE
        if level.scarce:
            bits[number, 1:][comparison.agreeing_by_chance] -= model.abundance(contacts) / BIT
        if level.counted:
            bits[number, 1:][np.array(comparison.counts_against)] = 0.0
    silence = np.concatenate([[0.0], -weights_of_silence(comparison) / BIT])
    return np.vstack([bits, silence])


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
