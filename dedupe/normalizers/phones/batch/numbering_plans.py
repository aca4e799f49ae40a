"""The numbering plans of phonenumbers' metadata, compiled at first use of a region.

A `NumberingPlan` is the metadata of one region (or non-geographic code). `Plans` holds them with one
automaton for all: the patterns of all regions of a calling code run together, and the last state gives
region and type.
"""

import re
from functools import cache, cached_property
from threading import RLock
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberType
from phonenumbers import ValidationResult as Possible
from phonenumbers import phonenumberutil as reference

from dedupe.normalizers.phones.batch.automaton import Automaton, Entry, NotRegular
from dedupe.normalizers.phones.parsing import TYPES

LONGEST = 17
"""Digits of a national number that phonenumbers accepts."""

_KINDS = (
    (PhoneNumberType.PREMIUM_RATE, "premium_rate"),
    (PhoneNumberType.TOLL_FREE, "toll_free"),
    (PhoneNumberType.SHARED_COST, "shared_cost"),
    (PhoneNumberType.VOIP, "voip"),
    (PhoneNumberType.PERSONAL_NUMBER, "personal_number"),
    (PhoneNumberType.PAGER, "pager"),
    (PhoneNumberType.UAN, "uan"),
    (PhoneNumberType.VOICEMAIL, "voicemail"),
)
"""In the order in which phonenumbers asks."""

_DESCRIPTIONS = ("general_desc", *(name for _, name in _KINDS), "fixed_line", "mobile")


class Pattern(NamedTuple):
    """A compiled description: its accepting state and the lengths that count (any, if none is named)."""

    accepting: int
    lengths: frozenset[int]


def _metadata(code: int, region: str) -> Any:
    """Never None for a calling code and a region of its own."""
    return PhoneMetadata.metadata_for_region_or_calling_code(code, region)


class NumberingPlan:
    """One region's rules for parsing, as phonenumbers applies them to digits."""

    def __init__(self, region: str, code: int) -> None:
        self.region, self.code = region, code
        self.metadata = _metadata(code, region)
        self.general = re.compile(self.metadata.general_desc.national_number_pattern)
        prefix = self.metadata.national_prefix_for_parsing
        self.prefix = re.compile(prefix) if prefix else None
        self.plain_prefix = prefix if prefix and prefix.isdigit() else ""
        idd = self.metadata.international_prefix
        self.idd = re.compile(idd) if idd else None
        if not hasattr(reference, "_test_number_length"):  # not public, so it may go with any release
            raise NotRegular("phonenumbers tells no more which lengths of numbers are possible")
        self.lengths = [
            reference._test_number_length("0" * length, self.metadata) for length in range(LONGEST + 4)
        ]

    @cached_property
    def maybe_idd(self) -> npt.NDArray[np.bool_]:
        """By the first two digits (as a number): might an international prefix stand there?"""
        return _may_start(self.idd.pattern if self.idd else "", 2)

    @cached_property
    def maybe_prefix(self) -> npt.NDArray[np.bool_]:
        """By the first digit: might the national prefix stand there?"""
        return _may_start(self.prefix.pattern if self.prefix else "", 1)

    def without_prefix(self, digits: str) -> str:
        """`_maybe_strip_national_prefix_carrier_code` of phonenumbers."""
        found = self.prefix.match(digits) if self.prefix and digits else None
        if not found:
            return digits
        rule = self.metadata.national_prefix_transform_rule
        if not rule or found.groups()[len(found.groups()) - 1] is None:
            stripped = digits[found.end() :]
        else:
            stripped = re.sub(found.re, rule, digits, count=1)
        if self.general.fullmatch(digits) and not self.general.fullmatch(stripped):
            return digits
        return stripped

    @cached_property
    def too_short(self) -> npt.NDArray[np.bool_]:
        """By length: whether stripped digits are no number any more, so that nothing is to be stripped."""
        short = (Possible.TOO_SHORT, Possible.IS_POSSIBLE_LOCAL_ONLY, Possible.INVALID_LENGTH)
        return np.array([result in short for result in self.lengths])

    def settled(self, digits: str, stripped: str) -> str:
        """The national number: the stripped digits, unless they have become too short for one."""
        return digits if self.too_short[len(stripped)] else stripped

    def is_without_code(self, digits: str, inner: str) -> bool:
        """Whether digits that start with the calling code hold it, `inner` being the rest."""
        better = not self.general.fullmatch(digits) and self.general.fullmatch(inner)
        return bool(better) or self.lengths[len(digits)] == Possible.TOO_LONG


