"""National digits: what is left of a number without its country code and trunk prefix.

Several countries may have a number of the same national digits. They are all that is known of a number whose
country nobody tells, and what it has in common with the same number where its country is known.

    of_numbers(E.164 numbers)   -> their national digits
    open_numbers(read, texts)   -> the national digits of numbers that could not be read, where they are a
                                   number of some country, whichever it is
"""

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from phonenumbers import ValidationResult

from dedupe.arrays.distinct_values import Rows, combined, distinct
from dedupe.arrays.untyped import Array, Table, pa, pc
from dedupe.normalizers.phones.batch.parsing import parse_numbers
from dedupe.normalizers.phones.parsing import CODES, NO_COUNTRY_CODE, REASONS, code_lengths

Mask = npt.NDArray[np.bool_]
FEWEST = 7
"""National digits of a number that may stand without its country: with fewer, strangers share them (chosen;
only small islands have shorter numbers)."""
_COMMON_FIRST = (1, 91, 49, 55, 86, 44, 33, 34, 48, 7)
"""Codes of large countries with numbers of all usual lengths: asked first, because most digits fit one."""
_BESIDE_ZERO = (("8", 7), ("80", 375))
"""Trunk prefixes other than zero, and the calling code behind them (Russia: 8 916 123-45-67). Hungary's 06 is
left out: the same digits are German landlines, and the last seven digits find them."""
_WRITTEN = re.compile(
    r"(?!00)[(\[]?(\d(?:[ ().\-/\[\]\u00a0\u2010-\u2015\u2212]*\d)*)[ ().]*"
    r"(?:(?:ext\.?|extension|x)[ .:]*(\d{1,7}))?",
    re.IGNORECASE,
)


def of_numbers(numbers: Array) -> Array:
    """The digits of E.164 numbers behind their calling code, without the zeros that Italy's begin with; null
    for null."""
    sizes = code_lengths(numbers)
    national = pc.utf8_slice_codeunits(numbers, 2)
    for size in (2, 3):
        shorter = pc.utf8_slice_codeunits(numbers, 1 + size)
        national = pc.if_else(pa.array(sizes == size), shorter, national)
    return pc.utf8_ltrim(national, "0")


def open_numbers(read: Mapping[str, Array], texts: Array) -> dict[str, Array]:
    """The columns of `read_numbers` that change where a number isn't valid in a region that was tried, but in
    some other: `national` has its digits, and there is no reason to reject it. That a country is missing is
    no reason any more where the number is valid in none."""
    failed = np.flatnonzero(pc.is_valid(read["reason"]).to_numpy(zero_copy_only=False))
    place = np.full(len(texts), -1)
    place[failed] = np.arange(len(failed))
    found = _read(texts.take(pa.array(failed))).take(pa.array(place, mask=place < 0))
    national = combined(found["national"])
    return {
        "national": national,
        "extension": pc.coalesce(read["extension"], combined(found["extension"])),
        "reason": pc.if_else(pc.is_valid(national), None, _told_again(read["reason"])),
    }


def _told_again(reasons: Array) -> Array:
    nowhere = REASONS[ValidationResult.IS_POSSIBLE]
    return pc.if_else(pc.equal(reasons, NO_COUNTRY_CODE), nowhere, reasons)


def _read(texts: Array) -> Table:
    """The national digits and the extension of each text; null where it is no number anywhere."""
    values, back = distinct(texts)
    found = [_WRITTEN.fullmatch(text) for text in values.to_pylist()]
    digits = pa.array([_digits(one[1]) if one else "" for one in found], pa.string())
    national = _national(digits)
    extension = pa.array([one[2] if one else None for one in found], pa.string())
    columns = [national, pc.if_else(pc.is_valid(national), extension, None)]
    table: Table = pa.table(columns, names=["national", "extension"]).take(pa.array(back))
    return table


def _digits(text: str) -> str:
    return "".join(str(int(char)) for char in text if char.isdecimal())


def _national(digits: Array) -> Array:
    """The national digits of digits as written; null where no country has such a number."""
    short = pc.utf8_ltrim(digits, "0")
    wanted = pc.greater_equal(pc.utf8_length(short), FEWEST).to_numpy(zero_copy_only=False)
    somewhere = _is_number_somewhere(short, wanted)
    somewhere |= _is_number_somewhere(digits, wanted & ~somewhere)  # Italy's keep their zero
    return pc.coalesce(_behind_other_prefixes(digits), pc.if_else(pa.array(somewhere), short, None))


def _is_number_somewhere(national: Array, wanted: Mask) -> Mask:
    """Which of the wanted digits are a valid number behind any calling code."""
    found = np.zeros(len(national), bool)
    places = np.flatnonzero(wanted)
    for code in _COMMON_FIRST:
        valid = _is_number(np.full(len(places), code), national.take(pa.array(places)))
        found[places[valid]] = True
        places = places[~valid]
    rest = np.array(sorted(set(CODES) - set(_COMMON_FIRST)))
    tried = np.tile(places, len(rest))
    valid = _is_number(np.repeat(rest, len(places)), national.take(pa.array(tried)))
    found[tried[valid]] = True
    return found


def _is_number(codes: Rows, national: Array) -> Mask:
    """Whether digits behind a calling code, row by row, are a valid number."""
    if not len(codes):
        return np.zeros(0, bool)
    heads = pc.binary_join_element_wise("+", pa.array(codes).cast(pa.string()), "")
    texts = pc.binary_join_element_wise(heads, national, "")
    table, back = parse_numbers(texts, pa.repeat("", len(texts)))
    valid: Mask = pc.is_valid(combined(table["value"])).to_numpy(zero_copy_only=False)[back]
    return valid


def _behind_other_prefixes(digits: Array) -> Array:
    found = pa.nulls(len(digits), pa.string())
    for prefix, code in _BESIDE_ZERO:
        wanted = pc.starts_with(digits, prefix)
        rest = pc.utf8_slice_codeunits(digits.filter(wanted), len(prefix))
        texts = pc.binary_join_element_wise(f"+{code}", rest, "")
        table, back = parse_numbers(texts, pa.repeat("", len(texts)))
        national = of_numbers(combined(table["value"])).take(pa.array(back))
        found = pc.coalesce(found, pc.replace_with_mask(pa.nulls(len(digits), pa.string()), wanted, national))
    return found
