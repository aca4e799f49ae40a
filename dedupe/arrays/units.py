"""The unit of match weights: whole numbers of 1/1024 bit, so that their sums are the same in any order."""

from __future__ import annotations

import math

BIT = 1024
"""One bit as a weight; `weight / BIT` is a weight in bits (log2 of odds). Chosen: rounding by
half a unit moves odds by 0.03 %, and sums of weights fit in 32 bits."""


def from_bits(bits: float) -> int:
    """The whole weight nearest to a number of bits."""
    return round(BIT * bits)


def weight_of(ratio: float) -> int:
    """The whole weight of a likelihood ratio. Raises ValueError unless the ratio is positive."""
    return from_bits(math.log2(ratio))
