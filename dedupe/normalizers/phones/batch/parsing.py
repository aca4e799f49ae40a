"""Phone numbers by the batch, with exactly the results of phonenumbers.

The column path takes only numbers whose parsing follows from phonenumbers' own metadata: ASCII digits with
the usual punctuation, an optional plus before and a labelled extension after. Everything else goes to
phonenumbers itself (`phones.parsing.parse_number`). A differential test compares the two over all regions.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.arrays.distinct_values import Rows, columns_of, distinct, distinct_rows
from dedupe.arrays.untyped import Array, Table, pa, pc
from dedupe.normalizers.phones.batch.automaton import Digits, Lengths, NotRegular
from dedupe.normalizers.phones.batch.calling_codes import calling_code, calling_codes, code_lengths
from dedupe.normalizers.phones.batch.digits import WIDTH, DigitsRead, Mask, read_digits
from dedupe.normalizers.phones.batch.numbering_plans import LONGEST, NumberingPlan, plans
from dedupe.normalizers.phones.parsing import NUMBER_KINDS, REASONS, parse_number

_STEP = 131_072
"""Numbers worked on at once: bounds the memory of the digit matrices."""


def parse_numbers(texts: Array, regions: Array) -> tuple[Table, Rows]:
    """Parse numbers as dialled in regions ("" if unknown); gives NUMBER_KINDS by distinct pair, and each
    row's index."""
    text_values, text_codes = distinct(texts)
    region_values, region_codes = distinct(regions)
    first, back = distinct_rows(text_codes, region_codes)
    text, region = text_codes[first], region_codes[first]
    parts = [
        _parse(
            text_values.take(pa.array(text[start : start + _STEP])),
            region[start : start + _STEP],
            region_values,
        )
        for start in range(0, len(first), _STEP)
    ]
    return pa.concat_tables(parts) if parts else columns_of(NUMBER_KINDS, []), back


def _parse(texts: Array, regions: Rows, names: Array) -> Table:
    """Parse distinct numbers; `regions` are indices into `names`.

    Where the metadata of a later release can't be compiled, phonenumbers parses each number: slow, but
    right.
    """
    read = read_digits(texts)
    with plans().lock:
        try:
            numbers = _resolve(read, regions, names.to_pylist())
            fast = _table(numbers, read.extension.take(pa.array(numbers.rows)))
        except NotRegular:
            numbers, fast = None, columns_of(NUMBER_KINDS, [])
    rows = numbers.rows if numbers else np.empty(0, np.int64)
    slow = np.setdiff1d(np.arange(len(texts)), rows, assume_unique=True)
    asked = zip(
        texts.take(pa.array(slow)).to_pylist(), names.take(pa.array(regions[slow])).to_pylist(), strict=True
    )
    rest = columns_of(NUMBER_KINDS, [parse_number(text, region) for text, region in asked])
    order = np.argsort(np.concatenate([rows, slow]), kind="stable")
    return pa.concat_tables([fast, rest]).take(pa.array(order))


@dataclass
class Numbers:
    """Parsed numbers: calling code and national digits."""

    rows: Rows  # among all
    code: Rows
    digits: Digits
    lengths: Lengths
    stated: Mask

    def take(self, places: Rows | Mask) -> "Numbers":
        return Numbers(
            self.rows[places],
            self.code[places],
            self.digits[places],
            self.lengths[places],
            self.stated[places],
        )


def _resolve(read: DigitsRead, regions: Rows, names: list[str]) -> Numbers:
    """The calling code and national number of every simple number that has them, without the other
    numbers."""
    rows, digits, lengths = read.rows, read.digits, read.lengths
    used, place = np.unique(regions[rows], return_inverse=True)
    known = [plans().plan(names[region]) if names[region] else None for region in used.tolist()]
    by_plan = np.array([plan.code if plan else 0 for plan in known], np.int64)[place]
    code = np.where(read.plus, calling_codes(digits, lengths), by_plan)
    numbers = Numbers(rows, code, digits.copy(), lengths.copy(), read.plus.copy())
    _shift(numbers, np.flatnonzero(read.plus & (code > 0)), code_lengths(code))
    every = _plans_in_use(code, read.plus, place, known)
    hard = _strip(numbers, read, every)
    _ask_python(numbers, read, every, hard)
    fine = (numbers.code > 0) & (numbers.lengths >= 2) & (numbers.lengths <= LONGEST)
    return numbers.take(fine)


