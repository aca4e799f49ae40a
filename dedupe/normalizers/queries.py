"""Lookup values that a person typed, normalized like contacts: (value, match keys).

What reads phone numbers works by the column and needs Arrow, which takes a fifth of a second to load: it is
loaded for a number, not for an address.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dedupe.errors import InputError
from dedupe.normalizers.emails.normalize import normalize_email


class Query(NamedTuple):
    """A normalized lookup. `value` and `keys` as in the contacts table; where it isn't valid, only
    `reason` is set.

    `other`: the less likely number that the same digits may be.
    """

    value: str | None
    keys: tuple[str, ...] = ()
    reason: str | None = None
    other: str | None = None


def email_query(text: str) -> Query:
    """A typed address; `keys[0]` is the mailbox key."""
    email = normalize_email(text)
    return Query(email.value, email.keys, email.reason)


def region_of(text: str) -> str:
    """The region's two capitals, from any case. Raises InputError for anything else."""
    from dedupe.normalizers.phones.parsing import REGIONS  # not above: see there

    region = text.strip().upper()
    if region not in REGIONS:
        raise InputError("that is no region of phone numbers: write its two capitals, as US, IL or DE")
    return region


def country_of_phone(number: str) -> str | None:
    """The name of the country of a number with its country code; None for one of no country."""
    from dedupe.normalizers.phones.countries import country_of  # not above: see there

    return country_of(number)


def phone_query(text: str, region: str | None = None) -> Query:
    """A typed number, dialled in `region`; `keys[0]` is the number after changes of numbering plans."""
    return phone_queries([text], [region])[0]


def phone_queries(texts: Sequence[str], regions: Sequence[str | None]) -> list[Query]:
    """Each typed number as `phone_query` reads it by itself, all of them at once."""
    from dedupe.normalizers.typed_phones import typed_phones  # not above: see there

    return [Query(*read) for read in typed_phones(texts, regions)]
