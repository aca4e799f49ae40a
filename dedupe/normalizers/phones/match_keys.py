"""Match keys of phone numbers that were read (`phones`), and which numbers are nobody's.

keys_and_marks(read, own) -> the fields `keys` and `marks` of `schemas.PHONE`, as `phones` says them
"""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from dedupe.arrays.distinct_values import Rows, lists_of, text_where
from dedupe.arrays.untyped import Array, pa, pc
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
    marks, numbers = read["marks"], _of_today(read["value"])
    lengths = national_lengths(numbers)
    mine = pc.fill_null(pc.is_in(numbers, pa.array(sorted(own), pa.string())), False).to_numpy(False)
    fake = _placeholders(numbers, lengths)
    usable = ~(mine | fake)
    extended = pc.binary_join_element_wise(numbers, read["extension"], "x")
    other = pc.binary_join_element_wise("or:", read["other"], "")
    subscriber = pc.binary_join_element_wise("sub:", pc.utf8_slice_codeunits(numbers, -7), "")
    columns = [
        pc.if_else(pa.array(usable), numbers, None),
        pc.if_else(pa.array(usable & (lengths >= 7)), subscriber, None),
        pc.if_else(pa.array(usable), extended, None),
        pc.if_else(pa.array(usable), other, None),
    ]
    more = [text_where(mine, "ours"), text_where(fake, "placeholder")]
    return lists_of(columns), _with_marks(marks, *more, *([] if undone is None else [undone]))


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