def _shift(numbers: Numbers, places: Rows, by: Rows) -> None:
    """Drop `by` digits (by row of all numbers) from the left."""
    for step in range(1, 4):
        chosen = places[by[places] == step]
        if len(chosen):
            numbers.digits[chosen, : WIDTH - step] = numbers.digits[chosen, step:]
            numbers.digits[chosen, WIDTH - step :] = 0
            numbers.lengths[chosen] -= step


@dataclass(frozen=True)
class InUse:
    """The plan of each number (−1: none), as tables over the distinct plans."""

    plans: list[NumberingPlan]
    place: Rows


def _plans_in_use(code: Rows, plus: Mask, place: Rows, known: list[NumberingPlan | None]) -> InUse:
    """National numbers are parsed by their region's plan, others by the main plan of their code."""
    mixed = np.where(plus, code + len(known), place)
    used, back = np.unique(mixed, return_inverse=True)
    found: list[NumberingPlan] = []
    numbers = np.full(len(used), -1)
    for index, mark in enumerate(used.tolist()):
        plan = known[mark] if mark < len(known) else None
        if mark > len(known):
            plan = plans().main_plan(mark - len(known))
        if plan is not None:
            numbers[index] = len(found)
            found.append(plan)
    return InUse(found, numbers[back.reshape(-1)])


def _strip(numbers: Numbers, read: DigitsRead, use: InUse) -> Rows:
    """Strip plain national prefixes; gives the numbers that need another method."""
    if not use.plans:
        return np.array([], np.int64)
    at, first = use.place, numbers.digits[:, 0]
    fit = np.flatnonzero((at >= 0) & (numbers.lengths > 0))
    prefixed = np.zeros(len(at), bool)
    prefixed[fit] = np.array([plan.maybe_prefix for plan in use.plans])[at[fit], first[fit]]
    plain = np.array([bool(plan.plain_prefix) for plan in use.plans])
    hard = np.zeros(len(at), bool)
    hard[fit] = prefixed[fit] & ~plain[at[fit]]
    national = np.flatnonzero(~read.plus & (at >= 0))
    hard[national] |= _maybe_international(numbers, use, national)
    _strip_plain(numbers, use, np.flatnonzero(prefixed & ~hard))
    return np.flatnonzero(hard)


def _maybe_international(numbers: Numbers, use: InUse, places: Rows) -> Mask:
    """National numbers that might start with an international prefix or with their own calling code."""
    digits, at = numbers.digits[places].astype(np.int64), use.place[places]
    idd: Mask = np.array([plan.maybe_idd for plan in use.plans])[at, digits[:, 0] * 10 + digits[:, 1]]
    codes = np.array([plan.code for plan in use.plans])[at]
    heads = np.stack([digits[:, 0], digits[:, 0] * 10 + digits[:, 1]])
    heads = np.vstack([heads, heads[1] * 10 + digits[:, 2]])
    own: Mask = heads[code_lengths(codes) - 1, np.arange(len(places))] == codes
    return idd | own


def _strip_plain(numbers: Numbers, use: InUse, places: Rows) -> None:
    """`_maybe_strip_national_prefix_carrier_code` where the prefix is a plain text of digits."""
    prefixes = [plan.plain_prefix for plan in use.plans]
    sizes = np.array([len(prefix) for prefix in prefixes])[use.place[places]]
    second = np.array([int(prefix[1]) if len(prefix) > 1 else -1 for prefix in prefixes])[use.place[places]]
    places = places[
        ((second < 0) | (numbers.digits[places, 1] == second)) & (numbers.lengths[places] >= sizes)
    ]
    if not len(places):
        return
    part = numbers.take(places)
    by = np.array([len(prefix) for prefix in prefixes])[use.place[places]]
    stripped = part.take(np.arange(len(places)))
    _shift(stripped, np.arange(len(places)), by)
    whole = _general(part, use, places)
    kept = whole & ~_general(stripped, use, places)
    short = np.array([plan.too_short for plan in use.plans])[use.place[places], stripped.lengths]
    gone = ~(kept | short)
    numbers.digits[places[gone]], numbers.lengths[places[gone]] = (
        stripped.digits[gone],
        stripped.lengths[gone],
    )


def _general(numbers: Numbers, use: InUse, places: Rows) -> Mask:
    """Whether the general pattern of each number's plan matches it."""
    states = _run(numbers)
    mixed = states.astype(np.int64) * len(use.plans) + use.place[places]
    pairs, back = np.unique(mixed, return_inverse=True)
    cases = [divmod(pair, len(use.plans)) for pair in pairs.tolist()]
    found = [plans().code(use.plans[at].code).is_general(use.plans[at].region, state) for state, at in cases]
    matching: Mask = np.array(found, bool)[back.reshape(-1)]
    return matching


