"""Comparison levels as they are stored with links and review candidates: by name, comparison → level.

A position would be read by the list of the day: a level inserted in June would change what March's links say.
Comparisons in which a side is silent are left out, so that a comparison added later is silent in what was
stored before it. Stored names outlive the definitions: a name that is no longer (or not yet) known is kept
and shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dedupe.matching.comparisons.definitions import COMPARISONS, Comparison

LEVEL_NAMES: dict[str, tuple[str, ...]] = {
    comparison.name: tuple(level.name for level in comparison.levels) for comparison in COMPARISONS
}
"""The level names of each comparison, from worst to best: what positions are stored by."""


def positions(stored: Mapping[str, str], comparisons: Sequence[Comparison] = COMPARISONS) -> dict[str, int]:
    """Where stored levels stand in the definitions of today, without those that they don't name."""
    at = {
        comparison.name: {level.name: place for place, level in enumerate(comparison.levels)}
        for comparison in comparisons
    }
    return {name: at[name][level] for name, level in stored.items() if level in at.get(name, {})}


def sentence(comparison: str, level: str, comparisons: Sequence[Comparison] = COMPARISONS) -> str:
    """What people read of a stored level; `comparison: level` where the definitions don't name it."""
    for one in comparisons:
        if one.name == comparison:
            for each in one.levels:
                if each.name == level:
                    return each.sentence
    return f"{comparison}: {level}"
