"""Randomness that is the same on every machine: seeds by name, frequency tables, permutations."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import accumulate
from math import gcd
from typing import TypeVar

T = TypeVar("T")


def seed_of(*parts: object) -> int:
    """A 64-bit seed from the parts' text; Python's own hash() changes from process to process."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")


def by_frequency(items: Sequence[T], exponent: float = 0.9, size: int = 4096) -> tuple[T, ...]:
    """A table for drawing with one random number, in which the r-th item has a frequency of about
    r**-exponent."""
    weights = [(rank + 1) ** -exponent for rank in range(len(items))]
    total = sum(weights)
    table: list[T] = []
    for item, upto in zip(items, accumulate(weights), strict=True):
        table.extend([item] * max(1, round(size * upto / total) - len(table)))
    return tuple(table)


def by_weight(weights: dict[T, float], size: int = 1024) -> tuple[T, ...]:
    """A table for drawing with one random number, in which each key is as frequent as its weight."""
    total = sum(weights.values())
    table: list[T] = []
    for (item, _), upto in zip(weights.items(), accumulate(weights.values()), strict=True):
        table.extend([item] * (round(size * upto / total) - len(table)))
    return tuple(table)


class Scatter:
    """A bijection of range(size), n → a·n + b (mod size), so that numbers are spread and distinct."""

    def __init__(self, size: int, *seed: object) -> None:
        self.size = size
        start = seed_of("scatter", size, *seed)
        factor = int(size * 0.6180339887) + start % max(1, size // 7)
        while gcd(factor, size) != 1:
            factor += 1
        self._factor, self._shift = factor, start % size

    def __call__(self, number: int) -> int:
        return (self._factor * number + self._shift) % self.size

    def back(self, number: int) -> int:
        """The inverse: the number that is mapped to this one."""
        return (number - self._shift) * pow(self._factor, -1, self.size) % self.size
