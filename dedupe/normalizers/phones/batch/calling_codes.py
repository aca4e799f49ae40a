"""The calling code that numbers begin with."""

from functools import cache

import numpy as np
import phonenumbers

from dedupe.arrays.distinct_values import Rows
from dedupe.normalizers.phones.batch.automaton import Digits, Lengths


def calling_code(digits: str) -> int:
    """`_extract_country_code` of phonenumbers: the code that digits start with, 0 if none."""
    if not digits or digits[0] == "0":
        return 0
    heads = (int(digits[:length]) for length in range(1, min(len(digits), 3) + 1))
    return next((head for head in heads if head in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 0)


def calling_codes(digits: Digits, lengths: Lengths) -> Rows:
    """The calling code that each number starts with, 0 if none."""
    found = _codes_of_heads()[digits[:, 0].astype(np.int64) * 100 + digits[:, 1] * 10 + digits[:, 2]]
    return np.where(lengths > code_lengths(found), found, 0)


@cache
def _codes_of_heads() -> Rows:
    """The calling code that three digits begin with, 0 if none."""
    return np.array([calling_code(f"{head:03}") for head in range(1000)], np.int64)


def code_lengths(codes: Rows) -> Rows:
    return np.where(codes >= 100, 3, np.where(codes >= 10, 2, 1))
