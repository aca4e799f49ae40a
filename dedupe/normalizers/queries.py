"""Lookup values that a person typed, normalized like contacts: (value, match keys)."""

from typing import NamedTuple

import numpy as np

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


def phone_query(text: str, region: str | None = None) -> Query:
    """A typed number, dialled in `region`; `keys[0]` is the number after changes of numbering plans."""
    dialled, reason, _ = dialable(text)
    if reason:
        return Query(None, reason=reason)
    no = np.array([False])
    hints = Hints([("source", pa.array([region], pa.string()))], channel=no, international=no)
    table = read_numbers(np.array([0]), pa.array([dialled]), hints)
    read = {name: combined(table[name]) for name in table.column_names}
    value = read["value"][0].as_py()
    if value is None:
        return Query(None, reason=read["reason"][0].as_py())
    keys, _ = keys_and_marks(read | {"national": pa.nulls(1, pa.string())}, frozenset())
    return Query(value, tuple(keys[0].as_py()), other=read["other"][0].as_py())
