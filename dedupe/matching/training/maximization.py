"""The M step of training: the shares and rates that fit the expected pairs of each kind best.

Every share is held near that of the model that training starts with. What is learned of whom: of one person
all levels; of strangers all levels, on random pairs; of relatives and colleagues how often they use one
mailbox, line or identifier, of colleagues also how often company and place agree (their names are what tells
them from one person, and stay as they are); of namesakes what a mailbox is worth (`mailbox_worth`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dedupe.matching.comparisons.definitions import (
    BY_NAME,
    COMPARISONS,
    FAMILY_NAME,
    FULL_NAME,
    GIVEN_NAME,
    NAMES,
    Comparison,
)
from dedupe.matching.comparisons.types import RIVALS, RIVALS_WITH_SHARES
from dedupe.matching.model.match_model import FEWEST_CONTACTS, MatchModel, weights_of
from dedupe.matching.training.agreement_patterns import AgreementPatterns
from dedupe.matching.training.joint_shares import (
    COLLEAGUES_COLUMN,
    PERSON_COLUMN,
    RELATIVES_COLUMN,
    STRANGERS_COLUMN,
    TRUST,
    TRUST_EVENTS,
    joint_shares,
    within_most,
)
from dedupe.matching.training.mailbox_worth import mailbox_worth
from dedupe.matching.training.name_collisions import NameCollisions
from dedupe.matching.training.one_name_at_home import with_two_people_of_one_name

# All of these were chosen, none was fitted.
TRUST_SHARE = 0.03
"""The start counts as `TRUST` pairs and this share of the pairs seen, however many: pairs that are mostly
silent can't reverse a level."""
STEADY_CONTACTS = 200
"""Rates of pairs a contact start as if so many contacts had been seen."""
MOST_SHARED = 0.9
"""The greatest share of a rival's pairs that use one value: the rest differ."""
MOST_AGREEING = 0.99
"""The greatest share of a rival's pairs that agree on a place or a company: the rest differ."""
_SHARED_AT_HOME = {
    comparison.name: comparison.index(comparison.shared_at_home_from)
    for comparison in COMPARISONS
    if comparison.shared_at_home_from
}
Counts = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class ExpectedPairs:
    """Candidate pairs and random pairs of a file of so many contacts, by pattern, with the expected pairs of
    each kind ([pattern, kind]): of the whole file in `counts`, of the random pairs themselves in
    `by_chance`."""

    candidates: AgreementPatterns
    counts: Counts
    chance: AgreementPatterns
    by_chance: Counts
    contacts: int
    name_collisions: NameCollisions

    @property
    def each_stands_for(self) -> float:
        """So many pairs of the file does a random pair stand for."""
        all_pairs = self.contacts * (self.contacts - 1) / 2
        return float(all_pairs / max(self.chance.pairs.sum(), 1.0))

    def told(self, comparison: Comparison) -> float:
        """The share of all pairs of which both sides say something."""
        told = self.chance.pairs[self.chance.levels[comparison.name] >= 0].sum()
        return float(told / max(self.chance.pairs.sum(), 1.0))

    def at_level(self, comparison: Comparison, column: int) -> Counts:
        return self.candidates.by_level(comparison, self.counts[:, column])


def maximized(start: MatchModel, current: MatchModel, expected: ExpectedPairs) -> MatchModel:
    """The model whose shares and rates fit these expected pairs best, held near `start`; `current` is the
    model that they were expected by."""
    shares = {comparison.name: _shares(comparison, start, current, expected) for comparison in COMPARISONS}
    shares[FULL_NAME.name] = within_most(shares)
    contacts, counts = expected.contacts, expected.counts
    by_chance = expected.by_chance[:, COLLEAGUES_COLUMN].sum() * expected.each_stands_for
    colleagues = max(by_chance, counts[:, COLLEAGUES_COLUMN].sum())
    at_home = counts[_shared_at_home(expected.candidates), RELATIVES_COLUMN].sum()
    seen_at_home = contacts * _share_seen_at_home(start, expected)
    return replace(
        start,
        shares=shares,
        weights={name: weights_of(BY_NAME[name], shares[name]) for name in NAMES},
        matches_per_contact=_rate(counts[:, PERSON_COLUMN].sum(), contacts, start.matches_per_contact),
        relatives_per_contact=_rate(at_home, seen_at_home, start.relatives_per_contact),
        colleagues_per_contact=_rate(colleagues, contacts, start.colleagues_per_contact),
    )


