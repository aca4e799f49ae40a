"""What a comparison and its levels are, and all that scoring and training must know of one.

Whatever treats a comparison or a level otherwise than the rest is a field here: scoring, training and
clustering ask for the field and never for the comparison by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SILENT = -1
"""The level of a comparison about which one of the two contacts says nothing; it weighs nothing."""

STRANGERS, RELATIVES, COLLEAGUES, NAMESAKES = "strangers", "relatives", "colleagues", "namesakes"
RIVALS_WITH_SHARES = (STRANGERS, RELATIVES, COLLEAGUES)
RIVALS = (*RIVALS_WITH_SHARES, NAMESAKES)
"""Who two contacts may be, if they are not one person (`model.match_model`)."""
COUNTING_RIVALS = (True, False, True, True)
"""Relatives give each other's names on: against them a rare name weighs no more than a common one."""

RATIO_SCALE = 64
"""The ratios of a joint comparison are kept divided by so much, so that they are shares of at most 1. Chosen:
the greatest prior ratio is 24."""


@dataclass(frozen=True)
class ComparisonLevel:
    """One degree of agreement. Its name is stored and shown, its sentence shown."""

    name: str
    sentence: str
    counted: bool = False
    """Agreement on one value: weighs by the value's term frequency."""
    scarce: bool = False
    """Agreement on a value of one person only, by nature: the more contacts there are, the rarer it is that
    strangers agree by chance."""
    rare_as: str = ""
    """The level whose share among strangers says how usual the value is, where it isn't this one's."""
    limited: bool = False
    """The count is the greatest rarity of the value agreed upon, in 1/1024 bit: what is above it is taken off
    (`Comparison.limits`)."""
    joint: tuple[str, str] | None = None
    """The levels of the two comparisons of `Comparison.joint` that stand together here."""
    never_favours: tuple[str, ...] = ()
    """Rivals against which this level never speaks for one person, whatever training sees."""
    pooled: tuple[str, ...] = ()
    """The levels that pairs of which a name is missing would stand at: it says as much as these together."""
    groups_as: tuple[str, ...] = ()
    """Levels that the names beside a shared value tell from each other: against relatives and colleagues it
    says as much as these together, since names are weighed by themselves."""
    at_most: float = 1.0
    """The greatest share of one person's pairs that training may find at the level."""
    two_people: bool = False
    """Two contacts at this level are two people, whatever else agrees: no training moves its weight."""
    no_more_usual: bool = False
    """Among one person's contacts it is at most as frequent as the start says: where families share what
    persons do, training would take them for one."""
    repeats_names: bool = False
    """Says little beside names that agree, and is silent there: training takes it to be as frequent among
    strangers as it is among those of whom a name agrees."""


@dataclass(frozen=True)
class Comparison:
    """A question about two contacts; `levels` are its answers from the worst to the best."""

    name: str
    about: str
    levels: tuple[ComparisonLevel, ...]
    topic: str = ""
    """Comparisons of one topic say the same thing and count together between clusters; by default its own."""
    between_clusters: Literal["mixture", "mean", "worst"] = "mixture"
    """How the pairs between two clusters are combined (`clustering.agglomerative`); `worst`: it can only
    contradict."""
    vague_unless_whole: bool = False
    """Between clusters pairs of whole names count alone, if there are any: an initial stands for many."""
    identifying_from: str = ""
    """The first level that says who somebody is; none where it says only where somebody is or belongs."""
    shared_by: tuple[str, ...] = ()
    """Rivals who agree on it because they are rivals: against them a rare value weighs no more than a usual
    one."""
    shared_at_home_from: str = ""
    """The first level that shows a household: by such pairs training counts relatives."""
    silent_against: tuple[str, ...] = ()
    """Rivals about whom it says nothing, whatever its level."""
    odds_against: str = ""
    """The only rival against whom it speaks, if there is one, and whom its silence rules out. Its shares are
    then, by level, those of one person and of that rival among all pairs at the level: together 1."""
    believed_as_names: bool = False
    """Whether the rarity of a value is taken at its word only as far as that of names
    (`MatchModel.names_believed`); for the rest it counts as usual (`scoring.rarity`)."""
    rivals_alike: bool = False
    """Its levels are as frequent among relatives and colleagues as among strangers."""
    joint: tuple[str, str] | None = None
    """Two comparisons (by name) that are not independent: this one's shares are ratios to the product of
    theirs."""
    limits: tuple[str, ...] = ()
    """The comparisons (by name) whose rarity, added up, a `limited` level limits; by default its own."""

    def __post_init__(self) -> None:
        """Raises ValueError for a level named twice, a level named that there isn't, and levels of which some
        are counted and some limited: the count of a result means one thing."""
        names = [level.name for level in self.levels]
        if len(set(names)) != len(names):
            raise ValueError(f"the comparison {self.name} has two levels of one name")
        if any(level.counted for level in self.levels) and any(level.limited for level in self.levels):
            raise ValueError(f"the comparison {self.name} has counted levels and limited ones")
        named = {self.identifying_from, self.shared_at_home_from, *(level.rare_as for level in self.levels)}
        named |= {each for level in self.levels for each in level.pooled}
        if unknown := named - {"", *names}:
            raise ValueError(f"the comparison {self.name} has no level {', '.join(sorted(unknown))}")

    def index(self, level: str) -> int:
        """The place of a level, by name. Raises ValueError where there is none of that name."""
        return [one.name for one in self.levels].index(level)

    @property
    def counts_against(self) -> tuple[bool, ...]:
        """By rival: whether a counted level weighs by the value's term frequency."""
        return tuple(
            counting and rival not in (*self.shared_by, *self.silent_against)
            for rival, counting in zip(RIVALS, COUNTING_RIVALS, strict=True)
        )

    @property
    def agreeing_by_chance(self) -> list[int]:
        """The rivals (places in `RIVALS`) who agree on it no oftener than strangers do."""
        return [RIVALS.index(rival) for rival in (STRANGERS, NAMESAKES) if rival not in self.silent_against]


@dataclass(frozen=True)
class Topic:
    """Comparisons that say the same thing and so count together when clusters are joined."""

    name: str
    about: str
    comparisons: tuple[Comparison, ...]
    positions: tuple[int, ...]
    """Where its comparisons stand in `COMPARISONS`."""

    @property
    def between_clusters(self) -> str:
        """How pairs are combined, as its comparisons say; the worst pair counts where one of them says so."""
        rules = {comparison.between_clusters for comparison in self.comparisons}
        return "worst" if "worst" in rules else min(rules)

    @property
    def vague_unless_whole(self) -> bool:
        return any(comparison.vague_unless_whole for comparison in self.comparisons)
