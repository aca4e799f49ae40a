"""The digits of simply written numbers, as a matrix: ASCII digits with the usual punctuation, perhaps a plus
before and a labelled extension after."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from dedupe.arrays.distinct_values import Rows
from dedupe.arrays.untyped import Array, pa, pc
from dedupe.normalizers.phones.batch.automaton import Digits, Lengths
from dedupe.normalizers.phones.batch.numbering_plans import LONGEST

WIDTH = LONGEST + 3
Mask = npt.NDArray[np.bool_]

# phonenumbers' punctuation without the signs that may begin an extension or a second number (x, ~, comma, #).
_SIGNS = r" ().\-/\[\]\x{A0}\x{2010}-\x{2015}\x{2212}"
_DIGIT, _SIGN, _PLUS, _OTHER = range(4)
_BYTES = np.full(256, _OTHER, np.uint8)
_BYTES[list(b"0123456789")] = _DIGIT
_BYTES[list(b" ().-/[]")] = _SIGN
_BYTES[ord("+")] = _PLUS
_LABELLED = (
    r"^[A-Za-z:.()\[\]\- ]*"  # phonenumbers starts at the first digit or plus
    rf"(?P<number>\+?[{_SIGNS}]*[0-9](?:[{_SIGNS}]*[0-9])+)"
    r"(?:[ ]*(?i:x|ext\.?|extension|ext:)[ ]*(?P<extension>[0-9]{1,7}))?"
    r"[ ().,:\-]*$"  # … and drops what stands behind the last one
)
_LONGEST_TEXT = 250  # characters that phonenumbers takes


@dataclass(frozen=True)
class DigitsRead:
    """The simply written numbers: their rows, and their digits."""

    rows: Rows
    plus: Mask
    digits: Digits
    lengths: Lengths
    extension: Array  # of all rows


def read_digits(texts: Array) -> DigitsRead:
    count = len(texts)
    plain = _read_plain(texts)
    rest = np.flatnonzero(~np.isin(np.arange(count), plain[0]) & _fitting(texts))
    found = pc.extract_regex(texts.take(pa.array(rest)), _LABELLED)
    labelled = _read_plain(pc.fill_null(pc.struct_field(found, "number"), ""), every=True)
    place = np.full(count, -1)
    place[rest] = np.arange(len(rest))
    extension = pc.struct_field(found, "extension").take(pa.array(place, mask=place < 0))
    parts: list[tuple[Any, Any]] = list(zip(plain[1:], labelled[1:], strict=True))
    both = [np.concatenate(part) for part in parts]
    rows = np.concatenate([plain[0], rest[labelled[0]]])
    return DigitsRead(rows, both[0], both[1], both[2], pc.if_else(pc.equal(extension, ""), None, extension))


def _fitting(texts: Array) -> Mask:
    fits: Mask = pc.less_equal(pc.utf8_length(texts), _LONGEST_TEXT).to_numpy(zero_copy_only=False)
    return fits


def _read_plain(texts: Array, every: bool = False) -> tuple[Rows, Mask, Digits, Lengths]:
    """Rows of digits, ASCII signs and a leading plus only (`every`: that is known), and what they hold."""
    bounds = np.frombuffer(texts.buffers()[1], np.int32)
    ends = bounds[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    chars = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[ends[0] : ends[-1]]
    ends -= ends[0]
    kinds = _BYTES[chars]
    lengths = _counts(kinds == _DIGIT, ends)
    plus = _counts(kinds == _PLUS, ends)
    fine = (lengths >= 4) & (lengths <= WIDTH) & (ends[1:] - ends[:-1] <= _LONGEST_TEXT)
    if not every:
        starts = np.append(kinds, _OTHER)[ends[:-1]] == _PLUS
        fine &= (_counts(kinds == _OTHER, ends) == 0) & (plus == starts)
    rows = np.flatnonzero(fine)
    wanted = (kinds == _DIGIT) & np.repeat(fine, ends[1:] - ends[:-1])
    matrix = np.zeros((len(rows), WIDTH), np.uint8)
    matrix[np.arange(WIDTH) < lengths[rows, None]] = chars[wanted] - ord("0")
    return rows, plus[rows] > 0, matrix, lengths[rows]


def _counts(hits: Mask, ends: Rows) -> Lengths:
    """How many of the characters between two ends are hits."""
    total = np.concatenate([[0], np.cumsum(hits)])
    counts: Lengths = total[ends[1:]] - total[ends[:-1]]
    return counts
