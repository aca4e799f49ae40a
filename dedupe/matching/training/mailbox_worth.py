"""What one mailbox is worth: the share of those who hold it under one name that are one person.

Addresses that were generated, guessed or enriched from names (`given.family@company`) are held by every
namesake. A file shows it: of the pairs of contacts with one name and one mailbox, ever more contradict each
other in all that they tell besides. The share is estimated for each class of mailboxes as that of a mixture
of one person's pairs and of namesakes', who agree on nothing but by chance.

One person's contacts contradict each other, too, and all at once where they were written years apart; how
often, no file tells by itself. So more of it is taken to be one person's than files with the truth show
(`_DIFFER`), and a mailbox loses worth only by what is beyond that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.matching.comparisons.definitions import BY_NAME, FAMILY_NAME, GIVEN_NAME, MAILBOX
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.training.agreement_patterns import AgreementPatterns

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

ROUNDS = 200
"""Of a search that ends where nothing moves (chosen)."""
TRUST = 20.0
"""The start counts as so many pairs of each class. Chosen."""
USUALLY_MISSPELLED = 0.05
"""The share of one person's given names that differ, are alike or are a slip apart in ordinary files.
Chosen."""
FACTS = 2
"""So much a pair must tell besides name and mailbox to say something of a mailbox that isn't made of the name
(chosen). Nobody guesses such an address; and where one thing alone is told, such as a phone, people who have
two of it can't be told from two people."""
SELDOM = 0.5
"""What more strangers than this share, such as the one town of a file, tells nobody apart. Chosen."""
LATER = 0.25
"""The share of one person's pairs that were written at different times of their life. Chosen."""


@dataclass(frozen=True)
class _Told:
    """Something that a contact tells besides name and mailbox: comparisons and the levels from which they
    agree, and how often one person's contacts differ, at one time of life and at different ones. Chosen, all
    above what files with the truth show."""

    agree_from: dict[str, str]
    differ: tuple[float, float]


_TOLD = (
    _Told({"phone": "digit"}, (0.3, 0.8)),
    _Told({"street": "alike", "town": "near"}, (0.15, 0.8)),
    _Told({"birth": "year"}, (0.1, 0.1)),
    _Told({"company": "alike"}, (0.15, 0.8)),
    _Told({"middle_name": "initial"}, (0.1, 0.1)),
    _Told({"identifier": "near"}, (0.1, 0.1)),
)
_MADE_OF_THE_NAME = {at for at, level in enumerate(MAILBOX.levels) if "_named" in level.name}


def mailbox_worth(start: MatchModel, current: MatchModel, candidates: AgreementPatterns) -> Numbers:
    """The shares of `MAILBOX` that these candidate pairs show, held near those of `start`. `current` says how
    often strangers agree, and how often one person's given names are misspelled."""
    shares = start.shares[MAILBOX.name].copy()
    one_name = _one_name(candidates)
    person, namesakes, facts = _likelihoods(candidates, current)
    for level in range(len(MAILBOX.levels)):
        telling = facts >= (1 if level in _MADE_OF_THE_NAME else FACTS)
        rows = one_name & telling & (candidates.levels[MAILBOX.name] == level)
        share = _share(person[rows], namesakes[rows], candidates.pairs[rows], shares[level, 0])
        shares[level] = [share, 1.0 - share, 1.0 - share, 1.0 - share]
    return shares


def _misspelled(model: MatchModel) -> float:
    """The share of one person's given names that are misspelled, beyond what is usual: columns of a file are
    kept with one and the same care."""
    levels = [GIVEN_NAME.index(level) for level in ("different", "alike", "slip")]
    return max(float(model.shares[GIVEN_NAME.name][levels, 0].sum()) - USUALLY_MISSPELLED, 0.0)


def _one_name(seen: AgreementPatterns) -> Flags:
    given, family = seen.levels[GIVEN_NAME.name], seen.levels[FAMILY_NAME.name]
    return np.asarray((given != GIVEN_NAME.index("different")) & (family != FAMILY_NAME.index("different")))


def _likelihoods(seen: AgreementPatterns, model: MatchModel) -> tuple[Numbers, Numbers, Numbers]:
    """By pattern: of what is told besides name and mailbox, if the pair is one person, and if it is two; and
    how many facts that is which strangers seldom share."""
    by_time = np.ones((2, len(seen.pairs)))
    namesakes, facts = np.ones(len(seen.pairs)), np.zeros(len(seen.pairs))
    spelled = 1.0 - _misspelled(model)
    for told in _TOLD:
        stated, agrees, chance = _agreement(seen, model, told)
        for time, usual in enumerate(told.differ):
            differ = 1.0 - (1.0 - usual) * spelled
            by_time[time] *= np.where(stated, np.where(agrees, 1.0 - differ, differ), 1.0)
        namesakes *= np.where(stated, np.where(agrees, chance, 1.0 - chance), 1.0)
        facts += stated & (chance < SELDOM)
    return (1.0 - LATER) * by_time[0] + LATER * by_time[1], namesakes, facts


def _agreement(seen: AgreementPatterns, model: MatchModel, told: _Told) -> tuple[Flags, Flags, float]:
    """Where both tell it, where they agree, and how often strangers do."""
    stated, agrees = np.zeros(len(seen.pairs), dtype=bool), np.zeros(len(seen.pairs), dtype=bool)
    chance = 0.0
    for name, level in told.agree_from.items():
        least = BY_NAME[name].index(level)
        stated |= seen.levels[name] >= 0
        agrees |= seen.levels[name] >= least
        chance += float(model.shares[name][least:, 1].sum())
    return stated, agrees, chance


def _share(person: Numbers, namesakes: Numbers, pairs: Numbers, start: float) -> float:
    """The share of one person's pairs with the highest posterior; the start counts as `TRUST` pairs."""
    share = start
    for _ in range(ROUNDS):
        own = share * person / (share * person + (1.0 - share) * namesakes)
        found = (float((own * pairs).sum()) + TRUST * start) / (float(pairs.sum()) + TRUST)
        if abs(found - share) < 1e-6:
            break
        share = found
    return share