@cache
def _may_start(pattern: str, width: int) -> npt.NDArray[np.bool_]:
    """By the first `width` digits (as a number): might a non-empty match of the pattern start there?"""
    automaton = Automaton()
    # Without the anchor it matches more: enough for "might".
    entry, accepting = automaton.add(pattern.replace("$", ""))

    def might(start: str) -> bool:
        reached = entry
        for digit in start:
            reached = automaton.follow(reached, int(digit))
            if accepting in reached:
                return True
        return bool(reached)

    return np.array([might(f"{start:0{width}}") for start in range(10**width)])


class NumberType(NamedTuple):
    """What a whole national number is: region and type in phonenumbers' words; None where invalid."""

    region: str | None = None
    type: str | None = None


class Code:
    """A calling code: the patterns of all its regions, to be run together."""

    def __init__(self, code: int, automaton: Automaton) -> None:
        self.regions = list(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[code])
        self._automaton = automaton
        self._patterns: dict[tuple[str, str], Pattern] = {}
        self._same: dict[str, bool] = {}
        entries: list[Entry] = []
        for region in self.regions:
            metadata = _metadata(code, region)
            self._same[region] = bool(metadata.same_mobile_and_fixed_line_pattern)
            for name in _DESCRIPTIONS:
                entries += self._add(region, name, getattr(metadata, name))
            if metadata.leading_digits is not None:
                entry, accepting = automaton.add(metadata.leading_digits, prefix=True)
                self._patterns[region, "leading_digits"] = Pattern(accepting, frozenset())
                entries.append(entry)
        self.start = automaton.state(frozenset().union(*entries))

    def _add(self, region: str, name: str, description: Any) -> list[Entry]:
        if description is None or not description.national_number_pattern:
            return []
        entry, accepting = self._automaton.add(description.national_number_pattern)
        self._patterns[region, name] = Pattern(accepting, frozenset(description.possible_length))
        return [entry]

    def is_general(self, region: str, state: int) -> bool:
        """Whether the region's general pattern matches, whatever the length."""
        pattern = self._patterns.get((region, "general_desc"))
        return pattern is not None and pattern.accepting in self._automaton.accepted(state)

    def verdict(self, state: int, length: int) -> NumberType:
        """`region_code_for_number`, `is_valid_number` and `number_type` of phonenumbers."""
        accepted = self._automaton.accepted(state)
        region = self._region(accepted, length)
        kind = self._type(region, accepted, length) if region else None
        return NumberType(region, TYPES[kind]) if kind is not None else NumberType()

    def _region(self, accepted: Entry, length: int) -> str | None:
        if len(self.regions) == 1:
            return self.regions[0]
        for region in self.regions:
            leading = self._patterns.get((region, "leading_digits"))
            if leading is not None:
                if leading.accepting in accepted:
                    return region
            elif self._type(region, accepted, length) is not None:
                return region
        return None

    def _type(self, region: str, accepted: Entry, length: int) -> int | None:
        """`_number_type_helper` of phonenumbers; None for UNKNOWN."""

        def matches(name: str) -> bool:
            pattern = self._patterns.get((region, name))
            if pattern is None or (pattern.lengths and length not in pattern.lengths):
                return False
            return pattern.accepting in accepted

        if not matches("general_desc"):
            return None
        for kind, name in _KINDS:
            if matches(name):
                return kind
        if matches("fixed_line"):
            both = self._same[region] or matches("mobile")
            return PhoneNumberType.FIXED_LINE_OR_MOBILE if both else PhoneNumberType.FIXED_LINE
        return PhoneNumberType.MOBILE if not self._same[region] and matches("mobile") else None


class Plans:
    """Everything compiled so far, shared by all batches of this process."""

    def __init__(self) -> None:
        self.lock = RLock()  # compiling isn't safe in several threads at once
        self.automaton = Automaton()
        self._codes: dict[int, Code] = {}
        self._plans: dict[tuple[str, int], NumberingPlan] = {}
        self._verdicts: dict[tuple[int, int, int], NumberType] = {}

    def code(self, code: int) -> Code:
        if code not in self._codes:
            self._codes[code] = Code(code, self.automaton)
        return self._codes[code]

    def plan(self, region: str) -> NumberingPlan:
        return self._plan(region, phonenumbers.country_code_for_region(region))

    def main_plan(self, code: int) -> NumberingPlan:
        """The plan that phonenumbers parses a calling code's numbers by."""
        return self._plan(phonenumbers.region_code_for_country_code(code), code)

    def _plan(self, region: str, code: int) -> NumberingPlan:
        if (region, code) not in self._plans:
            self._plans[region, code] = NumberingPlan(region, code)
        return self._plans[region, code]

    def verdict(self, code: int, state: int, length: int) -> NumberType:
        key = (code, state, length)
        if key not in self._verdicts:
            self._verdicts[key] = self.code(code).verdict(state, length)
        return self._verdicts[key]


@cache
def plans() -> Plans:
    return Plans()
