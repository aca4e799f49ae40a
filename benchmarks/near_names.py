"""Measures what `dedupe/matching/features/near_names.py` goes by, from the list of given names alone.

python -m benchmarks.near_names     prints the bits for two names by how they differ, likeness and letters

The usual names of one half of the list that are a letter apart stand against slips in these names; the
letters are learned of the other half, so that every name is one that no list has. Half of the slips are a
typist's (letters exchanged, left out, doubled, beside the right one on the keyboard, a wrong vowel), half are
any letter anywhere, as readers of scans and made-up files have them.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from random import Random

import numpy as np
import numpy.typing as npt

from dedupe.matching.features.near_names import FOR_TWO_NAMES, KEYBOARD, difference
from dedupe.matching.features.spelling import spelling
from dedupe.name_lists.letters import learned_bits, mean_bits
from dedupe.name_lists.lists import given_names

MOST_BITS = 15  # of the names that are looked at (chosen)
FEWEST_LETTERS = 3
MOST_PAIRS = 6000  # of each kind (chosen)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_VOWELS = "aeiou"


def main() -> None:
    rng = Random(1)
    names = [name for name in given_names() if name.isascii()]
    others = set(rng.sample(names, len(names) // 2))
    held = [name for name in names if name not in others and _is_usual(name)]
    two = _some(rng, [pair for pair in near_pairs(held) if _is_told(*pair)])
    slips = [pair for pair in _slips(rng, held, 2 * len(two)) if _is_told(*pair)][: len(two)]
    kinds = [*FOR_TWO_NAMES]
    table = learned_bits(others)
    facts = np.array([_facts(kinds, table, *pair) for pair in (*two, *slips)])
    weights = fitted(facts, np.repeat([1.0, 0.0], [len(two), len(slips)])) / math.log(2)
    print(f"{len(two):,} pairs of names, {len(slips):,} slips")
    for name, bits in zip((*kinds, "per bit of likeness", "per letter"), weights, strict=True):
        print(f"{name:25} {bits:6.2f}")


def near_pairs(names: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of names that are one edit apart."""
    alike = defaultdict(set)
    for name in names:
        for place in range(len(name)):
            alike[name[:place] + name[place + 1 :]].add(name)
        alike[name].add(name)
        for place in range(len(name) - 1):
            alike[_exchanged(name, place)].add(name)
    pairs = {pair for group in alike.values() for pair in combinations(sorted(group), 2)}
    return sorted(pair for pair in pairs if difference(*pair))


def fitted(facts: npt.NDArray[np.float64], two: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The weights of a logistic regression, in natural logarithms."""
    weights = np.zeros(facts.shape[1])
    for _ in range(30):
        told = 1 / (1 + np.exp(-facts @ weights))
        slope = facts.T @ (two - told) - 0.1 * weights
        bend = (facts.T * (told * (1 - told))) @ facts + 0.1 * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    return weights


def _is_usual(name: str) -> bool:
    return given_names()[name].bits <= MOST_BITS and len(name) >= FEWEST_LETTERS


def _is_told(one: str, other: str) -> bool:
    """Whether two words are near and not spellings of one name, which are one whatever the letters say."""
    return bool(difference(one, other)) and spelling(one) != spelling(other)


def _some(rng: Random, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return rng.sample(pairs, min(len(pairs), MOST_PAIRS))


def _facts(kinds: list[str], table: npt.NDArray[np.float64], one: str, other: str) -> list[float]:
    kind = difference(one, other)
    likeness = float(mean_bits((one, other), table).min())
    return [*(float(kind == each) for each in kinds), likeness, float(min(len(one), len(other)))]


def _slips(rng: Random, names: Sequence[str], number: int) -> Iterator[tuple[str, str]]:
    for _ in range(number):
        name = rng.choice(names)
        yield name, rng.choice((_typists_slip, _any_slip))(rng, name)


def _any_slip(rng: Random, name: str) -> str:
    place = rng.randrange(len(name))
    letter = rng.choice(_ALPHABET)
    kind: Callable[[], str] = rng.choice(
        (
            lambda: name[:place] + name[place + 1 :],
            lambda: name[:place] + letter + name[place:],
            lambda: name[:place] + letter + name[place + 1 :],
            lambda: _exchanged(name, min(place, len(name) - 2)),
        )
    )
    return kind()


def _typists_slip(rng: Random, name: str) -> str:
    """Rarely in the first letter."""
    place = rng.randrange(1, len(name))
    beside = rng.choice(_beside(name[place]) or _ALPHABET)
    kinds: list[Callable[[], str]] = [
        lambda: _exchanged(name, place - 1),
        lambda: name[:place] + name[place + 1 :],
        lambda: name[:place] + name[place] + name[place:],
        lambda: name[:place] + beside + name[place + 1 :],
    ]
    if name[place] in _VOWELS:
        kinds.append(lambda: name[:place] + rng.choice(_VOWELS) + name[place + 1 :])
    return rng.choice(kinds)()


def _exchanged(name: str, place: int) -> str:
    return name[:place] + name[place + 1] + name[place] + name[place + 2 :]


def _beside(letter: str) -> str:
    """The letters left and right of one on the keyboard."""
    for keys in KEYBOARD:
        place = keys.find(letter)
        if place >= 0:
            return keys[max(place - 1, 0) : place] + keys[place + 1 : place + 2]
    return ""


if __name__ == "__main__":
    main()
