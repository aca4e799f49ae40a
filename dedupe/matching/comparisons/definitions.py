"""The comparisons: what each asks, its levels from the worst to the best, and the sentences that people read.

To add one: define it here, say how two contacts are compared in `compare.py`, and give its prior shares in
`model/priors.toml`; then make the shipped model anew (`python -m benchmarks.ship_model`).
"""

from __future__ import annotations

from dedupe.matching.comparisons.types import COLLEAGUES, NAMESAKES, RELATIVES, RIVALS_WITH_SHARES
from dedupe.matching.comparisons.types import SILENT as SILENT
from dedupe.matching.comparisons.types import Comparison as Comparison
from dedupe.matching.comparisons.types import ComparisonLevel as Level
from dedupe.matching.comparisons.types import Topic as Topic

_GROUPS = (RELATIVES, COLLEAGUES)
"""What many people share does not tell one person from two of one group."""
MOST_NAMES_THAT_DIFFER = 0.35
"""However badly a file is kept, one person's contacts bear different given (or family) names no oftener.
Chosen, above what files with the truth show: training that finds more has taken a group for a person."""
RARITY_OF_NAMES_BELIEVED = 0.6
"""A name that is rare in a file is less so in the world, and people of one country share the names of their
country. Measured on generated populations: of pairs of one full name with odds of 30 to 1 by the rarity of
their names alone, 5 to 1 were right."""
_USED = ("shared_by_two", "unsettled", "same")
"""Who tells no name may be a second user of a value, and whose names differ are two users by definition: such
a pair says as much as these levels together."""