def _run(numbers: Numbers) -> npt.NDArray[np.int32]:
    codes, back = np.unique(numbers.code, return_inverse=True)
    starts = np.array([plans().code(code).start for code in codes.tolist()], np.int32)
    return plans().automaton.run(numbers.digits, numbers.lengths, starts[back.reshape(-1)])


def _ask_python(numbers: Numbers, read: DigitsRead, use: InUse, places: Rows) -> None:
    """The numbers whose prefixes are patterns: phonenumbers' own steps, one number at a time."""
    for place in places.tolist():
        plan = use.plans[use.place[place]]
        digits = "".join(map(str, numbers.digits[place, : numbers.lengths[place]].tolist()))
        found = _with_code(digits, plan) if read.plus[place] else _national(digits, plan)
        numbers.code[place] = 0
        if found is not None:
            code, national, numbers.stated[place] = found
            numbers.code[place], numbers.lengths[place] = code, len(national)
            numbers.digits[place] = 0
            numbers.digits[place, : len(national)] = [int(digit) for digit in national]


def _with_code(digits: str, plan: NumberingPlan, stated: bool = True) -> tuple[int, str, bool] | None:
    """The end of phonenumbers' `parse`, once the calling code is known; None: let phonenumbers decide."""
    if len(digits) < 2:
        return None
    return plan.code, plan.settled(digits, plan.without_prefix(digits)), stated


def _national(digits: str, plan: NumberingPlan) -> tuple[int, str, bool] | None:
    """`_maybe_extract_country_code` of phonenumbers for digits without a plus."""
    found = plan.idd.match(digits) if plan.idd else None
    if found and digits[found.end() : found.end() + 1] != "0":
        rest = digits[found.end() :]
        code = calling_code(rest) if len(rest) > 2 else 0
        return _with_code(rest[len(str(code)) :], plans().main_plan(code)) if code else None
    if digits.startswith(str(plan.code)):
        inner = plan.without_prefix(digits[len(str(plan.code)) :])
        if plan.is_without_code(digits, inner):
            return _with_code(inner, plans().main_plan(plan.code), stated=False)
    return _with_code(digits, plan, stated=False)


def _table(numbers: Numbers, extension: Array) -> Table:
    """NUMBER_KINDS of parsed numbers."""
    codes, code_at = np.unique(numbers.code, return_inverse=True)
    code_at = code_at.reshape(-1)
    states = _run(numbers)
    mixed = (states.astype(np.int64) * len(codes) + code_at) * (LONGEST + 1) + numbers.lengths
    cases, back = np.unique(mixed, return_inverse=True)
    outcomes = [_case(case, codes) for case in cases.tolist()]
    kinds = {"region": pa.string(), "type": pa.string(), "reason": pa.string()}
    verdicts = columns_of(kinds, outcomes).take(pa.array(back.reshape(-1)))
    valid = pc.is_null(verdicts["reason"])
    text = _dialled(numbers)
    return pa.table(
        {
            "value": pc.if_else(valid, text, None),
            "extension": pc.if_else(valid, extension, None),
            "type": verdicts["type"],
            "region": verdicts["region"],
            "stated": pa.array(numbers.stated),
            "reason": verdicts["reason"],
            "dialled": text,
        }
    ).cast(pa.schema(list(NUMBER_KINDS.items())))


def _case(case: int, codes: Rows) -> tuple[str | None, str | None, str | None]:
    rest, length = divmod(case, LONGEST + 1)
    state, at = divmod(rest, len(codes))
    code = int(codes[at])
    verdict = plans().verdict(code, state, length)
    reason = None if verdict.type else REASONS[plans().main_plan(code).lengths[length]]
    return verdict.region, verdict.type, reason


def _dialled(numbers: Numbers) -> Array:
    """`+`, calling code and national number as texts."""
    sizes = code_lengths(numbers.code)
    matrix = np.zeros((len(sizes), WIDTH + 4), np.uint8)
    matrix[:, 0] = ord("+")
    for size in (1, 2, 3):
        chosen = np.flatnonzero(sizes == size)
        for index in range(size):
            matrix[chosen, 1 + index] = numbers.code[chosen] // 10 ** (size - 1 - index) % 10 + ord("0")
        matrix[chosen, 1 + size : 1 + size + WIDTH] = numbers.digits[chosen][:, :WIDTH] + ord("0")
    ends = 1 + sizes + numbers.lengths
    chars = matrix[np.arange(WIDTH + 4) < ends[:, None]]
    offsets = np.concatenate([[0], np.cumsum(ends)]).astype(np.int32)
    return pa.StringArray.from_buffers(len(sizes), pa.py_buffer(offsets), pa.py_buffer(chars))
