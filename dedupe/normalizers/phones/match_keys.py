"""Match keys of phone numbers that were read (`phones`), and which numbers are nobody's.

keys_and_marks(read, own) -> the fields `keys` and `marks` of `schemas.PHONE`, as `phones` says them
"""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from dedupe.arrays.distinct_values import Rows, lists_of, text_where
from dedupe.arrays.untyped import Array, pa, pc
from dedupe.normalizers.phones import national
from dedupe.normalizers.phones.parsing import moved, moves_pattern, national_lengths, parse_number

Mask = npt.NDArray[np.bool_]
_ALIKE = "|".join(f"{digit}{{7}}" for digit in range(10))
_STAIRS = ("1234567890", "123456789", "12345678", "0123456789", "9876543210", "987654321")


def own_numbers(texts: Iterable[str], region: str | None) -> frozenset[str]:
    """Our own numbers as keys."""
    found = (parse_number(text, region or "").value for text in texts)
    return frozenset(moved(value, valid=True) or value for value in found if value)


def keys_and_marks(
    read: Mapping[str, Array], own: frozenset[str], undone: Array | None = None
) -> tuple[Array, Array]:
    """The match keys of numbers from `read_numbers`, and their marks with `ours`, `placeholder` and
    `undone` added."""
    marks, numbers, open_ = read["marks"], _of_today(read["value"]), read["national"]
    lengths = np.maximum(national_lengths(numbers), _lengths(open_))
    mine = pc.fill_null(pc.is_in(numbers, pa.array(sorted(own), pa.string())), False).to_numpy(False)
    mine |= _is_open_form_of(open_, own)
    written = pc.coalesce(numbers, open_)
    fake = _placeholders(written, lengths)
    usable = ~(mine | fake)
    extended = pc.binary_join_element_wise(numbers, read["extension"], "x")
    other = pc.binary_join_element_wise("or:", read["other"], "")
    subscriber = pc.binary_join_element_wise("sub:", pc.utf8_slice_codeunits(written, -7), "")
    long = usable & (lengths >= national.FEWEST)
    of_number, of_open = (
        pc.binary_join_element_wise("nat:", digits, "") for digits in (national.of_numbers(numbers), open_)
    )
    columns = [
        pc.if_else(pa.array(usable), pc.coalesce(numbers, of_open), None),
        pc.if_else(pa.array(long), subscriber, None),
        pc.if_else(pa.array(usable), extended, None),
        pc.if_else(pa.array(usable), other, None),
        pc.if_else(pa.array(long), of_number, None),
    ]
    more = [text_where(mine, "ours"), text_where(fake, "placeholder")]
    return lists_of(columns), _with_marks(marks, *more, *([] if undone is None else [undone]))


def _lengths(texts: Array) -> Rows:
    found: Rows = pc.fill_null(pc.utf8_length(texts), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def _is_open_form_of(digits: Array, own: frozenset[str]) -> Mask:
    """Whether national digits are those of one of these numbers."""
    known = national.of_numbers(pa.array(sorted(own), pa.string()))
    return np.asarray(pc.fill_null(pc.is_in(digits, known), False).to_numpy(zero_copy_only=False))


def _of_today(values: Array) -> Array:
    """Valid numbers that a change of their numbering plan has replaced all the same."""
    old = np.flatnonzero(
        pc.fill_null(pc.match_substring_regex(values, moves_pattern(valid=True)), False).to_numpy(False)
    )
    if not len(old):
        return values
    today = [moved(value, valid=True) or value for value in values.take(pa.array(old)).to_pylist()]
    mask = np.zeros(len(values), bool)
    mask[old] = True
    return pc.replace_with_mask(values, pa.array(mask), pa.array(today))


def _placeholders(numbers: Array, lengths: Rows) -> Mask:
    fake: Mask = pc.fill_null(pc.match_substring_regex(numbers, rf"(?:{_ALIKE})$"), False).to_numpy(False)
    for stairs in _STAIRS:
        ends = pc.fill_null(pc.ends_with(numbers, stairs), False).to_numpy(False)
        fake = fake | (ends & (lengths == len(stairs)))
    return fake


def _with_marks(marks: Array, *more: Array) -> Array:
    """Lists with further texts behind, where they are not null."""
    if all(column.null_count == len(column) for column in more):
        return marks
    rows = zip(marks.to_pylist(), *(column.to_pylist() for column in more), strict=True)
    return pa.array([[*found, *(text for text in texts if text)] for found, *texts in rows], marks.type)
