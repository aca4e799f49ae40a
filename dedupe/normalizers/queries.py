"""Lookup values that a person typed, normalized like contacts: (value, match keys)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import phonenumbers
import pycountry

from dedupe.arrays.distinct_values import combined
from dedupe.arrays.untyped import pa
from dedupe.errors import InputError
from dedupe.normalizers.emails.normalize import normalize_email
from dedupe.normalizers.phones.cleaning import dialable
from dedupe.normalizers.phones.match_keys import keys_and_marks
from dedupe.normalizers.phones.normalize import Hints, read_numbers
from dedupe.normalizers.phones.parsing import REGIONS


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
    region = text.strip().upper()
    if region not in REGIONS:
        raise InputError("that is no region of phone numbers: write its two capitals, as US, IL or DE")
    return region


def country_of_phone(number: str) -> str | None:
    """The name of the country of a number with its country code; None for one of no country."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return None
    country = pycountry.countries.get(alpha_2=region) if region else None
    return getattr(country, "common_name", None) or (country.name if country else None)


def phone_query(text: str, region: str | None = None) -> Query:
    """A typed number, dialled in `region`; `keys[0]` is the number after changes of numbering plans."""
    return phone_queries([text], [region])[0]


def phone_queries(texts: Sequence[str], regions: Sequence[str | None]) -> list[Query]:
    """Each typed number as `phone_query` reads it by itself, all of them at once."""
    cleaned = [dialable(text) for text in texts]
    refused = {at: Query(None, reason=reason) for at, (_, reason, _) in enumerate(cleaned) if reason}
    rows = [at for at in range(len(texts)) if at not in refused]
    dialled = [cleaned[at][0] for at in rows]
    read = _read(dialled, [regions[at] for at in rows]) if rows else []
    found = refused | dict(zip(rows, read, strict=True))
    return [found[at] for at in range(len(texts))]


def _read(dialled: Sequence[str], regions: Sequence[str | None]) -> list[Query]:
    count = len(dialled)
    no = np.zeros(count, bool)
    hints = Hints([("source", pa.array(regions, pa.string()))], channel=no, international=no)
    table = read_numbers(np.arange(count), pa.array(dialled, pa.string()), hints)  # each of another contact
    read = {name: combined(table[name]) for name in table.column_names}
    keys, _ = keys_and_marks(read | {"national": pa.nulls(count, pa.string())}, frozenset())
    columns = (read["value"], keys, read["reason"], read["other"])
    return [
        Query(None, reason=reason) if value is None else Query(value, tuple(of_value), other=other)
        for value, of_value, reason, other in zip(*(one.to_pylist() for one in columns), strict=True)
    ]
