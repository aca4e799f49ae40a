"""What a person typed to look somebody up, normalized the way contacts are: (value, match keys)."""

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
    """`value` and `keys` as in the contacts table; only `reason` is set where it is not valid.

    `other`: the less likely number that the same digits may be.
    """

    value: str | None
    keys: tuple[str, ...] = ()
    reason: str | None = None
    other: str | None = None


def email_query(text: str) -> Query:
    """An address as typed; `keys[0]` is the mailbox key."""
    email = normalize_email(text)
    return Query(email.value, email.keys, email.reason)


def region_of(text: str) -> str:
    """A region's two capitals, in whatever case it is written. Raises InputError for what is none."""
    region = text.strip().upper()
    if region not in REGIONS:
        raise InputError("that is no region of phone numbers: write its two capitals, as US, IL or DE")
    return region


def phone_query(text: str, region: str | None = None) -> Query:
    """A number as typed, dialled in `region`; `keys[0]` is the number after plan moves."""
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
    keys, _ = keys_and_marks(read, frozenset())
    return Query(value, tuple(keys[0].as_py()), other=read["other"][0].as_py())
