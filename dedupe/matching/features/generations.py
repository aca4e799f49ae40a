"""Generations in names (Jr, Sr, II …): which of them are two people's."""

from __future__ import annotations

import numpy as np

from dedupe.matching.features.build import GENERATIONS, Flags
from dedupe.matching.features.encoding import Ids

_MAY_BE_ONE = [
    (GENERATIONS.index(one), GENERATIONS.index(other))
    for one, other in (("jr", "ii"), ("jr", "filho"), ("sr", "i"))
]


def contradict(one: Ids, other: Ids) -> Flags:
    """Whether two generations (places in `GENERATIONS`, −1: none is told) are two people's: what may be two
    ways to say one thing is not."""
    found = (one != other) & (one >= 0) & (other >= 0)
    for here, there in _MAY_BE_ONE:
        found &= ~(((one == here) & (other == there)) | ((one == there) & (other == here)))
    return np.asarray(found)
