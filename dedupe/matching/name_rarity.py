"""The greatest rarity of names, in 1/1024 bit, by how often they and their parts occur."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dedupe.arrays.units import BIT

Counts = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

ONE_PERSONS = 8
"""So many contacts of one full name, or with one rare value, may well be one person's. Chosen."""
NO_LIMIT = 60
"""The rarity, in bits, of a full name whose country nobody tells: none is as rare, so it limits nothing."""
SIGHTINGS = 5
"""So many family names seen with a given name weigh as much as what is usual for any given name. Chosen."""


def rarity_of_names(total: int, counts: Counts, by_country: Shares) -> Counts:
    """The greatest rarity of full names that several contacts have, of so many names in all; `by_country`:
    their share by the shares of their parts in each country, 0 where no country is known."""
    seen = np.where(counts > ONE_PERSONS, (counts - ONE_PERSONS) / max(total, 1), 0.0)
    share = np.maximum(seen, by_country)
    return _rarity(np.where(share > 0, share, 2.0**-NO_LIMIT))


def share_in_country(one: Shares, other: Shares, names: int, told: int) -> Shares:
    """The share of full names in a country among all names, by how often either part is used there; `names`
    are from there, `told` from any country."""
    return np.maximum(one - 1, 0) * np.maximum(other - 1, 0) / names / told


def rarity_of_middle_names(both: Counts, alone: Counts, usual: float) -> Counts:
    """The greatest rarity of middle names beside given names: so many family names stand with `both`, so many
    with the given name `alone`; `usual` is the share of a middle name beside any given name."""
    return _rarity((both - 1 + SIGHTINGS * usual) / (alone - 1 + SIGHTINGS))


def chance_of_two(counts: Counts) -> float:
    """The chance that two are of one kind, of kinds that so many are of."""
    many = counts.astype(np.float64)
    return float((many**2).sum() / max(many.sum(), 1.0) ** 2)


def _rarity(shares: Shares) -> Counts:
    """At least 2, since a table holds no values that occur once."""
    return np.asarray(np.maximum(np.rint(-BIT * np.log2(shares)), 2), dtype=np.int64)
