"""The match model: what each level weighs, held as data.

A pair is judged against several **rivals**, the other stories that would explain what two contacts share:
*strangers* (chance), *relatives* (one household: family name, home and line in common) and *colleagues* (one
employer: company, switchboard and domain in common). Against each rival the weights of the levels add up in
whole numbers of 1/1024 bit; the pair's weight is the smallest of the three sums: it is linked only if being
one person explains it better than every rival does.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from dedupe.arrays.units import BIT, weight_of
from dedupe.errors import InputError
from dedupe.matching.comparisons.definitions import COMPARISONS, NAMES, Comparison

FORMAT = "contact-dedupe match model, version 1"
STRANGERS, RELATIVES, COLLEAGUES = "strangers", "relatives", "colleagues"
RIVALS = (STRANGERS, RELATIVES, COLLEAGUES)
COUNTING_RIVALS = (True, False, True)
"""Relatives give each other's names on: against them a rare name weighs no more than a common one."""

Weights = npt.NDArray[np.int32]
Shares = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """Probability of a match by weight: rising points, straight lines in log-odds between them."""

    weights: tuple[int, ...]
    log_odds: tuple[float, ...]  # in bits

    def probability(self, weight: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
        ends = self.log_odds[0], self.log_odds[-1]
        bits = np.interp(weight, self.weights, self.log_odds, left=ends[0], right=ends[1])
        return 1.0 / (1.0 + np.exp2(-bits))

    def weight(self, probability: float) -> int:
        """The smallest weight at which a pair has at least this probability; of 1, one that no pair has."""
        if not 0.0 < probability < 1.0:
            return self.weights[0] if probability <= 0.0 else np.iinfo(np.int32).max
        bits = math.log2(probability / (1.0 - probability))
        if bits > self.log_odds[-1]:
            return self.weights[-1] + 1
        return math.ceil(np.interp(bits, self.log_odds, self.weights))


@dataclass(frozen=True)
class MatchModel:
    """`weights[fact]` has a row a rival and a column a level. `shares[fact]` is where they come from: a row a
    level, its share among pairs of one person's contacts, of strangers, relatives and colleagues; among
    strangers in a file of `FEWEST_CONTACTS` where the level is scarce."""

    weights: dict[str, Weights]
    shares: dict[str, Shares]
    matches_per_contact: float
    relatives_per_contact: float
    colleagues_per_contact: float
    calibration: Calibration
    link: int
    review: int
    origin: dict[str, Any] = field(default_factory=dict)

    def prior(self, contacts: int) -> tuple[int, ...]:
        """The weight a pair starts with against each rival, before anything is compared."""
        others = max(contacts, FEWEST_CONTACTS)
        matches = self.matches_per_contact
        odds = (
            2 * matches / others,
            matches / self.relatives_per_contact,
            matches / self.colleagues_per_contact,
        )
        return tuple(weight_of(each) for each in odds)

    def abundance(self, contacts: int) -> int:
        """What a scarce value weighs more among strangers in a file of so many contacts."""
        return weight_of(max(contacts, FEWEST_CONTACTS) / FEWEST_CONTACTS)

    def with_thresholds(self, link: int, review: int) -> MatchModel:
        if review > link:
            raise InputError(f"the review threshold {review} lies above the link threshold {link}")
        return replace(self, link=link, review=review)

    def with_probabilities(self, link: float | None, review: float | None) -> MatchModel:
        """With thresholds at these probabilities; None keeps the model's own.

        Nothing above the link threshold is asked, so the review threshold never lies above it.
        """
        weight = self.calibration.weight
        linked = self.link if link is None else weight(link)
        return self.with_thresholds(linked, min(self.review if review is None else weight(review), linked))

    def to_json(self) -> str:
        comparisons = [self._comparison(fact) for fact in COMPARISONS]
        content = {
            "format": FORMAT,
            "origin": self.origin,
            "unit": f"1/{BIT} bit",
            "rivals": list(RIVALS),
            "matches_per_contact": self.matches_per_contact,
            "relatives_per_contact": self.relatives_per_contact,
            "colleagues_per_contact": self.colleagues_per_contact,
            "link": self.link,
            "review": self.review,
            "calibration": {"weights": self.calibration.weights, "log_odds": self.calibration.log_odds},
            "comparisons": comparisons,
        }
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"

    def _comparison(self, fact: Comparison) -> dict[str, Any]:
        levels = [
            {
                "name": level.name,
                "sentence": level.sentence,
                "weights": self.weights[fact.name][:, number].tolist(),
                "shares": self.shares[fact.name][number].tolist(),
            }
            for number, level in enumerate(fact.levels)
        ]
        return {"name": fact.name, "about": fact.about, "levels": levels}

    @classmethod
    def from_json(cls, text: str) -> MatchModel:
        """Raises InputError for a damaged model or one of another version."""
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
        wanted = {fact.name: [level.name for level in fact.levels] for fact in COMPARISONS}
        found = {name: [level["name"] for level in levels] for name, levels in comparisons.items()}
        if wanted != found or content["rivals"] != list(RIVALS):
            raise InputError("the match model has other comparisons than this version")
        points = content["calibration"]
        model = cls(
            weights={name: _weights(comparisons[name]) for name in NAMES},
            shares={name: _shares(comparisons[name]) for name in NAMES},
            matches_per_contact=_positive(content["matches_per_contact"]),
            relatives_per_contact=_positive(content["relatives_per_contact"]),
            colleagues_per_contact=_positive(content["colleagues_per_contact"]),
            calibration=_calibration(points["weights"], points["log_odds"]),
            link=int(content["link"]),
            review=int(content["review"]),
            origin=dict(content["origin"]),
        )
        return model.with_thresholds(model.link, model.review)


FEWEST_CONTACTS = 1000
"""A smaller file is judged as part of so many: the first match of a small file isn't likelier for it."""


def _calibration(weights: list[int], log_odds: list[float]) -> Calibration:
    """More weight never means less probability."""
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
    if table.shape != (len(levels), 1 + len(RIVALS)) or not ((table > 0) & (table <= 1)).all():
        raise InputError("the match model is damaged: a level lacks a share")
    return table


def _positive(number: float) -> float:
    if not 0 < number < math.inf:
        raise InputError("the match model is damaged: a rate is not positive")
    return float(number)


def weights_of(fact: Comparison, shares: Shares) -> Weights:
    """[rival, level]. At a counted level the share among strangers comes from the value's count instead."""
    against = counts_against(fact.name)
    table = np.zeros((len(RIVALS), len(fact.levels)), dtype=np.int32)
    for number, level in enumerate(fact.levels):
        for rival in range(len(RIVALS)):
            by_count = level.counted and against[rival]
            table[rival, number] = weight_of(
                shares[number, 0] / (1.0 if by_count else shares[number, 1 + rival])
            )
    return table


def counts_against(name: str) -> tuple[bool, ...]:
    """Against which rivals a fact's counted levels weigh by the value's count: not where the rivals are
    bound to agree on that fact (colleagues on company and domain, relatives on home and name)."""
    bound = name in ("company", "email", "street", "town")
    return tuple(
        counting and not (rival == COLLEAGUES and bound)
        for rival, counting in zip(RIVALS, COUNTING_RIVALS, strict=True)
    )