def _shares(
    comparison: Comparison, start: MatchModel, current: MatchModel, expected: ExpectedPairs
) -> Counts:
    if comparison.joint:
        by_chance = expected.by_chance * expected.each_stands_for
        candidates, counts = expected.candidates, expected.counts
        return joint_shares(start, candidates, counts, expected.chance, by_chance, expected.name_collisions)
    if comparison.odds_against:
        return mailbox_worth(start, current, expected.candidates)
    table = start.shares[comparison.name].copy()
    table[:, PERSON_COLUMN] = _one_persons(comparison, table[:, PERSON_COLUMN], expected)
    table[:, STRANGERS_COLUMN] = _strangers(comparison, table[:, STRANGERS_COLUMN], expected)
    rates = {
        RELATIVES_COLUMN: current.relatives_per_contact,
        COLLEAGUES_COLUMN: current.colleagues_per_contact,
    }
    for column, per_contact in rates.items():
        table[:, column] = _of_a_group(comparison, table[:, column], expected, column, per_contact)
        if RIVALS[column - 1] in comparison.shared_by:
            table[:, column] = _of_a_place(comparison, table[:, column], expected, column, per_contact)
    _constrain(comparison, table, expected)
    return with_two_people_of_one_name(comparison.name, table, expected.candidates, current)


def _of_a_place(
    comparison: Comparison, shares: Counts, expected: ExpectedPairs, column: int, per_contact: float
) -> Counts:
    """A rival's shares with those of agreeing levels raised to what is seen in candidate pairs, which are not
    all of its pairs: files differ in what a group shares (a firm's address in the rows of all its people)."""
    pairs = per_contact * expected.contacts * expected.told(comparison)
    seen = _scarce_shares(shares, expected.at_level(comparison, column), pairs)
    kept = _scarce(comparison)
    found = np.where(kept, shares, np.maximum(seen, shares))
    room = MOST_AGREEING - float(shares[1:][kept[1:]].sum())
    found[1:][~kept[1:]] = _within(room, found[1:][~kept[1:]], seen[1:][~kept[1:]])
    found[0] = 1.0 - found[1:].sum()
    return found


def _within(room: float, shares: Counts, seen: Counts) -> Counts:
    """Shares that sum up to `room` at most: what is more than is seen goes first."""
    over = max(float(shares.sum()) - room, 0.0)
    unseen = np.maximum(shares - seen, 0.0)
    shares = shares - unseen * min(1.0, over / max(float(unseen.sum()), over, 1e-300))
    return np.asarray(shares * min(1.0, room / float(shares.sum())))


def _one_persons(comparison: Comparison, start: Counts, expected: ExpectedPairs) -> Counts:
    found = expected.at_level(comparison, PERSON_COLUMN)
    trust = TRUST + TRUST_SHARE * float(found.sum())
    learned = np.asarray((found + trust * start) / (found.sum() + trust))
    held = np.array([level.no_more_usual for level in comparison.levels])
    most = np.array([level.at_most for level in comparison.levels])
    return _bounded(learned, np.where(held, start, most))


def _bounded(shares: Counts, most: Counts) -> Counts:
    """Shares of which none is above what its level may have; what is above goes to the other levels."""
    over = shares > most
    rest = shares[~over].sum()
    return np.where(over, most, shares * (1.0 - most[over].sum()) / rest) if over.any() else shares


def _strangers(comparison: Comparison, start: Counts, expected: ExpectedPairs) -> Counts:
    """On random pairs; of scarce levels on candidate pairs, because random pairs hardly ever show one."""
    found = expected.chance.by_level(comparison, expected.by_chance[:, STRANGERS_COLUMN])
    pairs = float(found.sum())
    shares = _scarce_shares(start, found, pairs)
    held = expected.at_level(comparison, STRANGERS_COLUMN) * (expected.contacts / FEWEST_CONTACTS)
    rate = _scarce_shares(start, held, pairs * expected.each_stands_for)
    return np.where(_scarce(comparison), np.minimum(rate, 1.0), shares)