GIVEN_NAME = Comparison(
    "given_name",
    "the given names",
    (
        Level("different", "the given names differ", at_most=MOST_NAMES_THAT_DIFFER),
        Level("initial", "one given name is the other's initial"),
        Level("alike", "the given names look or sound alike"),
        Level("part", "one given name is part of the other"),
        Level("slip", "the given names are one typing slip apart"),
        Level("nickname", "one given name is a known short form, middle or second name of the other"),
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
    rarity_believed=RARITY_OF_NAMES_BELIEVED,
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
    rarity_believed=RARITY_OF_NAMES_BELIEVED,
)
FULL_NAME = Comparison(
    "full_name",
    "given and family name together",
    (
        Level(
            "both_differ",
            "given and family name differ together, as where a name is written anew",
            joint=("different", "different"),
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
        Level("same", "the generations are the same"),
    ),
    between_clusters="worst",
)
EMAIL = Comparison(
    "email",
    "the email addresses",
    (
        Level("different", "the email addresses differ"),
        Level("domain", "the email addresses belong to one organisation", counted=True),
        Level("local_of_name", "the local parts are the same but only spell the name", repeats_names=True),
        Level("local", "the same uncommon local part stands at another domain"),
        Level("near", "the email addresses are a typing slip apart"),
        Level(
            "shared_by_many",
            "the same mailbox, which many people use",
            scarce=True,
            never_favours=_GROUPS,
        ),
        Level("shared_by_few", "the same mailbox, which a few people use", scarce=True),
        Level(
            "shared_by_two",
            "the same mailbox, used under two or three names",
            scarce=True,
            never_favours=(RELATIVES,),
        ),
        Level(
            "unsettled",
            "the same mailbox, of one user or of two: the names don't tell",
            scarce=True,
            pooled=_USED,
        ),
        Level("tagged", "the same email address but for a tag behind a plus", scarce=True),
        Level("same", "the same mailbox", scarce=True),
    ),
    identifying_from="local_of_name",
    shared_by=(COLLEAGUES,),
    shared_at_home_from="near",
    silent_against=(NAMESAKES,),
)
MAILBOX = Comparison(
    "mailbox",
    "who holds the mailbox that both use",
    (
        *(
            Level(f"{where}_{made}{contested}", f"one mailbox {at}, {of}{holders}")
            for contested, holders in (
                ("_contested", ", whose holders tell different things of themselves"),
                ("", ""),
            )
            for where, at in (("organisation", "of an organisation"), ("provider", "at a mail provider"))
            for made, of in (("named", "made of the name"), ("own", "not made of the name"))
        ),
    ),
    between_clusters="worst",
    odds_against=NAMESAKES,
)
"""How many of those who hold one mailbox under one name are one person: an address that was generated or
guessed is held by every namesake."""
EMAIL_NAME = Comparison(
    "email_name",
    "one's email address and the other's name",
    (
        Level("neither", "the email address spells no part of the other's name"),
        Level("given", "the email address holds the other's given name", counted=True),
        Level("family", "the email address holds the other's family name", counted=True),
        Level("spelled", "the email address spells the other's name", counted=True),
    ),
    topic="name",
    identifying_from="given",
    silent_against=(NAMESAKES,),
)
PHONE = Comparison(
    "phone",
    "the phone numbers",
    (
        Level("different", "the phone numbers differ"),
        Level("digit", "the phone numbers are one digit apart"),
        Level("extension", "the same line with different extensions"),
        Level("subscriber", "the last seven digits of the phone numbers are the same"),
        Level(
            "shared_by_many",
            "the same phone number, which many people use",
            scarce=True,
            never_favours=_GROUPS,
        ),
        Level("shared_by_few", "the same phone number, which a few people use", scarce=True),
        Level(
            "shared_by_two",
            "the same phone number, used under two or three names",
            scarce=True,
            never_favours=(RELATIVES,),
        ),
        Level(
            "unsettled",
            "the same phone number, of one user or of two: the names don't tell",
            scarce=True,
            pooled=_USED,
        ),
        Level(
            "national", "the same phone number but for the country, which is missing or guessed", scarce=True
        ),
        Level("same", "the same phone number", scarce=True),
    ),
    identifying_from="digit",
    shared_at_home_from="subscriber",
)
IDENTIFIER = Comparison(
    "identifier",
    "identifiers",
    (
        Level("different", "identifiers of which a person has only one differ"),
        Level("near", "identifiers of which a person has only one are a typing slip apart"),
        Level(
            "shared_by_many",
            "the same identifier, which many people have",
            scarce=True,
            never_favours=_GROUPS,
        ),
        Level("shared_by_few", "the same identifier, which a few people have", scarce=True),
        Level("same", "the same identifier", scarce=True),
    ),
    between_clusters="worst",
    identifying_from="near",
)
COMPANY = Comparison(
    "company",
    "the companies",
    (
        Level("different", "the companies differ"),
        Level("alike", "the companies' names are alike", never_favours=(NAMESAKES,)),
        Level("same", "the same company", counted=True, never_favours=(NAMESAKES,)),
    ),
    between_clusters="mean",
    shared_by=(COLLEAGUES, NAMESAKES),
)
JOB_TITLE = Comparison(
    "job_title",
    "the job titles",
    (
        Level("different", "the job titles differ"),
        Level("alike", "the job titles are alike"),
        Level("same", "the same job title", counted=True),
    ),
    between_clusters="mean",
    shared_by=(COLLEAGUES,),
)
STREET = Comparison(
    "street",
    "the street addresses",
    (
        Level("different", "the street addresses differ"),
        Level("alike", "the street addresses have much in common"),
        Level("near", "the street addresses differ in spelling only"),
        Level("same", "the same street address", counted=True),
    ),
    topic="place",
    shared_by=(COLLEAGUES,),
    shared_at_home_from="near",
)
TOWN = Comparison(
    "town",
    "postcode and town",
    (
        Level("different", "postcode and town differ"),
        Level("near", "the postcodes or the towns are spelled alike"),
        Level("town_only", "the same town with different postcodes", counted=True),
        Level("town", "the same town", counted=True),
        Level("postcode_only", "the same postcode with different towns", counted=True),
        Level("postcode", "the same postcode", counted=True),
        Level("both", "the same postcode and town", counted=True),
    ),
    topic="place",
    shared_by=(COLLEAGUES,),
)
BIRTH = Comparison(
    "birth",
    "the birth dates",
    (
        Level("different", "the birth dates differ"),
        Level("year", "the birth dates have only the year in common"),
        Level("two_parts", "two of day, month and year of birth agree"),
        Level("digit", "the birth dates are one digit or one month apart"),
        Level("swapped", "the birth dates agree but for the order of day and month"),
        Level("known_parts", "the birth dates agree as far as both are known"),
        Level("same", "the same birth date", counted=True),
    ),
    identifying_from="two_parts",
)

SOURCE = Comparison(
    "source",
    "the sources that hold the contacts",
    (
        Level("same", "one source holds both, where most people stand once"),
        Level("different", "two sources hold them"),
    ),
    between_clusters="mean",
    rivals_alike=True,
)

HOUSEHOLD = Comparison(
    "household",
    "whose contacts they are",
    (Level("one_of_several", "one contact is of several people, the other of one", two_people=True),),
    between_clusters="worst",
    rivals_alike=True,
)

COMPARISONS: tuple[Comparison, ...] = (
    GIVEN_NAME,
    FAMILY_NAME,
    FULL_NAME,
    GIVEN_NAMES_KNOWN,
    MIDDLE_NAME,
    SUFFIX,
    EMAIL,
    MAILBOX,
    EMAIL_NAME,
    PHONE,
    IDENTIFIER,
    COMPANY,
    STREET,
    TOWN,
    BIRTH,
    SOURCE,
    HOUSEHOLD,
    JOB_TITLE,
)
NAMES: tuple[str, ...] = tuple(comparison.name for comparison in COMPARISONS)
BY_NAME: dict[str, Comparison] = {comparison.name: comparison for comparison in COMPARISONS}

_ABOUT_TOPICS = {"name": "the names", "place": "street, postcode and town"}
"""Of topics of several comparisons; that of one comparison is about what the comparison is about."""


def _topics() -> tuple[Topic, ...]:
    members: dict[str, list[int]] = {}
    for position, comparison in enumerate(COMPARISONS):
        members.setdefault(comparison.topic or comparison.name, []).append(position)
    return tuple(
        Topic(
            name,
            _ABOUT_TOPICS.get(name, COMPARISONS[positions[0]].about),
            tuple(COMPARISONS[position] for position in positions),
            tuple(positions),
        )
        for name, positions in members.items()
    )


TOPICS = _topics()
