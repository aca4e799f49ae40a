"""Learning weights without labels.

Pairs are a mixture of four kinds: one person's, strangers', relatives' and colleagues'. What strangers share
by chance is counted on random pairs; the rest is found by expectation–maximization on agreement patterns
of the candidate pairs, all other pairs of the file counting as strangers. Every share starts from a given
model and moves by what is seen: a level that is rarely seen stays near its start, so that none goes wild.
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
    EMAIL,
    FAMILY_NAME,
    FULL_NAME,
    GIVEN_NAME,
    GIVEN_NAMES_KNOWN,
    NAMES,
    PHONE,
    SOURCE,
    Comparison,
)
from dedupe.matching.model.match_model import (
    COLLEAGUES,
    FEWEST_CONTACTS,
    RIVALS,
    STRANGERS,
    MatchModel,
    counts_against,
    weights_of,
)
from dedupe.matching.training.agreement_patterns import AgreementPatterns
from dedupe.matching.training.name_collisions import NameCollisions
from dedupe.matching.training.thresholds import choose

ROUNDS = 30
SETTLED = 1e-4
FEWEST_MATCHES = 50
"""With fewer expected matches the start is kept as it is, and a warning given."""

TRUST = 50.0
"""The start counts as so many pairs of one person, a fact."""
TRUST_SHARE = 0.03
"""… and as this share of the pairs seen, however many: silent contacts can't turn a level around."""
TRUST_EVENTS = 5.0
"""Among strangers the start counts as so many sightings of each level."""
TRUST_TOGETHER = 3.0
"""What both names say together is held near the start: so many times the pairs expected."""

TURNED = 0.04
"""The share of full names that agree but for their order, before any is seen."""

STEADY_CONTACTS = 200
PEOPLE, RELATIVES = 0, 1 + RIVALS.index("relatives")
_SHARED_AT_HOME = {
    name: BY_NAME[name].index(level)
    for name, level in (("email", "near"), ("phone", "subscriber"), ("street", "near"))
}
Counts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Trained:
    model: MatchModel
    report: dict[str, Any]
    warnings: tuple[str, ...]


def train(
    start: MatchModel,
    candidates: AgreementPatterns,
    scale: float,
    chance: AgreementPatterns,
    contacts: int,
    namesakes: NameCollisions,
) -> Trained:
    """A model for a file of so many contacts. `candidates` are patterns of candidate pairs, each standing for
    `scale` pairs; `chance` are patterns of random pairs; `namesakes` counts the pairs of contacts of one
    full name. The same patterns give the same model."""
    model, rounds, change = start, 0, 1.0
    matches = 0.0
    while rounds < ROUNDS and change > SETTLED:
        shares = _posterior(model, candidates, contacts)
        counts = shares * candidates.pairs[:, None] * scale
        by_chance = _posterior(model, chance, contacts) * chance.pairs[:, None]
        moved = _maximized(start, candidates, counts, chance, by_chance, contacts, namesakes)
        change = _change(model, moved)
        model, rounds, matches = moved, rounds + 1, float(counts[:, PEOPLE].sum())
    report = {"rounds": rounds, "expected_matches": round(matches, 1), "patterns": len(candidates.pairs)}
    if matches < FEWEST_MATCHES:
        warning = f"only about {matches:.0f} matches to learn from: the weights given at the start are kept"
        return Trained(start, report, (warning,))
    return Trained(model, report, ())


