"""Starting values: how often each level is seen in one person's contacts, and in each rival's.

What is known of people before any data: a household shares its family name, its home and its line, not its
given names or birth dates; an office its domain and its switchboard. Training moves the values by what it
sees; a level that is seen too little stays near them.
"""

from __future__ import annotations

import numpy as np

from dedupe.arrays.units import BIT
from dedupe.matching.comparisons.definitions import BY_NAME
from dedupe.matching.model.match_model import Calibration, MatchModel, Shares, weights_of

UNCALIBRATED = Calibration((-40 * BIT, 40 * BIT), (-40.0, 40.0))
LINK, REVIEW = 4 * BIT, -2 * BIT


def starting_model() -> MatchModel:
    return MatchModel(
        weights={name: weights_of(BY_NAME[name], shares) for name, shares in SHARES.items()},
        shares=SHARES,
        matches_per_contact=0.7,
        relatives_per_contact=0.7,
        colleagues_per_contact=20.0,
        calibration=UNCALIBRATED,
        link=LINK,
        review=REVIEW,
        origin={"made_by": "starting values"},
    )


def _shares(*rows: tuple[float, float, float, float]) -> Shares:
    table = np.array(rows, dtype=np.float64)
    return np.asarray(table / table.sum(axis=0))


SHARES: dict[str, Shares] = {
    #            one person  strangers  relatives  colleagues
    "given_name": _shares(
        (0.04, 0.95, 0.94, 0.95),
        (0.03, 0.01, 0.012, 0.01),
        (0.03, 0.015, 0.012, 0.015),
        (0.03, 0.004, 0.002, 0.004),
        (0.05, 0.0015, 0.0025, 0.0015),
        (0.05, 0.0015, 0.01, 0.0015),
        (0.02, 0.0005, 0.001, 0.0005),
        (0.75, 0.005, 0.022, 0.005),
    ),
    "family_name": _shares(
        (0.06, 0.985, 0.27, 0.985),
        (0.02, 0.005, 0.002, 0.005),
        (0.03, 0.005, 0.06, 0.005),
        (0.02, 0.001, 0.04, 0.001),
        (0.05, 0.0008, 0.02, 0.0008),
        (0.02, 0.0003, 0.004, 0.0003),
        (0.80, 0.002, 0.6, 0.002),
    ),
    # ratios to the product of both names' shares, by 64
    "full_name": np.array([[6.0, 1.0, 1.0, 1.0], [24.0, 0.12, 24.0, 0.12], [1.0, 3.0, 1.0, 3.0]]) / 64,
    "given_names_known": _shares((0.30, 0.65, 0.75, 0.65), (0.70, 0.35, 0.25, 0.35)),
    "middle_name": _shares(
        (0.06, 0.88, 0.86, 0.88),
        (0.40, 0.08, 0.09, 0.08),
        (0.54, 0.04, 0.05, 0.04),
    ),
    "suffix": _shares((0.03, 0.6, 0.8, 0.6), (0.97, 0.4, 0.2, 0.4)),
    "email": _shares(
        (0.22, 0.975, 0.92, 0.25),
        (0.08, 0.02, 0.03, 0.70),
        (0.06, 0.001, 0.0015, 0.002),
        (0.05, 0.00002, 0.0005, 0.0005),
        (0.04, 0.000003, 0.0003, 0.0005),
        (0.005, 0.0002, 0.003, 0.03),
        (0.03, 0.00001, 0.012, 0.01),
        (0.08, 0.0000003, 0.030, 0.0006),
        (0.44, 0.0000005, 0.004, 0.0006),
    ),
    "email_name": _shares(
        (0.35, 0.97, 0.78, 0.97),
        (0.10, 0.02, 0.02, 0.02),
        (0.15, 0.005, 0.19, 0.005),
        (0.40, 0.0005, 0.01, 0.0005),
    ),
    "phone": _shares(
        (0.25, 0.995, 0.885, 0.70),
        (0.03, 0.00002, 0.0003, 0.002),
        (0.02, 0.00001, 0.0003, 0.05),
        (0.03, 0.00002, 0.005, 0.005),
        (0.01, 0.0003, 0.004, 0.15),
        (0.05, 0.00003, 0.02, 0.05),
        (0.10, 0.000001, 0.075, 0.008),
        (0.51, 0.000002, 0.011, 0.004),
    ),
    "identifier": _shares(
        (0.06, 0.9999, 0.999, 0.9995),
        (0.05, 0.00003, 0.0002, 0.0001),
        (0.89, 0.000001, 0.0002, 0.0001),
    ),
    "company": _shares((0.40, 0.96, 0.90, 0.10), (0.10, 0.01, 0.02, 0.10), (0.50, 0.03, 0.08, 0.80)),
    "street": _shares(
        (0.25, 0.93, 0.1, 0.50),
        (0.10, 0.06, 0.06, 0.10),
        (0.15, 0.001, 0.09, 0.10),
        (0.50, 0.0001, 0.75, 0.30),
    ),
    "town": _shares(
        (0.12, 0.93, 0.08, 0.20),
        (0.05, 0.02, 0.03, 0.03),
        (0.08, 0.01, 0.05, 0.10),
        (0.30, 0.02, 0.2, 0.30),
        (0.05, 0.002, 0.06, 0.05),
        (0.10, 0.002, 0.1, 0.10),
        (0.30, 0.005, 0.48, 0.22),
    ),
    "birth": _shares(
        (0.03, 0.955, 0.94, 0.955),
        (0.02, 0.02, 0.04, 0.02),
        (0.03, 0.008, 0.006, 0.008),
        (0.05, 0.0015, 0.0024, 0.0015),
        (0.02, 0.0001, 0.0002, 0.0001),
        (0.05, 0.01, 0.008, 0.01),
        (0.80, 0.00005, 0.008, 0.00005),
    ),
    "source": _shares((0.10, 0.30, 0.30, 0.30), (0.90, 0.70, 0.70, 0.70)),
}
