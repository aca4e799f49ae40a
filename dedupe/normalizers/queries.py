"""What a person typed to look somebody up, normalized the way contacts are: (value, match keys)."""

from typing import NamedTuple

import numpy as np

from dedupe.errors import InputError
from dedupe.normalizers.arrow import pa
from dedupe.normalizers.columns import combined
from dedupe.normalizers.emails import normalize_email
from dedupe.normalizers.numbers import REGIONS
from dedupe.normalizers.phone_texts import dialable
from dedupe.normalizers.phones import Hints, keys_and_marks, read_numbers


class Query(NamedTuple):
    """`value` and `keys` as in the contacts table; only `reason` is set where it is not valid."""

    value: str | None
    keys: tuple[str, ...] = ()
    reason: str | None = None


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
    hints = Hints([("source", pa.array([region], pa.string()))], np.array([True]))
    found = read_numbers(np.array([0]), pa.array([dialled]), hints)
    value, extension, marks = (combined(found[name]) for name in ("value", "extension", "marks"))
    if value.null_count:
        return Query(None, reason=found["reason"][0].as_py())
    keys, _ = keys_and_marks(value, extension, marks, frozenset())
    return Query(value[0].as_py(), tuple(keys[0].as_py()))
