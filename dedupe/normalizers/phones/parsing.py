"""One phone number as phonenumbers parses it: the reference that every faster way must equal."""

import re
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import phonenumbers
from phonenumbers import CountryCodeSource, NumberParseException, PhoneNumberType
from phonenumbers import ValidationResult as Possible
from phonenumbers.re_util import enable_pattern_cache

from dedupe.arrays.untyped import Array, DataType, pa, pc
from dedupe.normalizers.rules import rules

# Without it, mixed regions overflow the cache of `re` and every number compiles its patterns anew.
enable_pattern_cache()

CODES = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
REGIONS: frozenset[str] = frozenset(phonenumbers.SUPPORTED_REGIONS)
TYPES = {value: PhoneNumberType.to_string(value).lower() for value in PhoneNumberType.values()}
NO_COUNTRY_CODE = "no country code"
_PARSE_REASONS = {
    NumberParseException.INVALID_COUNTRY_CODE: NO_COUNTRY_CODE,
    NumberParseException.NOT_A_NUMBER: "not a number",
    NumberParseException.TOO_SHORT_AFTER_IDD: "too short",
    NumberParseException.TOO_SHORT_NSN: "too short",
    NumberParseException.TOO_LONG: "too long",
}
REASONS = {
    Possible.INVALID_COUNTRY_CODE: NO_COUNTRY_CODE,
    Possible.TOO_SHORT: "too short",
    Possible.TOO_LONG: "too long",
    Possible.INVALID_LENGTH: "wrong length",
    Possible.IS_POSSIBLE_LOCAL_ONLY: "area code missing",
    Possible.IS_POSSIBLE: "no such number",
}
_FROM_REGION = {CountryCodeSource.FROM_DEFAULT_COUNTRY, CountryCodeSource.FROM_NUMBER_WITHOUT_PLUS_SIGN}


NUMBER_KINDS: dict[str, DataType] = {
    "value": pa.string(),
    "extension": pa.string(),
    "type": pa.string(),
    "region": pa.string(),
    "stated": pa.bool_(),
    "reason": pa.string(),
    "dialled": pa.string(),
}


class Number(NamedTuple):
    """A parsed number. `value` is E.164; where it is invalid, `reason` says why.

    `stated`: the number has its calling code; `dialled`: `+digits`; both wherever it could be parsed.
    """

    value: str | None = None
    extension: str | None = None
    type: str | None = None
    region: str | None = None
    stated: bool = False
    reason: str | None = None
    dialled: str | None = None


def parse_number(text: str, region: str) -> Number:
    """What phonenumbers makes of `text`, dialled in `region` ("" if unknown)."""
    try:
        number = phonenumbers.parse(text, region or None, keep_raw_input=True)
    except NumberParseException as error:
        return Number(reason=_PARSE_REASONS[error.error_type])
    dialled = f"+{number.country_code}{phonenumbers.national_significant_number(number)}"
    stated = number.country_code_source not in _FROM_REGION
    if not phonenumbers.is_valid_number(number):
        reason = REASONS[phonenumbers.is_possible_number_with_reason(number)]
        return Number(stated=stated, reason=reason, dialled=dialled)
    return Number(
        dialled,
        number.extension or None,
        TYPES[phonenumbers.number_type(number)],
        phonenumbers.region_code_for_number(number),
        stated,
        dialled=dialled,
    )


class NumberMove(NamedTuple):
    """A change of a numbering plan: `pattern` matches the whole old number as +E.164."""

    pattern: re.Pattern[str]
    new: str


@cache
def moves(valid: bool) -> tuple[NumberMove, ...]:
    """The changes whose old numbers phonenumbers still accepts, or the others."""
    found = []
    for rule in rules("numbering_plans")["moves"]:
        code, new_code = rule["country_code"], rule.get("new_country_code", rule["country_code"])
        if rule.get("valid", False) == valid:
            found.append(NumberMove(re.compile(rf"\+{code}(?:{rule['old']})"), f"+{new_code}{rule['new']}"))
    return tuple(found)


def moved(number: str, valid: bool = False) -> str | None:
    """The valid number (+digits) that replaced this one in a change of its numbering plan, or None."""
    for move in moves(valid):
        found = move.pattern.fullmatch(number)
        today = parse_number(found.expand(move.new), "").value if found else None
        if today:
            return today
    return None


@cache
def moves_pattern(valid: bool) -> str:
    """All old numbers in one pattern, for RE2."""
    return "^(?:" + "|".join(move.pattern.pattern for move in moves(valid)) + ")$"


def national_lengths(numbers: Array) -> npt.NDArray[np.int64]:
    """How many digits stand behind the calling code of each valid number; 0 for null."""
    lengths = pc.fill_null(pc.binary_length(numbers), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    found: npt.NDArray[np.int64] = np.maximum(lengths - 1 - code_lengths(numbers), 0)
    return found


def code_lengths(numbers: Array) -> npt.NDArray[np.int64]:
    """How many digits the calling code of each number (`+digits`) has; 0 for null and for none."""
    heads = pc.fill_null(pc.utf8_slice_codeunits(numbers, 1, 4), "").dictionary_encode()
    sizes = np.array([_code_length(head) for head in heads.dictionary.to_pylist()], np.int64)
    found: npt.NDArray[np.int64] = sizes[heads.indices.to_numpy(zero_copy_only=False)]
    return found


def _code_length(head: str) -> int:
    known = (size for size in (1, 2, 3) if head[:size] and int(head[:size]) in CODES)
    return next(known, 0)
