"""Intervals of shares that a model expects."""

from __future__ import annotations

Share = tuple[float, float, float]
"""A share, and the interval in which it lies."""

OVERSTATED, UNDERSTATED = 4.0, 2.0
"""So many times as much as was found may be said, and so many times as much as was said be found. Measured on
generated populations and files with the truth that the model had not seen (decision 125)."""


def expected_share(share: float, chance: float) -> Share:
    """A share with its interval: half the width of what chance alone leaves open is `chance`, and the model's
    own error comes to it."""
    return share, max(share / OVERSTATED - chance, 0.0), min(share * UNDERSTATED + chance, 1.0)