def _of_a_group(
    comparison: Comparison, start: Counts, expected: ExpectedPairs, column: int, per_contact: float
) -> Counts:
    """A rival's shares, of which those of scarce levels are learned: who shares a value stands in one block,
    so that nearly all such pairs of the rival's, so many a contact, are candidate pairs."""
    scarce = _scarce(comparison)
    if not scarce.any():
        return start
    pairs = per_contact * expected.contacts * expected.told(comparison)
    learned = _scarce_shares(start, expected.at_level(comparison, column), pairs) * scarce
    learned *= min(1.0, MOST_SHARED / float(learned.sum()))
    rest = np.where(scarce, 0.0, start)
    return np.asarray(learned + rest * (1.0 - learned.sum()) / rest.sum())


def _scarce(comparison: Comparison) -> Flags:
    return np.array([level.scarce for level in comparison.levels])


def _scarce_shares(start: Counts, found: Counts, pairs: float) -> Counts:
    """Shares too small for pseudo-counts: the start weighs as `TRUST_EVENTS` pairs at each level."""
    return np.asarray((found + TRUST_EVENTS) / (pairs + TRUST_EVENTS / start))


def _constrain(comparison: Comparison, table: Counts, expected: ExpectedPairs) -> None:
    """Puts into shares what the comparison and its levels say of themselves, whatever was seen."""
    if comparison.rivals_alike:
        table[:, STRANGERS_COLUMN:] = table[:, [STRANGERS_COLUMN]]
    learned = table.copy()
    for number, level in enumerate(comparison.levels):
        row = table[number]
        if level.pooled:
            together = learned[[comparison.index(each) for each in level.pooled]].sum(axis=0)
            row[1:] = row[PERSON_COLUMN] * together[1:] / together[PERSON_COLUMN]
        if level.groups_as:
            together = learned[[comparison.index(each) for each in level.groups_as]].sum(axis=0)
            for column in (RELATIVES_COLUMN, COLLEAGUES_COLUMN):
                row[column] = row[PERSON_COLUMN] * together[column] / together[PERSON_COLUMN]
        if level.repeats_names:
            among_names = row[STRANGERS_COLUMN] / _share_of_names_that_agree(expected)
            row[1:] = np.maximum(row[1:], min(among_names, row[PERSON_COLUMN]))
        for rival in set(level.never_favours) & set(RIVALS_WITH_SHARES):
            column = 1 + RIVALS.index(rival)
            row[column] = max(row[column], row[PERSON_COLUMN])


def _share_of_names_that_agree(expected: ExpectedPairs) -> float:
    """The share of strangers whose given or family name agrees, of those who both tell one."""
    chance, counts = expected.chance, expected.by_chance[:, STRANGERS_COLUMN]
    given, family = chance.levels["given_name"], chance.levels["family_name"]
    same = (given == GIVEN_NAME.index("same")) | (family == FAMILY_NAME.index("same"))
    told = float(counts[(given >= 0) | (family >= 0)].sum())
    return (float(counts[same].sum()) + 1.0) / (told + 1.0)


def _shared_at_home(seen: AgreementPatterns) -> Flags:
    """Which patterns are of pairs that share a mailbox, a line or a home."""
    shared = np.zeros(len(seen.pairs), dtype=bool)
    for name, level in _SHARED_AT_HOME.items():
        shared |= seen.levels[name] >= level
    return shared


def _share_seen_at_home(model: MatchModel, expected: ExpectedPairs) -> float:
    """The share of relatives' pairs that would be seen to share a mailbox, a line or a home, given how often
    two contacts both have one: the number of all relatives follows from those seen (decision 44)."""
    apart = 1.0
    for name, level in _SHARED_AT_HOME.items():
        apart *= 1.0 - expected.told(BY_NAME[name]) * model.shares[name][level:, RELATIVES_COLUMN].sum()
    return float(1.0 - apart)


def _rate(found: float, contacts: float, start: float) -> float:
    """Expected pairs a contact; the start counts as `STEADY_CONTACTS`, and bounds the rate: an eighth to five
    times as high."""
    rate = (found + STEADY_CONTACTS * start) / (contacts + STEADY_CONTACTS)
    return float(min(max(rate, start / 8), start * 5))
