"""The comparisons: what each asserts, its levels from worst to best, and the sentence people read.

A comparison is a fact about two contacts. Its levels are ordered; level −1 is silence (a side says nothing)
and weighs nothing. `counts` names the value count by which agreement on a rare value weighs more.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    name: str
    sentence: str
    counted: bool = False  # agreement on one value: weighs by how rare the value is
    scarce: bool = (
        False  # a value of one person only, by nature: chance agreement is as rare as contacts are many
    )


@dataclass(frozen=True)
class Fact:
    name: str
    about: str
    levels: tuple[Level, ...]
    worst: bool = False  # it can only contradict: between clusters the worst pair counts
    identifying: bool = True  # says who somebody is, not merely where

    def index(self, level: str) -> int:
        return [one.name for one in self.levels].index(level)


GIVEN_NAME = Fact(
    "given_name",
    "the given names",
    (
        Level("different", "the given names differ"),
        Level("initial", "one given name is the other's initial"),
        Level("alike", "the given names look or sound alike"),
        Level("part", "one given name is part of the other"),
        Level("slip", "the given names are one typing slip apart"),
        Level("nickname", "one given name is a known short form, middle or second name of the other"),
        Level("swapped", "the given name stands in the other's place for family names", counted=True),
        Level("same", "the given names are the same", counted=True),
    ),
)
FAMILY_NAME = Fact(
    "family_name",
    "the family names",
    (
        Level("different", "the family names differ"),
        Level("initial", "one family name is the other's initial"),
        Level("alike", "the family names look or sound alike"),
        Level("part", "one family name is part of the other"),
        Level("slip", "the family names are one typing slip apart"),
        Level("swapped", "the family name stands in the other's place for given names", counted=True),
        Level("same", "the family names are the same", counted=True),
    ),
)
FULL_NAME = Fact(
    "full_name",
    "given and family name together",
    (
        Level("both_differ", "given and family name differ together, as where a name is written anew"),
        Level("both_swapped", "given and family name stand in each other's place"),
        Level("both_agree", "given and family name agree together, as they do among people of one country"),
    ),
)
"""What the two names say together beyond the sum of both: its shares are ratios to that sum."""
GIVEN_NAMES_KNOWN = Fact(
    "given_names_known",
    "given names that differ",
    (
        Level("both", "both are known given names, and neither is a form of the other"),
        Level("not_both", "one of them is no known given name"),
    ),
    identifying=False,
)
"""Speaks where given names differ: Mark and Marsha are two people, Mark and Mkra may be a slip."""
MIDDLE_NAME = Fact(
    "middle_name",
    "the middle names",
    (
        Level("different", "the middle names differ"),
        Level("initial", "the middle names have the same initial"),
        Level("same", "the middle names are the same"),
    ),
)
SUFFIX = Fact(
    "suffix",
    "the generation (Jr, Sr, II …)",
    (
        Level("different", "the generations contradict each other"),
        Level("same", "the generations are the same"),
    ),
    worst=True,
)
EMAIL = Fact(
    "email",
    "the email addresses",
    (
        Level("different", "the email addresses differ"),
        Level("domain", "the email addresses belong to one organisation", counted=True),
        Level("local_of_name", "the local parts are the same but only spell the name"),
        Level("local", "the same uncommon local part stands at another domain"),
        Level("near", "the email addresses are a typing slip or a tag apart"),
        Level("shared_by_many", "the same mailbox, which many people use", scarce=True),
        Level("shared_by_few", "the same mailbox, which a few people use", scarce=True),
        Level("shared_by_two", "the same mailbox, used under two or three names", scarce=True),
        Level("same", "the same mailbox", scarce=True),
    ),
)
EMAIL_NAME = Fact(
    "email_name",
    "one's email address and the other's name",
    (
        Level("neither", "the email address spells no part of the other's name"),
        Level("given", "the email address holds the other's given name", counted=True),
        Level("family", "the email address holds the other's family name", counted=True),
        Level("spelled", "the email address spells the other's name", counted=True),
    ),
)
PHONE = Fact(
    "phone",
    "the phone numbers",
    (
        Level("different", "the phone numbers differ"),
        Level("digit", "the phone numbers are one digit apart"),
        Level("extension", "the same line with different extensions"),
        Level("subscriber", "the phone numbers agree but for a country or area code, missing or guessed"),
        Level("shared_by_many", "the same phone number, which many people use", scarce=True),
        Level("shared_by_few", "the same phone number, which a few people use", scarce=True),
        Level("shared_by_two", "the same phone number, used under two or three names", scarce=True),
        Level("same", "the same phone number", scarce=True),
    ),
)
IDENTIFIER = Fact(
    "identifier",
    "identifiers",
    (
        Level("different", "identifiers of which a person has only one differ"),
        Level("near", "identifiers of which a person has only one are a typing slip apart"),
        Level("same", "the same identifier", scarce=True),
    ),
    worst=True,
)
COMPANY = Fact(
    "company",
    "the companies",
    (
        Level("different", "the companies differ"),
        Level("alike", "the companies' names are alike"),
        Level("same", "the same company", counted=True),
    ),
    identifying=False,
)
STREET = Fact(
    "street",
    "the street addresses",
    (
        Level("different", "the street addresses differ"),
        Level("alike", "the street addresses have much in common"),
        Level("near", "the street addresses differ in spelling only"),
        Level("same", "the same street address", counted=True),
    ),
    identifying=False,
)
TOWN = Fact(
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
    identifying=False,
)
BIRTH = Fact(
    "birth",
    "the birth dates",
    (
        Level("different", "the birth dates differ"),
        Level("year", "the birth dates have only the year in common"),
        Level("two_parts", "two of day, month and year of birth agree"),
        Level("digit", "the birth dates are one digit apart"),
        Level("swapped", "the birth dates agree but for the order of day and month"),
        Level("known_parts", "the birth dates agree as far as both are known"),
        Level("same", "the same birth date", counted=True),
    ),
)

SOURCE = Fact(
    "source",
    "the sources that hold the contacts",
    (
        Level("same", "one source holds both, where most people stand once"),
        Level("different", "two sources hold them"),
    ),
    identifying=False,
)

FACTS: tuple[Fact, ...] = (
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
NAMES: tuple[str, ...] = tuple(fact.name for fact in FACTS)
BY_NAME: dict[str, Fact] = {fact.name: fact for fact in FACTS}
SILENT = -1


@dataclass(frozen=True)
class Topic:
    """Facts that tell the same thing and so count together when clusters are joined."""

    name: str
    about: str
    facts: tuple[Fact, ...]

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
