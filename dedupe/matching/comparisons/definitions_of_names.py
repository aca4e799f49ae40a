"""The comparisons of names: what each asks, its levels from the worst to the best, and what people read."""

from __future__ import annotations

from dedupe.matching.comparisons.types import NAMESAKES, RELATIVES, RIVALS_WITH_SHARES, Comparison
from dedupe.matching.comparisons.types import ComparisonLevel as Level

MOST_NAMES_THAT_DIFFER, MOST_THAT_DIFFER_WHOLLY = 0.2, 0.1
"""However badly a file is kept, one person's contacts bear different given (or family) names no oftener, and
both together no oftener. Chosen, above what sixteen files with the truth show (at most .17 and .07): training
that finds more has taken a group for a person."""

GIVEN_NAME = Comparison(
    "given_name",
    "the given names",
    (
        Level("different", "the given names differ", at_most=MOST_NAMES_THAT_DIFFER),
        Level("initial", "one given name is the other's initial"),
        Level("alike", "the given names look or sound alike"),
        Level("part", "one given name is part of the other"),
        Level("middle", "one given name is the other's middle name, as relatives hand names on"),
        Level("slip", "the given names are one typing slip apart"),
        Level("nickname", "one given name is a known short form of the other"),
        Level(
            "swapped",
            "the given name stands in the other's place for family names",
            counted=True,
            rare_as="same",
        ),
        Level("same", "the given names are the same", counted=True),
    ),
    topic="name",
    identifying_from="initial",
    silent_against=(NAMESAKES,),
    vague_unless_whole=True,
    believed_as_names=True,
)
FAMILY_NAME = Comparison(
    "family_name",
    "the family names",
    (
        Level("different", "the family names differ", at_most=MOST_NAMES_THAT_DIFFER),
        Level("initial", "one family name is the other's initial"),
        Level("alike", "the family names look or sound alike"),
        Level("part", "one family name is part of the other"),
        Level("slip", "the family names are one typing slip apart"),
        Level(
            "swapped",
            "the family name stands in the other's place for given names",
            counted=True,
            rare_as="same",
        ),
        Level("same", "the family names are the same", counted=True),
    ),
    topic="name",
    identifying_from="initial",
    silent_against=(NAMESAKES,),
    believed_as_names=True,
)
FULL_NAME = Comparison(
    "full_name",
    "given and family name together",
    (
        Level(
            "both_differ",
            "given and family name differ together, as where a name is written anew",
            joint=("different", "different"),
            at_most=MOST_THAT_DIFFER_WHOLLY,
        ),
        Level(
            "both_swapped",
            "given and family name stand in each other's place",
            joint=("swapped", "swapped"),
            limited=True,
        ),
        Level(
            "both_agree",
            "given and family name agree together, as they do among people of one country",
            joint=("same", "same"),
            limited=True,
        ),
    ),
    topic="name",
    joint=("given_name", "family_name"),
    limits=("given_name", "family_name", "email_name"),
    silent_against=(NAMESAKES,),
)
"""What the two names say together beyond the sum of both."""
GIVEN_NAMES_KNOWN = Comparison(
    "given_names_known",
    "given names that differ",
    (
        Level(
            "both",
            "both are known given names, and neither is a form of the other",
            never_favours=RIVALS_WITH_SHARES,
            no_more_usual=True,
        ),
        Level("not_both_far", "one of them is no known given name, and they have little in common"),
        Level("both_near", "both are known given names, a letter or two apart", never_favours=(RELATIVES,)),
        Level("not_both", "one of them is no known given name"),
    ),
    topic="name",
    rivals_alike=True,
    silent_against=(NAMESAKES,),
)
"""Speaks where given names differ: Mark and Marsha are two people, Mark and Mkra may be a slip."""
MIDDLE_NAME = Comparison(
    "middle_name",
    "the middle names",
    (
        Level("different", "the middle names differ"),
        Level("initial", "the middle names have the same initial"),
        Level("same", "the middle names are the same", limited=True),
    ),
    topic="name",
    identifying_from="initial",
)
SUFFIX = Comparison(
    "suffix",
    "the generation (Jr, Sr, II …)",
    (
        Level("different", "the generations contradict each other", two_people=True),
        Level("one_told", "one of two of one name tells which generation it is", no_more_usual=True),
        Level("same", "the generations are the same"),
    ),
    between_clusters="worst",
)
HOUSEHOLD = Comparison(
    "household",
    "whose contacts they are",
    (Level("one_of_several", "one contact is of several people, the other of one", two_people=True),),
    between_clusters="worst",
    rivals_alike=True,
)
