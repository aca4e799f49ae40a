"""The prior: how often each level is seen in one person's contacts and in each rival's, before any data.

`priors.toml` holds the numbers, each table with its origin. Training moves them by what it sees; a level that
is seen too little stays near its prior.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np

from dedupe.arrays.units import from_bits
from dedupe.matching.comparisons.definitions import BY_NAME, COMPARISONS, Comparison
from dedupe.matching.comparisons.types import RATIO_SCALE
from dedupe.matching.model.match_model import KINDS_WITH_SHARES, Calibration, MatchModel, Shares, weights_of

_FILE = "priors.toml"
_ORIGIN = "origin"
_RATES = ("matches_per_contact", "relatives_per_contact", "colleagues_per_contact")


@dataclass(frozen=True)
class Priors:
    """`shares[comparison]` has a row a level: its share among one person's contacts, strangers, relatives and
    colleagues. `rates` are expected pairs a contact; `link` and `review` are weights."""

    shares: dict[str, Shares]
    rates: dict[str, float]
    names_believed: float
    calibration: Calibration
    link: int
    review: int


def read_priors(text: str) -> Priors:
    """Priors from TOML.

    Raises ValueError where it isn't TOML, where a comparison or a level lacks its row or has one too many,
    and where a table has no origin or a row no four positive numbers.
    """
    content = tomllib.loads(text)
    _check_names("the priors", content, ("rates", "names", "thresholds", "calibration", "comparisons"))
    tables = content["comparisons"]
    _check_names("comparisons", tables, BY_NAME)
    rates = _numbers("rates", content["rates"], _RATES)
    thresholds = _numbers("thresholds", content["thresholds"], ("link_bits", "review_bits"))
    ends = _numbers("calibration", content["calibration"], ("least_bits", "most_bits"))
    least, most = ends["least_bits"], ends["most_bits"]
    return Priors(
        shares={comparison.name: _shares(comparison, tables[comparison.name]) for comparison in COMPARISONS},
        rates=rates,
        names_believed=_numbers("names", content["names"], ("rarity_believed",))["rarity_believed"],
        calibration=Calibration((from_bits(least), from_bits(most)), (least, most)),
        link=from_bits(thresholds["link_bits"]),
        review=from_bits(thresholds["review_bits"]),
    )


def prior_model() -> MatchModel:
    """The model that knows no data: what training of the shipped model starts with."""
    return MatchModel(
        weights={name: weights_of(BY_NAME[name], shares) for name, shares in PRIORS.shares.items()},
        shares=PRIORS.shares,
        matches_per_contact=PRIORS.rates["matches_per_contact"],
        relatives_per_contact=PRIORS.rates["relatives_per_contact"],
        colleagues_per_contact=PRIORS.rates["colleagues_per_contact"],
        names_believed=PRIORS.names_believed,
        calibration=PRIORS.calibration,
        link=PRIORS.link,
        review=PRIORS.review,
        origin={"made_by": "starting values"},
    )


def _shares(comparison: Comparison, table: Mapping[str, Any]) -> Shares:
    """A column adds up to 1; in a joint comparison rows are ratios (`RATIO_SCALE`), and of odds against one
    rival the first two of a row add up to 1."""
    what = f"comparisons.{comparison.name}"
    _check_origin(what, table)
    levels = [level.name for level in comparison.levels]
    _check_names(what, [name for name in table if name != _ORIGIN], levels)
    shares = np.array([_row(f"{what}.{level}", table[level]) for level in levels], dtype=np.float64)
    if comparison.odds_against:
        return np.asarray(shares / (shares[:, [0]] + shares[:, [1]]))
    return np.asarray(shares / RATIO_SCALE if comparison.joint else shares / shares.sum(axis=0))


def _row(what: str, row: Any) -> list[float]:
    if isinstance(row, dict):
        _check_names(what, row, ("shares", _ORIGIN))
        _check_origin(what, row)
        row = row["shares"]
    if (
        not isinstance(row, list)
        or len(row) != KINDS_WITH_SHARES
        or not all(_is_positive(number) for number in row)
    ):
        raise ValueError(f"{_FILE}: {what} wants {KINDS_WITH_SHARES} positive numbers")
    return [float(number) for number in row]


def _numbers(what: str, table: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, float]:
    _check_origin(what, table)
    _check_names(what, [name for name in table if name != _ORIGIN], names)
    if not all(isinstance(table[name], int | float) for name in names):
        raise ValueError(f"{_FILE}: {what} wants numbers")
    return {name: float(table[name]) for name in names}


def _is_positive(number: Any) -> bool:
    return isinstance(number, int | float) and 0 < number < math.inf


def _check_origin(what: str, table: Mapping[str, Any]) -> None:
    if not isinstance(table, dict) or not isinstance(table.get(_ORIGIN), str) or not table[_ORIGIN].strip():
        raise ValueError(f'{_FILE}: {what} wants an origin: "chosen: …" or "measured on: …"')


def _check_names(what: str, found: Any, wanted: Any) -> None:
    if missing := [name for name in wanted if name not in found]:
        raise ValueError(f"{_FILE}: {what} lacks {', '.join(missing)}")
    if extra := [name for name in found if name not in wanted]:
        raise ValueError(f"{_FILE}: {what} has {', '.join(extra)}, which is not defined")


PRIORS = read_priors((files("dedupe.matching.model") / _FILE).read_text("utf-8"))
