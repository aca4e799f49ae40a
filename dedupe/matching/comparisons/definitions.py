"""The comparisons: what each asks, its levels from the worst to the best, and the sentences that people read.

To add one: define it here (one of names in `definitions_of_names`), say how two contacts are compared in
`compare.py`, and give its prior shares in `model/priors.toml`; then make the shipped model anew (`python -m
benchmarks.ship_model`).
"""

from __future__ import annotations

from dedupe.matching.comparisons.definitions_of_names import FAMILY_NAME as FAMILY_NAME
from dedupe.matching.comparisons.definitions_of_names import FULL_NAME as FULL_NAME
from dedupe.matching.comparisons.definitions_of_names import GIVEN_NAME as GIVEN_NAME
from dedupe.matching.comparisons.definitions_of_names import GIVEN_NAMES_KNOWN as GIVEN_NAMES_KNOWN
from dedupe.matching.comparisons.definitions_of_names import HOUSEHOLD as HOUSEHOLD
from dedupe.matching.comparisons.definitions_of_names import MIDDLE_NAME as MIDDLE_NAME
from dedupe.matching.comparisons.definitions_of_names import SUFFIX as SUFFIX
from dedupe.matching.comparisons.types import COLLEAGUES, NAMESAKES, RELATIVES
from dedupe.matching.comparisons.types import SILENT as SILENT
from dedupe.matching.comparisons.types import Comparison as Comparison
from dedupe.matching.comparisons.types import ComparisonLevel as Level
from dedupe.matching.comparisons.types import Topic as Topic

_GROUPS = (RELATIVES, COLLEAGUES)
"""What many people share does not tell one person from two of one group."""
_USED = ("shared_by_two", "unsettled", "same")
"""Who tells no name may be a second user of a value, and a garbled name counts as one: such a pair says as
much as these levels together."""

EMAIL = Comparison(
    "email",
    "the email addresses",
    (
        Level("different", "the email addresses differ"),
        Level(
            "domain",
            "the email addresses belong to one organisation",
            counted=True,
            never_favours=(RELATIVES,),
        ),
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
        Level(
            "named_of_few",
            "the same mailbox, which a few people use, of whom one bears the name",
            scarce=True,
            groups_as=("shared_by_few", "named_of_few"),
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
            "named_of_few",
            "the same phone number, which a few people use, of whom one bears the name",
            scarce=True,
            groups_as=("shared_by_few", "named_of_few"),
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
        Level("alike", "the companies' names are alike", never_favours=(RELATIVES, NAMESAKES)),
        Level("same", "the same company", counted=True, never_favours=(RELATIVES, NAMESAKES)),
    ),
    between_clusters="mean",
    shared_by=(COLLEAGUES, NAMESAKES),
)
"""Relatives own firms and work in them together."""
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
