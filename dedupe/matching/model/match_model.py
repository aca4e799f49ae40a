"""The match model: what each level weighs, held as data.

That two contacts are one person is weighed against four **rivals**, other explanations of what they share:
*strangers* (chance), *relatives* (one household: family name, home and line in common), *colleagues* (one
employer: company, switchboard and domain in common) and *namesakes* (one name and, because it was made of the
name, one mailbox). Against each rival the weights of the levels, log2 of
m-probability (the level's share among pairs of one person) over u-probability (among that rival's), add up in
whole numbers of 1/1024 bit. The match weight of the pair is the smallest of the three sums: it is linked only
if being one person explains it better than every rival does.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from dedupe.arrays.units import BIT, weight_of
from dedupe.errors import InputError
from dedupe.matching.comparisons.definitions import BY_NAME, COMPARISONS, NAMES, Comparison
from dedupe.matching.comparisons.types import NAMESAKES, RIVALS_WITH_SHARES, STRANGERS
from dedupe.matching.comparisons.types import RIVALS as RIVALS

FORMAT = "contact-dedupe match model, version 1"
KINDS_WITH_SHARES = 1 + len(RIVALS_WITH_SHARES)
"""Columns of a table of shares: one person's, strangers', relatives' and colleagues'."""
RULED_OUT = 40 * BIT
"""The weight against a rival whom a comparison's silence rules out; more than all else can weigh. Chosen."""
Weights = npt.NDArray[np.int32]
TWO_PEOPLE = 100
"""Bits against one person at a level that shows two people: more than all other evidence together. Chosen."""
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """The probability of a match by its weight: rising points, straight lines in log-odds between them."""

    weights: tuple[int, ...]
    log_odds: tuple[float, ...]  # in bits

    def probability(self, weight: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
        """That pairs of these weights are one person; beyond the outermost points as there."""
        return 1.0 / (1.0 + np.exp2(-self._bits(weight)))

    def odds(self, weight: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """The log-odds at these weights, in 1/1024 bit."""
        return np.asarray(np.rint(BIT * self._bits(weight)), dtype=np.int32)

    def _bits(self, weight: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
        ends = self.log_odds[0], self.log_odds[-1]
        return np.asarray(np.interp(weight, self.weights, self.log_odds, left=ends[0], right=ends[1]))

    def weight(self, probability: float) -> int:
        """The smallest weight with at least this probability: the first point's for 0, the largest int32 for
        1."""
        if not 0.0 < probability < 1.0:
            return self.weights[0] if probability <= 0.0 else np.iinfo(np.int32).max
        bits = math.log2(probability / (1.0 - probability))
        if bits > self.log_odds[-1]:
            return self.weights[-1] + 1
        return math.ceil(np.interp(bits, self.log_odds, self.weights))


class NameOdds(NamedTuple):
    """How the log-odds of names come out by the rest of what contacts say: `offset + slope × log-odds`, in
    bits (`training.name_odds`)."""

    offset: float
    slope: float


@dataclass(frozen=True)
class MatchModel:
    """`weights[comparison]` has a row a rival and a column a level. `shares[comparison]` is where they come
    from: a row a level, its share among pairs of one person's contacts (m-probability), of strangers,
    relatives and colleagues (u-probabilities); that of a scarce level is among strangers of a file of
    `FEWEST_CONTACTS`. `link` and `review` are thresholds, as weights; the rates are expected pairs a
    contact; `names_believed`: how far the rarity of names is taken at its word, as a share;
    `usual_name_odds`: how names came out where the weights were calibrated."""

    weights: dict[str, Weights]
    shares: dict[str, Shares]
    matches_per_contact: float
    relatives_per_contact: float
    colleagues_per_contact: float
    names_believed: float
    calibration: Calibration
    link: int
    review: int
    origin: dict[str, Any] = field(default_factory=dict)
    usual_name_odds: NameOdds | None = None

    def prior(self, contacts: int) -> tuple[int, ...]:
        """The weight against each rival of any pair in a file of so many contacts, before anything is
        compared."""
        others = max(contacts, FEWEST_CONTACTS)
        matches = self.matches_per_contact
        odds = (
            2 * matches / others,
            matches / self.relatives_per_contact,
            matches / self.colleagues_per_contact,
            1.0,  # of namesakes the mailbox tells all odds
        )
        return tuple(weight_of(each) for each in odds)

    def abundance(self, contacts: int) -> int:
        """The weight that a scarce level adds against strangers in a file of so many contacts."""
        return weight_of(max(contacts, FEWEST_CONTACTS) / FEWEST_CONTACTS)

    def with_thresholds(self, link: int, review: int) -> MatchModel:
        """With these thresholds (weights). Raises InputError where the review threshold is the higher one."""
        if review > link:
            raise InputError(f"the review threshold {review} lies above the link threshold {link}")
        return replace(self, link=link, review=review)

    def with_probabilities(self, link: float | None, review: float | None) -> MatchModel:
        """With thresholds at these probabilities; None keeps the model's own. The review threshold is lowered
        to the link threshold where it would lie above it."""
        weight = self.calibration.weight
        linked = self.link if link is None else weight(link)
        return self.with_thresholds(linked, min(self.review if review is None else weight(review), linked))

    def to_json(self) -> str:
        """The model as text that `from_json` reads; the same model gives the same text."""
        comparisons = [self._comparison(comparison) for comparison in COMPARISONS]
        content = {
            "format": FORMAT,
            "origin": self.origin,
            "unit": f"1/{BIT} bit",
            "rivals": list(RIVALS),
            "matches_per_contact": self.matches_per_contact,
            "relatives_per_contact": self.relatives_per_contact,
            "colleagues_per_contact": self.colleagues_per_contact,
            "names_believed": self.names_believed,
            "usual_name_odds": self.usual_name_odds,
            "link": self.link,
            "review": self.review,
            "calibration": {"weights": self.calibration.weights, "log_odds": self.calibration.log_odds},
            "comparisons": comparisons,
        }
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

    def _comparison(self, comparison: Comparison) -> dict[str, Any]:
        levels = [
            {
                "name": level.name,
                "sentence": level.sentence,
                "weights": self.weights[comparison.name][:, number].tolist(),
                "shares": self.shares[comparison.name][number].tolist(),
            }
            for number, level in enumerate(comparison.levels)
        ]
        return {"name": comparison.name, "about": comparison.about, "levels": levels}

    @classmethod
    def from_json(cls, text: str) -> MatchModel:
        """The model of a text of `to_json`. Raises InputError for a damaged model or one of another
        version."""
        try:
            content = json.loads(text)
            if not isinstance(content, dict) or content.get("format") != FORMAT:
                raise InputError(f"not a match model that this version reads (wanted: {FORMAT})")
            return cls._read(content)
        except json.JSONDecodeError:
            raise InputError("it is no match model, or a damaged one: it is not JSON") from None
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise InputError(f"the match model is damaged: {type(error).__name__} {error}") from None

    @classmethod
    def _read(cls, content: dict[str, Any]) -> MatchModel:
        comparisons = {one["name"]: one["levels"] for one in content["comparisons"]}
        wanted = {comparison.name: [level.name for level in comparison.levels] for comparison in COMPARISONS}
        found = {name: [level["name"] for level in levels] for name, levels in comparisons.items()}
        if wanted != found or content["rivals"] != list(RIVALS):
            raise InputError("the match model has other comparisons than this version")
        points = content["calibration"]
        model = cls(
            weights={name: _decided(BY_NAME[name], _weights(comparisons[name])) for name in NAMES},
            shares={name: _shares(comparisons[name]) for name in NAMES},
            matches_per_contact=_positive(content["matches_per_contact"]),
            relatives_per_contact=_positive(content["relatives_per_contact"]),
            colleagues_per_contact=_positive(content["colleagues_per_contact"]),
            names_believed=_positive(content.get("names_believed", BELIEVED_BEFORE)),
            calibration=_calibration(points["weights"], points["log_odds"]),
            link=int(content["link"]),
            review=int(content["review"]),
            origin=dict(content["origin"]),
            usual_name_odds=_name_odds(content.get("usual_name_odds")),
        )
        return model.with_thresholds(model.link, model.review)


BELIEVED_BEFORE = 0.6
"""How far models believe the rarity of names that were saved before they told it."""
FEWEST_CONTACTS = 1000
"""A smaller file counts as one of so many contacts: that it is small makes no pair of it likelier. Chosen."""


def _calibration(weights: list[int], log_odds: list[float]) -> Calibration:
    """Raises InputError unless the weights rise and the log-odds never fall."""
    whole, odds = [int(weight) for weight in weights], [float(number) for number in log_odds]
    rises = all(one < next_one for one, next_one in pairwise(whole))
    if len(whole) != len(odds) or not whole or not rises or not all(map(math.isfinite, odds)):
        raise InputError("the match model is damaged: its calibration is no curve")
    if any(one > next_one for one, next_one in pairwise(odds)):
        raise InputError("the match model is damaged: its calibration falls")
    return Calibration(tuple(whole), tuple(odds))


def _weights(levels: list[dict[str, Any]]) -> Weights:
    table = np.array([level["weights"] for level in levels], dtype=np.int32).T
    if table.shape != (len(RIVALS), len(levels)):
        raise InputError("the match model is damaged: a level lacks a weight")
    return table


def _shares(levels: list[dict[str, Any]]) -> Shares:
    table = np.array([level["shares"] for level in levels], dtype=np.float64)
    if table.shape != (len(levels), KINDS_WITH_SHARES) or not ((table > 0) & (table <= 1)).all():
        raise InputError("the match model is damaged: a level lacks a share")
    return table


def _name_odds(told: list[float] | None) -> NameOdds | None:
    if told is None:
        return None
    offset, slope = map(float, told)
    if not (math.isfinite(offset) and math.isfinite(slope)):
        raise InputError("the match model is damaged: the odds of names are no numbers")
    return NameOdds(offset, slope)


def _positive(number: float) -> float:
    if not 0 < number < math.inf:
        raise InputError("the match model is damaged: a rate is not positive")
    return float(number)


def weights_of(comparison: Comparison, shares: Shares) -> Weights:
    """[rival, level]: log2 of the shares' ratio. At a counted level the rival's share is left out, because
    the value's term frequency takes its place (`scoring.rarity`)."""
    against = comparison.counts_against
    table = np.zeros((len(RIVALS), len(comparison.levels)), dtype=np.int32)
    rivals = shares_of_rivals(comparison, shares)
    for number, level in enumerate(comparison.levels):
        for rival in range(len(RIVALS)):
            by_count = level.counted and against[rival]
            table[rival, number] = weight_of(shares[number, 0] / (1.0 if by_count else rivals[number, rival]))
    return _decided(comparison, table)


def _decided(comparison: Comparison, table: Weights) -> Weights:
    """The weights with those of levels that show two people, which no model has learned."""
    table[:, np.array([level.two_people for level in comparison.levels])] = -TWO_PEOPLE * BIT
    return table


def shares_of_rivals(comparison: Comparison, shares: Shares) -> Shares:
    """[level, rival]: the share of each level among each rival's pairs, one person's where the comparison
    says nothing about the rival. Namesakes are strangers in all but the name and the mailbox."""
    found = shares[:, [1 + RIVALS.index(STRANGERS if rival == NAMESAKES else rival) for rival in RIVALS]]
    for column, rival in enumerate(RIVALS):
        if rival in comparison.silent_against or comparison.odds_against not in ("", rival):
            found[:, column] = shares[:, 0]
        for number, level in enumerate(comparison.levels):
            if rival in level.never_favours:
                found[number, column] = max(found[number, column], shares[number, 0])
    return found


def weights_of_silence(comparison: Comparison) -> npt.NDArray[np.int32]:
    """[rival]: what it weighs that one of the two says nothing."""
    ruled_out = [RULED_OUT if rival == comparison.odds_against else 0 for rival in RIVALS]
    return np.array(ruled_out, dtype=np.int32)
