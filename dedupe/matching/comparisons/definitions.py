"""The comparisons: what each asserts, its levels from worst to best, and the sentence people read.

A comparison is a fact about two contacts. Its levels are ordered; level −1 is silence (a side says nothing)
and weighs nothing. `counts` names the value count by which agreement on a rare value weighs more.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ComparisonLevel:
    name: str
    sentence: str
    counted: bool = False  # agreement on one value: weighs by how rare the value is
    scarce: bool = (
        False  # a value of one person only, by nature: chance agreement is as rare as contacts are many
    )


@dataclass(frozen=True)
class Comparison:
    name: str
    about: str
    levels: tuple[ComparisonLevel, ...]
    worst: bool = False  # it can only contradict: between clusters the worst pair counts
    identifying: bool = True  # says who somebody is, not merely where

    def index(self, level: str) -> int:
        return [one.name for one in self.levels].index(level)


GIVEN_NAME = Comparison(
    "given_name",
    "the given names",
    (
        ComparisonLevel("different", "the given names differ"),
        ComparisonLevel("initial", "one given name is the other's initial"),
        ComparisonLevel("alike", "the given names look or sound alike"),
        ComparisonLevel("part", "one given name is part of the other"),
        ComparisonLevel("slip", "the given names are one typing slip apart"),
        ComparisonLevel(
            "nickname", "one given name is a known short form, middle or second name of the other"
        ),
        ComparisonLevel(
            "swapped", "the given name stands in the other's place for family names", counted=True
        ),
        ComparisonLevel("same", "the given names are the same", counted=True),
    ),
)
FAMILY_NAME = Comparison(
    "family_name",
    "the family names",
    (
        ComparisonLevel("different", "the family names differ"),
        ComparisonLevel("initial", "one family name is the other's initial"),
        ComparisonLevel("alike", "the family names look or sound alike"),
        ComparisonLevel("part", "one family name is part of the other"),
        ComparisonLevel("slip", "the family names are one typing slip apart"),
        ComparisonLevel(
            "swapped", "the family name stands in the other's place for given names", counted=True
        ),
        ComparisonLevel("same", "the family names are the same", counted=True),
    ),
)
FULL_NAME = Comparison(
    "full_name",
    "given and family name together",
    (
        ComparisonLevel(
            "both_differ", "given and family name differ together, as where a name is written anew"
        ),
        ComparisonLevel("both_swapped", "given and family name stand in each other's place"),
        ComparisonLevel(
            "both_agree", "given and family name agree together, as they do among people of one country"
        ),
    ),
)
"""What the two names say together beyond the sum of both: its shares are ratios to that sum."""
GIVEN_NAMES_KNOWN = Comparison(
    "given_names_known",
    "given names that differ",
    (
        ComparisonLevel("both", "both are known given names, and neither is a form of the other"),
        ComparisonLevel("not_both", "one of them is no known given name"),
    ),
    identifying=False,
)
"""Speaks where given names differ: Mark and Marsha are two people, Mark and Mkra may be a slip."""
MIDDLE_NAME = Comparison(
    "middle_name",
    "the middle names",
    (
        ComparisonLevel("different", "the middle names differ"),
        ComparisonLevel("initial", "the middle names have the same initial"),
        ComparisonLevel("same", "the middle names are the same"),
    ),
)
SUFFIX = Comparison(
    "suffix",
    "the generation (Jr, Sr, II …)",
    (
        ComparisonLevel("different", "the generations contradict each other"),
        ComparisonLevel("same", "the generations are the same"),
    ),
    worst=True,
)
EMAIL = Comparison(
    "email",
    "the email addresses",
    (
        ComparisonLevel("different", "the email addresses differ"),
        ComparisonLevel("domain", "the email addresses belong to one organisation", counted=True),
        ComparisonLevel("local_of_name", "the local parts are the same but only spell the name"),
        ComparisonLevel("local", "the same uncommon local part stands at another domain"),
        ComparisonLevel("near", "the email addresses are a typing slip or a tag apart"),
        ComparisonLevel("shared_by_many", "the same mailbox, which many people use", scarce=True),
        ComparisonLevel("shared_by_few", "the same mailbox, which a few people use", scarce=True),
        ComparisonLevel("shared_by_two", "the same mailbox, used under two or three names", scarce=True),
        ComparisonLevel("same", "the same mailbox", scarce=True),
    ),
)
EMAIL_NAME = Comparison(
    "email_name",
    "one's email address and the other's name",
    (
        ComparisonLevel("neither", "the email address spells no part of the other's name"),
        ComparisonLevel("given", "the email address holds the other's given name", counted=True),
        ComparisonLevel("family", "the email address holds the other's family name", counted=True),
        ComparisonLevel("spelled", "the email address spells the other's name", counted=True),
    ),
)
PHONE = Comparison(
    "phone",
    "the phone numbers",
    (
        ComparisonLevel("different", "the phone numbers differ"),
        ComparisonLevel("digit", "the phone numbers are one digit apart"),
        ComparisonLevel("extension", "the same line with different extensions"),
        ComparisonLevel(
            "subscriber", "the phone numbers agree but for a country or area code, missing or guessed"
        ),
        ComparisonLevel("shared_by_many", "the same phone number, which many people use", scarce=True),
        ComparisonLevel("shared_by_few", "the same phone number, which a few people use", scarce=True),
        ComparisonLevel("shared_by_two", "the same phone number, used under two or three names", scarce=True),
        ComparisonLevel("same", "the same phone number", scarce=True),
    ),
)
IDENTIFIER = Comparison(
    "identifier",
    "identifiers",
    (
        ComparisonLevel("different", "identifiers of which a person has only one differ"),
        ComparisonLevel("near", "identifiers of which a person has only one are a typing slip apart"),
        ComparisonLevel("same", "the same identifier", scarce=True),
    ),
    worst=True,
)
COMPANY = Comparison(
    "company",
    "the companies",
    (
        ComparisonLevel("different", "the companies differ"),
        ComparisonLevel("alike", "the companies' names are alike"),
        ComparisonLevel("same", "the same company", counted=True),
    ),
    identifying=False,
)
STREET = Comparison(
    "street",
    "the street addresses",
    (
        ComparisonLevel("different", "the street addresses differ"),
        ComparisonLevel("alike", "the street addresses have much in common"),
        ComparisonLevel("near", "the street addresses differ in spelling only"),
        ComparisonLevel("same", "the same street address", counted=True),
    ),
    identifying=False,
)
TOWN = Comparison(
    "town",
    "postcode and town",
    (
        ComparisonLevel("different", "postcode and town differ"),
        ComparisonLevel("near", "the postcodes or the towns are spelled alike"),
        ComparisonLevel("town_only", "the same town with different postcodes", counted=True),
        ComparisonLevel("town", "the same town", counted=True),
        ComparisonLevel("postcode_only", "the same postcode with different towns", counted=True),
        ComparisonLevel("postcode", "the same postcode", counted=True),
        ComparisonLevel("both", "the same postcode and town", counted=True),
    ),
    identifying=False,
)
BIRTH = Comparison(
    "birth",
    "the birth dates",
    (
        ComparisonLevel("different", "the birth dates differ"),
        ComparisonLevel("year", "the birth dates have only the year in common"),
        ComparisonLevel("two_parts", "two of day, month and year of birth agree"),
        ComparisonLevel("digit", "the birth dates are one digit apart"),
        ComparisonLevel("swapped", "the birth dates agree but for the order of day and month"),
        ComparisonLevel("known_parts", "the birth dates agree as far as both are known"),
        ComparisonLevel("same", "the same birth date", counted=True),
    ),
)

SOURCE = Comparison(
    "source",
    "the sources that hold the contacts",
    (
        ComparisonLevel("same", "one source holds both, where most people stand once"),
        ComparisonLevel("different", "two sources hold them"),
    ),
    identifying=False,
)

COMPARISONS: tuple[Comparison, ...] = (
    GIVEN_NAME,
    FAMILY_NAME,
    FULL_NAME,
    GIVEN_NAMES_KNOWN,
    MIDDLE_NAME,
    SUFFIX,
    EMAIL,
    EMAIL_NAME,
    PHONE,
    IDENTIFIER,
    COMPANY,
    STREET,
    TOWN,
    BIRTH,
    SOURCE,
)
NAMES: tuple[str, ...] = tuple(fact.name for fact in COMPARISONS)
BY_NAME: dict[str, Comparison] = {fact.name: fact for fact in COMPARISONS}
SILENT = -1


@dataclass(frozen=True)
class Topic:
    """Facts that tell the same thing and so count together when clusters are joined."""

    name: str
    about: str
    facts: tuple[Comparison, ...]

    @property
    def places(self) -> list[int]:
        """Where its facts stand in `FACTS`."""
        return [NAMES.index(fact.name) for fact in self.facts]


TOPICS: tuple[Topic, ...] = (
    Topic(
        "name", "the names", (GIVEN_NAME, FAMILY_NAME, FULL_NAME, GIVEN_NAMES_KNOWN, MIDDLE_NAME, EMAIL_NAME)
    ),
    Topic("suffix", SUFFIX.about, (SUFFIX,)),
    Topic("email", EMAIL.about, (EMAIL,)),
    Topic("phone", PHONE.about, (PHONE,)),
    Topic("identifier", IDENTIFIER.about, (IDENTIFIER,)),
    Topic("company", COMPANY.about, (COMPANY,)),
    Topic("place", "street, postcode and town", (STREET, TOWN)),
    Topic("birth", BIRTH.about, (BIRTH,)),
    Topic("source", SOURCE.about, (SOURCE,)),
)
