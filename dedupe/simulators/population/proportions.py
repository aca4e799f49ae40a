"""The proportions of every irregularity in the population, by name (chosen, unless a comment says
otherwise)."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

_COUNTRIES = {
    "US": 0.40,
    "IL": 0.14,
    "GB": 0.12,
    "DE": 0.08,
    "FR": 0.05,
    "ES": 0.04,
    "IT": 0.02,
    "BR": 0.03,
    "MX": 0.02,
    "IN": 0.02,
    "CN": 0.01,
    "AE": 0.02,
    "PL": 0.02,
    "TR": 0.01,
    "RU": 0.01,
    "VN": 0.01,
}


@dataclass(frozen=True)
class Proportions:
    """Shares between 0 and 1, of what the name says; the comments say of what."""

    countries: tuple[tuple[str, float], ...] = tuple(_COUNTRIES.items())
    held_by: tuple[float, ...] = (0.38, 0.31, 0.20, 0.11)  # people that 1, 2, 3, 4 customer providers hold
    twice_in_one_provider: float = 0.07  # of contacts: a second one of the same person at the same provider

    # people and what they share
    couples: float = 0.28  # of households
    families: float = 0.14  # of households; parents and grown children
    father_and_son: float = 0.25  # of families: the son bears the father's whole name
    shared_mailbox: float = 0.10  # of couples: one mailbox for both
    shared_line: float = 0.10  # of couples: one mobile for both
    namesake_in_city: float = 0.006  # of people: another of that name lives in the same city
    recycled_number: float = 0.008  # of people: their old number is now somebody else's
    changed_surname: float = 0.08  # of women
    employed: float = 0.55
    at_local_company: float = 0.6  # of the employed: a small company with colleagues among the neighbours
    role_mailbox: float = 0.05  # of contacts of the employed: info@ instead of a person's own
    switchboard: float = 0.08  # of contacts of the employed: the company's line instead of their own
    second_email: float = 0.35
    second_mobile: float = 0.08
    plain_mailbox: float = 0.25  # of personal mailboxes: a nickname or a handle in it
    customer_number: float = 0.30
    staff_also_customer: float = 0.10  # of staff users

    # how a provider holds a name
    nickname: float = 0.16
    initial: float = 0.05
    first_only: float = 0.08
    swapped: float = 0.05
    no_diacritics: float = 0.40  # of names with diacritics
    own_script: float = 0.45  # of names with a script of their own
    other_spelling: float = 0.35  # of names with several Latin spellings
    one_of_two_families: float = 0.5
    middle_name: float = 0.10
    letter_case: float = 0.10
    name_typo: float = 0.03
    emoji_name: float = 0.03
    phone_for_name: float = 0.02
    placeholder_name: float = 0.004
    no_name: float = 0.015
    parts_disagree: float = 0.02  # the whole name is the first one only, and the first name is empty

    # how a provider holds the rest
    gmail_dots: float = 0.12  # of gmail addresses
    plus_tag: float = 0.05
    upper_email: float = 0.06
    email_typo: float = 0.008
    national_phone: float = 0.45  # of numbers of the provider's own country
    national_abroad: float = 0.10  # of numbers of other countries
    phone_typo: float = 0.006
    mangled_phone: float = 0.006  # cannot be a number any more
    two_values: float = 0.10  # a second email or phone where the provider has room for it
    old_address: float = 0.10
    other_city_spelling: float = 0.25
    country_given: float = 0.6
    birth_swapped: float = 0.02
    blocked: float = 0.01

    # a night
    touched_neighbourhoods: float = 0.02  # of blocks of twelve people: something happens there this night
    edited: float = 0.30  # of contacts there
    deleted: float = 0.05  # of contacts there
    newly_held: float = 0.10  # of people there: one more contact
    newcomers: float = 0.004  # of people: not seen before

    staff: float = 0.005  # users of the manufacturing system beside the people; at least 3, at most 60

    def profile_hash(self) -> str:
        """A hash that identifies the proportions; reports show it beside the seed."""
        return hashlib.sha256(repr(sorted(asdict(self).items())).encode()).hexdigest()[:16]
