"""Blocking of a file before anything is scored: the pairs that each rule finds and adds, the largest
blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers
from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.blocking.exact_duplicates import first_of_duplicates, without_duplicates
from dedupe.matching.features.build import Features

JOINED, SPLIT, SKIPPED = "joined", "split", "skipped"


@dataclass(frozen=True)
class RuleFound:
    """The candidate pairs of a rule. `adds`: those that no rule before it finds; `alone`: those that no other
    rule finds."""

    rule: str
    sentence: str
    pairs: int
    adds: int
    alone: int


@dataclass(frozen=True)
class Block:
    """The contacts that share a key. `example` is the number of the first of them."""

    rule: str
    contacts: int
    cap: int
    outcome: str
    """joined: every two are a candidate pair; split: oversized, joined where they share a second key too;
    skipped: oversized."""
    example: int


def found_by_rule(pairs: pa.Table, size: int) -> list[RuleFound]:
    """What each rule finds of PAIRS in a file of so many contacts, in the order of the rules."""
    bits = integers(pairs.column("rules"))
    found = []
    for number in candidate_pairs.rules_for(size):
        bit = np.int64(1) << np.int64(number)
        mine = bits[(bits & bit) != 0]
        adds = int(((mine & (bit - 1)) == 0).sum())
        rule = candidate_pairs.RULES[number]
        found.append(RuleFound(rule.name, rule.sentence, len(mine), adds, int((mine == bit).sum())))
    return found


def largest_blocks(features: Features, most: int) -> list[Block]:
    """The largest blocks first, those of equal size by rule and content, at most `most`; of exact duplicates
    too many for a block only the first counts."""
    keys = without_duplicates(
        candidate_pairs.keys_table(candidate_pairs.key_parts(features)), first_of_duplicates(features)
    )
    rule, key = integers(keys.column("rule")), integers(keys.column("key"))
    contact = integers(keys.column("contact"))
    order = np.lexsort((contact, key, rule))
    starts = np.flatnonzero(_new(rule[order], key[order]))
    sizes = np.diff(np.append(starts, len(order)))
    first = order[starts]
    chosen = np.lexsort((key[first], rule[first], -sizes))[:most]
    return [_block(int(rule[first[at]]), int(sizes[at]), int(contact[first[at]])) for at in chosen.tolist()]


def _new(rule: npt.NDArray[np.int64], key: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    new = np.ones(len(rule), dtype=bool)
    new[1:] = (rule[1:] != rule[:-1]) | (key[1:] != key[:-1])
    return new


def _block(number: int, size: int, example: int) -> Block:
    rule = candidate_pairs.RULES[number]
    outcome = JOINED if size <= rule.cap else SPLIT if rule.split else SKIPPED
    return Block(rule.name, size, rule.cap, outcome, example)
