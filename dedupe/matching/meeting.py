"""Whether two contacts met in a block of the run, by which rule, and what kept them from it if they didn't.

Sizes are those of the whole run: a key that two contacts share brings them together only where it is not
over-full, or where they also share a part of it that is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.matching import blocking
from dedupe.matching.columns import integers
from dedupe.matching.evidence import Evidence, evidence


class Outcome(StrEnum):
    MET = "met"
    MET_IN_PART = "met in a part"  # the key is over-full and was split by a second key that they share
    SKIPPED = "skipped"  # the key is over-full
    UNUSED = "unused"  # the rule serves smaller files than this


MEETINGS = frozenset({Outcome.MET, Outcome.MET_IN_PART})


@dataclass(frozen=True)
class Meeting:
    """A rule under which two contacts share a key; `size`: how many contacts hold the fullest such key."""

    rule: str
    sentence: str
    size: int
    cap: int
    outcome: Outcome


def meetings(two: pa.Table, everyone: pa.Table, staff: bool = False) -> list[Meeting]:
    """For the two rows of a CONTACTS table, which are also among `everyone`; in the order of the rules."""
    assert len(two) == 2, "meetings takes two contacts"
    shared = blocking.keys_table(blocking.parts(evidence(two, staff)))
    rules, keys = integers(shared.column("rule")), integers(shared.column("key"))
    if not len(rules):
        return []
    crowd = _Crowd(evidence(everyone, staff))
    pair = evidence(two, staff)
    found = [crowd.met(pair, rule, np.unique(keys[rules == rule])) for rule in np.unique(rules).tolist()]
    return [_told(rule, *one) for rule, one in zip(np.unique(rules).tolist(), found, strict=True)]


def _told(rule: int, size: int, outcome: Outcome) -> Meeting:
    chosen = blocking.RULES[rule]
    return Meeting(chosen.name, chosen.sentence, size, chosen.cap, outcome)


class _Crowd:
    """The keys of everybody in the run."""

    def __init__(self, everyone: Evidence) -> None:
        self._parts = blocking.parts(everyone)
        self._used = set(blocking.rules_for(everyone.size))
        keys = blocking.keys_table(self._parts)
        self._rule, self._key = integers(keys.column("rule")), integers(keys.column("key"))
        self._contact = integers(keys.column("contact"))

    def met(self, pair: Evidence, rule: int, keys: npt.NDArray[np.int64]) -> tuple[int, Outcome]:
        """How many hold the fullest of the keys, and the best outcome among them."""
        if rule not in self._used:
            return 0, Outcome.UNUSED
        cap = blocking.RULES[rule].cap
        held = [self._contact[(self._rule == rule) & (self._key == key)] for key in keys]
        fullest = max(len(holders) for holders in held)
        if any(len(holders) <= cap for holders in held):
            return fullest, Outcome.MET
        parted = blocking.RULES[rule].split and any(
            self._share_a_part(pair, rule, holders) for holders in held
        )
        return fullest, Outcome.MET_IN_PART if parted else Outcome.SKIPPED

    def _share_a_part(self, pair: Evidence, rule: int, holders: npt.NDArray[np.int64]) -> bool:
        own = blocking.own_kind(rule)
        mine = blocking.second_keys(blocking.parts(pair), np.arange(2)).to_pylist()
        sides = [
            {row["part"] for row in mine if row["contact"] == at and row["kind"] != own} for at in (0, 1)
        ]
        both = sides[0] & sides[1]
        part = integers(blocking.second_keys(self._parts, holders).column("part"))
        cap = blocking.RULES[rule].cap
        return any(1 < int((part == one).sum()) <= cap for one in both)