def _posterior(model: MatchModel, seen: AgreementPatterns, contacts: int) -> Counts:
    """[pattern, kind]: probability of each kind; kinds are one person, then the rivals."""
    contacts = max(contacts, FEWEST_CONTACTS)
    per_contact = (model.relatives_per_contact, model.colleagues_per_contact)
    expected = (model.matches_per_contact, (contacts - 1) / 2, *per_contact)
    bits = np.repeat(np.log2(np.array(expected))[None, :], len(seen.pairs), axis=0)
    for fact in COMPARISONS:
        bits += _level_bits(model, fact, contacts)[seen.levels[fact.name]]
    for rival, rarity in seen.rarity.items():
        bits[:, 1 + RIVALS.index(rival)] -= rarity
    odds = np.exp2(bits - bits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _level_bits(model: MatchModel, fact: Comparison, contacts: int) -> Counts:
    """[level, kind]: log2 of the shares, 0 where counts speak instead; the last row is silence."""
    bits = np.log2(model.shares[fact.name])
    for number, level in enumerate(fact.levels):
        if level.scarce:
            bits[number, 1] -= model.abundance(contacts) / BIT
        if level.counted:
            bits[number, 1:][np.array(counts_against(fact.name))] = 0.0
    return np.concatenate([bits, np.zeros((1, bits.shape[1]))])


def _maximized(
    start: MatchModel,
    seen: AgreementPatterns,
    counts: Counts,
    chance: AgreementPatterns,
    by_chance: Counts,
    contacts: int,
    namesakes: NameCollisions,
) -> MatchModel:
    strangers = 1 + RIVALS.index(STRANGERS)
    all_pairs = contacts * (contacts - 1) / 2
    each_stands_for = all_pairs / max(chance.pairs.sum(), 1.0)
    shares = {FULL_NAME.name: _together(start, seen, counts, chance, by_chance * each_stands_for, namesakes)}
    for fact in COMPARISONS:
        if fact is FULL_NAME:
            continue
        table = start.shares[fact.name].copy()
        found = _by_level(fact, seen, counts[:, PEOPLE])
        table[:, PEOPLE] = _moved(table[:, PEOPLE], found, TRUST + TRUST_SHARE * float(found.sum()))
        found = _by_level(fact, chance, by_chance[:, strangers])
        scarce = np.array([level.scarce for level in fact.levels])
        table[:, strangers] = _chances(table[:, strangers], found, float(found.sum()))
        if scarce.any():
            shared = _by_level(fact, seen, counts[:, strangers]) * (contacts / FEWEST_CONTACTS)
            rate = _chances(
                start.shares[fact.name][:, strangers], shared, float(found.sum()) * each_stands_for
            )
            table[scarce, strangers] = rate[scarce]
        if fact in (SOURCE, GIVEN_NAMES_KNOWN):  # whoever they are, contacts lie and names are as others' are
            table[:, 1:] = table[:, [strangers]]
        if fact is GIVEN_NAMES_KNOWN:  # two known names that differ never speak for one person
            both = fact.index("both")
            table[both, 1:] = np.maximum(table[both, 1:], table[both, PEOPLE])
        if fact is EMAIL:  # where names agree already, it says little that an address spells them
            spelled = fact.index("local_of_name")
            beside = table[spelled, strangers] / _names_agree(chance, by_chance[:, strangers])
            table[spelled, 1:] = np.maximum(table[spelled, 1:], min(beside, table[spelled, PEOPLE]))
        if fact in (EMAIL, PHONE):  # what many share does not tell one person from two of them
            many, kin = fact.index("shared_by_many"), slice(strangers + 1, None)
            table[many, kin] = np.maximum(table[many, kin], table[many, PEOPLE])
        shares[fact.name] = table
    colleagues = by_chance[:, 1 + RIVALS.index(COLLEAGUES)].sum() * each_stands_for
    return replace(
        start,
        shares=shares,
        weights={name: weights_of(BY_NAME[name], shares[name]) for name in NAMES},
        matches_per_contact=_rate(counts[:, PEOPLE].sum(), contacts, start.matches_per_contact),
        relatives_per_contact=_rate(
            counts[_at_home(seen), RELATIVES].sum(),
            contacts * _reach(start, chance),
            start.relatives_per_contact,
        ),
        colleagues_per_contact=_rate(colleagues, contacts, start.colleagues_per_contact),
    )


def _together(
    start: MatchModel,
    seen: AgreementPatterns,
    counts: Counts,
    chance: AgreementPatterns,
    by_chance: Counts,
    namesakes: NameCollisions,
) -> Counts:
    """How much oftener given and family name differ or are swapped together in one person's contacts, and
    agree together among strangers, than their shares let expect. Namesakes are counted in the whole file,
    because blocks leave most of them out; one of two is written in the other order as often as a person's."""
    table = start.shares[FULL_NAME.name].copy()
    differ, swapped, agree = map(FULL_NAME.index, ("both_differ", "both_swapped", "both_agree"))
    written = (seen.levels["given_name"] >= 0) & (seen.levels["family_name"] >= 0)  # not told by an address
    own = _by_level(FULL_NAME, seen, counts[:, PEOPLE] * written)
    for level, given, family in ((differ, "different", "different"), (swapped, "swapped", "swapped")):
        places = GIVEN_NAME.index(given), FAMILY_NAME.index(family)
        table[level, PEOPLE] = _ratio(
            own[level], _expected(seen, counts[:, PEOPLE], *places), table[level, PEOPLE]
        )
    same = GIVEN_NAME.index("same"), FAMILY_NAME.index("same")
    strangers = max(namesakes.pairs - own[agree] - own[swapped], 0.0)
    turned = (own[swapped] + TRUST * TURNED) / (own[swapped] + own[agree] + TRUST)
    for rival in (1, 1 + RIVALS.index(COLLEAGUES)):
        table[agree, rival] = _ratio(
            strangers, _expected(chance, by_chance[:, 1], *same) * namesakes.kinship, table[agree, rival]
        )
        table[swapped, rival] = table[agree, rival] * turned
    return np.asarray(np.minimum(table, 1.0))


def _names_agree(chance: AgreementPatterns, counts: Counts) -> float:
    """The share of strangers of whom a given or a family name agrees."""
    given, family = chance.levels["given_name"], chance.levels["family_name"]
    same = (given == GIVEN_NAME.index("same")) | (family == FAMILY_NAME.index("same"))
    told = float(counts[(given >= 0) | (family >= 0)].sum())
    return (float(counts[same].sum()) + 1.0) / (told + 1.0)


def _expected(seen: AgreementPatterns, counts: Counts, given: int, family: int) -> float:
    """How many pairs would stand at both levels, did the names not depend on each other."""
    told = (seen.levels["given_name"] >= 0) & (seen.levels["family_name"] >= 0)
    at_given = counts[told & (seen.levels["given_name"] == given)].sum()
    at_family = counts[told & (seen.levels["family_name"] == family)].sum()
    return float(at_given * at_family / max(counts[told].sum(), 1.0))


def _ratio(found: float, expected: float, start: float) -> float:
    """By 64, as the shares of this fact are; the start counts as `TRUST_EVENTS` and several times what was
    seen: of namesakes too few are told to be one person, so that what is left for strangers is too much."""
    trust = TRUST_EVENTS + TRUST_TOGETHER * expected * start * 64
    return (found + trust) / (expected + trust / (start * 64)) / 64


def _by_level(fact: Comparison, seen: AgreementPatterns, counts: Counts) -> Counts:
    """How many of the counted pairs stand at each level; silence apart."""
    level = seen.levels[fact.name].astype(np.int64)
    found = np.bincount(level + 1, weights=counts, minlength=len(fact.levels) + 1)[1:]
    return np.asarray(found, dtype=np.float64)


def _moved(share: Counts, found: Counts, trust: float) -> Counts:
    return np.asarray((found + trust * share) / (found.sum() + trust))


def _chances(share: Counts, found: Counts, pairs: float) -> Counts:
    """Shares too small for pseudo-counts: the start weighs as `TRUST_EVENTS` sightings of each level."""
    return np.asarray((found + TRUST_EVENTS) / (pairs + TRUST_EVENTS / share))


def _at_home(seen: AgreementPatterns) -> npt.NDArray[np.bool_]:
    """Patterns of pairs that share a mailbox, a line or a home."""
    shared = np.zeros(len(seen.pairs), dtype=bool)
    for name, level in _SHARED_AT_HOME.items():
        shared |= seen.levels[name] >= level
    return shared


def _reach(model: MatchModel, chance: AgreementPatterns) -> float:
    """The share of relatives' pairs that share a mailbox, a line or a home where both contacts tell it.

    Relatives who share none can't be told from strangers, so that their number follows from those who do."""
    apart = 1.0
    pairs = max(chance.pairs.sum(), 1.0)
    for name, level in _SHARED_AT_HOME.items():
        told = chance.pairs[chance.levels[name] >= 0].sum() / pairs
        apart *= 1.0 - told * model.shares[name][level:, RELATIVES].sum()
    return float(1.0 - apart)


def _rate(found: float, contacts: float, start: float) -> float:
    """Expected pairs a contact; the start counts as `STEADY_CONTACTS`, and bounds them."""
    rate = (found + STEADY_CONTACTS * start) / (contacts + STEADY_CONTACTS)
    return float(min(max(rate, start / 8), start * 5))


def _change(model: MatchModel, moved: MatchModel) -> float:
    return max(float(np.abs(model.shares[name] - moved.shares[name])[:, PEOPLE].max()) for name in NAMES)


def with_chosen_thresholds(
    learned: Trained,
    weights: npt.NDArray[np.int32],
    scale: float,
    max_wrong: float,
    review_capacity: int | None,
) -> Trained:
    """The model with thresholds for the error budget; kept as they are where nothing was learned."""
    if learned.warnings or not len(weights):
        return learned
    chosen = choose(weights, scale, max_wrong, review_capacity)
    report = {**learned.report, "estimated_wrong_links": chosen.wrong, "estimated_missed": chosen.missed}
    return Trained(learned.model.with_thresholds(chosen.link, chosen.review), report, ())
