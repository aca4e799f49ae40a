"""Numbers written internationally but without their plus, as WhatsApp, spreadsheets and many exports do.

Dialled in a country, such digits may be a number of that country as well (`4915112345678` in Germany: an area
code 04915, or +49 151 12345678). Both readings are judged; the likelier is the value, the other stays a match
key.

- Digits that begin with the country's own calling code are international, unless they are a mobile number as
  they stand (Italy's 39…) and no mobile behind the code.
- With another country's code they are the country's own, unless that is a kind of number that hardly anybody
  has (a voicemail) or a landline without its trunk prefix that is longer than landlines are.
- In no country that is known, ten digits that are a number of North America are no international ones.
- A source that writes its numbers so (`NormalizeSettings.international_without_plus`) is taken at its word.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedupe.arrays.distinct_values import combined
from dedupe.arrays.untyped import Array, Table, pa, pc
from dedupe.normalizers.phones.batch.numbering_plans import plans
from dedupe.normalizers.phones.batch.parsing import parse_numbers
from dedupe.normalizers.phones.parsing import code_lengths

Mask = npt.NDArray[np.bool_]

_SIGNS = r"[ ().\-/\x{A0}]"
_BARE = rf"^{_SIGNS}*[1-9](?:{_SIGNS}*[0-9]){{7,14}}{_SIGNS}*$"
_MOBILES = ("mobile", "fixed_line_or_mobile")
_LONG_LANDLINE = 12
"""Digits that a landline with its area code hardly has; chosen: the longest usual ones have eleven."""


class NumberReading(NamedTuple):
    """One reading of a number: as dialled in a region, or as international."""

    value: str
    type: str
    region: str


def bare(texts: Array) -> Mask:
    """Digits alone, perhaps with the usual signs between them, as many as a number with its code has."""
    written: Mask = pc.fill_null(pc.match_substring_regex(texts, _BARE), False).to_numpy(False)
    return written


def with_plus(texts: Array) -> Array:
    return pc.binary_join_element_wise("+", pc.replace_substring_regex(texts, _SIGNS, ""), "")


def rather_of_north_america(texts: Array) -> Mask:
    """Digits that may be international without their plus, but are a number as North America writes them: ten
    digits, or an area code in parentheses."""
    digits = pc.replace_substring_regex(texts, r"[^0-9]+", "")
    ten = pc.equal(pc.binary_length(digits), 10)
    table, back = parse_numbers(pc.binary_join_element_wise("+1", digits, ""), pa.repeat("", len(texts)))
    valid = pc.is_valid(combined(table["value"])).take(pa.array(back))
    found: Mask = pc.or_(pc.and_(ten, valid), pc.starts_with(texts, "(")).to_numpy(zero_copy_only=False)
    return found


def doubtful(texts: Array, national: Table) -> Mask:
    """Where bare digits that were read as a national number may rather be an international one."""
    ordinary = pc.is_in(national["type"], pa.array(_MOBILES)).to_numpy(False)
    found: Mask = ~ordinary | _with_own_code(with_plus(texts), combined(national["value"]))
    return found


def _with_own_code(international: Array, national: Array) -> Mask:
    """Whether the digits begin with the calling code of the number that they were read as."""
    sizes = code_lengths(national)
    found = np.zeros(len(sizes), bool)
    for size in (1, 2, 3):
        heads = (pc.utf8_slice_codeunits(column, 0, 1 + size) for column in (international, national))
        found |= (sizes == size) & pc.fill_null(pc.equal(*heads), False).to_numpy(False)
    return found


def rather_international(
    national: Sequence[NumberReading], international: Sequence[NumberReading | None]
) -> Mask:
    """The bare numbers that are more likely international; None where they are no international number."""
    pairs = zip(national, international, strict=True)
    return np.array([there is not None and _likelier(there, here) for here, there in pairs], bool)


def _likelier(there: NumberReading, here: NumberReading) -> bool:
    digits = there.value.removeprefix("+")
    if there.value[: 1 + _size(there)] == here.value[: 1 + _size(here)]:
        return here.type not in _MOBILES or (there.type in _MOBILES and _has_trunk_zero(here.region))
    if here.type in _MOBILES or there.type not in _MOBILES:
        return False
    if here.type != "fixed_line":
        return True
    return _has_trunk_zero(here.region) and len(digits) >= _LONG_LANDLINE


def _size(reading: NumberReading) -> int:
    return int(code_lengths(pa.array([reading.value]))[0])


def _has_trunk_zero(region: str) -> bool:
    """Whether numbers of the region are usually written with a zero that these digits lack."""
    return (plans().plan(region).metadata.national_prefix or "").startswith("0")
