"""What a clustering did wrong, grouped by kind, so that a person sees what to mend.

A wrong join puts two people into one cluster; its kind says what the two share at best. A missed join leaves
one person in two clusters; its kind says where it was lost. Each is judged by its strongest pair of contacts,
whose agreement pattern is told in words, and weighs as the pairs of contacts behind it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers, pairs_of
from dedupe.matching.comparisons.definitions import (
    BIRTH,
    BY_NAME,
    EMAIL,
    FAMILY_NAME,
    GIVEN_NAME,
    PHONE,
    STREET,
    TOWN,
)
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.scoring import score
from dedupe.pipeline.record_linkage import LinkageInputs

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

WRONG, MISSED = "wrong", "missed"
LARGEST = 300
"""Of a larger cluster, or a person with more contacts, so many are looked at, evenly drawn."""
EXAMPLES = 3  # of each kind and pattern (chosen)


@dataclass(frozen=True)
class ErrorKind:
    """`joins` of one error, kind and pattern, and the `pairs` of contacts behind them; `examples` are pairs
    of contact numbers."""

    error: str
    kind: str
    pattern: str
    joins: int
    pairs: int
    examples: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Mistakes:
    """The kinds with most pairs first. `wrong` and `missed` count pairs. `left_out`: contacts of very large
    groups that were not looked at."""

    wrong: int
    missed: int
    kinds: tuple[ErrorKind, ...]
    left_out: int


def mistakes(prepared: LinkageInputs, model: MatchModel, cluster: Positions, person: Positions) -> Mistakes:
    """`cluster` and `person` label the contacts of `prepared`."""
    together, beside = _within(cluster, person)
    own, missing = _within(person, cluster)
    wrong = _kinds(WRONG, prepared, model, together, person)
    missed = _kinds(MISSED, prepared, model, own, cluster)
    kinds = sorted((*wrong, *missed), key=lambda kind: (kind.error == MISSED, -kind.pairs, kind.pattern))
    return Mistakes(len(together), len(own), tuple(kinds), beside + missing)


def _within(group: Positions, other: Positions) -> tuple[pa.Table, int]:
    """Pairs of one group that `other` tells apart, and how many contacts were left out."""
    order = np.lexsort((np.arange(len(group)), group))
    starts = np.flatnonzero(np.diff(group[order], prepend=group[order[:1]] - 1)) if len(order) else order
    sizes = np.diff(np.append(starts, len(order)))
    lefts, rights, left_out = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], 0
    for size in np.unique(sizes[sizes > 1]).tolist():
        drawn = np.linspace(0, size - 1, min(size, LARGEST)).astype(np.int64)
        one, two = np.triu_indices(len(drawn), 1)
        members = order[starts[sizes == size][:, None] + drawn]
        left, right = members[:, one].ravel(), members[:, two].ravel()
        apart = other[left] != other[right]
        lefts.append(left[apart])
        rights.append(right[apart])
        left_out += (size - len(drawn)) * len(members)
    left, right = np.concatenate(lefts), np.concatenate(rights)
    low, high = np.minimum(left, right), np.maximum(left, right)
    by_place = np.lexsort((high, low))
    return pa.table({"left": pa.array(low[by_place]), "right": pa.array(high[by_place])}), left_out


def _kinds(
    error: str, prepared: LinkageInputs, model: MatchModel, pairs: pa.Table, apart: Positions
) -> Iterator[ErrorKind]:
    """`apart` labels what each pair joins wrongly or fails to join: two people, or two clusters."""
    if not len(pairs):
        return
    seen = _ScoredPairs(prepared, model, pairs)
    kinds = _shared(seen) if error == WRONG else _lost(seen)
    patterns = _patterns(seen)
    left, right = pairs_of(pairs)
    strongest, behind = _joins(apart[left], apart[right], seen)
    groups: dict[tuple[str, str], list[int]] = {}
    for number, row in enumerate(strongest.tolist()):
        groups.setdefault((str(kinds[row]), str(patterns[row])), []).append(number)
    for (kind, pattern), joins in groups.items():
        rows = strongest[joins]
        examples = tuple((int(left[row]), int(right[row])) for row in rows[:EXAMPLES])
        yield ErrorKind(error, kind, pattern, len(joins), int(behind[joins].sum()), examples)


def _joins(one: Positions, other: Positions, seen: _ScoredPairs) -> tuple[Positions, Positions]:
    """The row of the strongest pair of each join, one that met in a block if any did, and its pairs."""
    low, high = np.minimum(one, other), np.maximum(one, other)
    order = np.lexsort((np.arange(len(one)), -seen.weight, ~seen.blocked, high, low))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
    starts = np.flatnonzero(new)
    return order[starts], np.diff(np.append(starts, len(order)))


class _ScoredPairs:
    """Pairs with their levels, weights and way through the pipeline."""

    def __init__(self, prepared: LinkageInputs, model: MatchModel, pairs: pa.Table) -> None:
        self.scored = score(prepared.features, prepared.term_frequencies, model, pairs)
        self.model = model
        self.weight = integers(self.scored.column("weight"))
        self.size = len(pairs)
        left, right = pairs_of(pairs)
        self.blocked = np.isin(_code(pairs), _code(prepared.pairs))
        self.matched = prepared.features.matched[left] & prepared.features.matched[right]

    def level(self, fact: str) -> Positions:
        return integers(self.scored.column(fact))

    def at_least(self, fact: str, level: str) -> Flags:
        return np.asarray(self.level(fact) >= BY_NAME[fact].index(level))

    def told(self, fact: str) -> Flags:
        return np.asarray(self.level(fact) >= 0)

    def differs(self, fact: str) -> Flags:
        return np.asarray(self.level(fact) == 0)


def _lost(seen: _ScoredPairs) -> npt.NDArray[np.str_]:
    """Where each missed pair was lost: at the first step that it did not pass."""
    return np.select(
        [
            ~seen.matched,
            ~seen.blocked & (seen.weight >= seen.model.link),
            ~seen.blocked,
            seen.weight < seen.model.review,
            seen.weight < seen.model.link,
        ],
        [
            "of a kind that is never matched",
            "never met in a block, though it would be a link",
            "never met in a block",
            "below the review threshold",
            "left for review",
        ],
        "refused when clusters were joined",
    )


def _shared(seen: _ScoredPairs) -> npt.NDArray[np.str_]:
    """What the two people of each wrong pair share, the most telling first."""
    mail = seen.at_least(EMAIL.name, "shared_by_many")
    line = seen.at_least(PHONE.name, "shared_by_many")
    family = seen.at_least(FAMILY_NAME.name, "alike")
    name = family & seen.at_least(GIVEN_NAME.name, "alike") | _half_a_name(seen)
    home = seen.at_least(STREET.name, "near") | seen.at_least(TOWN.name, "postcode_only")
    work = seen.at_least("company", "same") | (seen.level(EMAIL.name) == EMAIL.index("domain"))
    return np.select(
        [
            seen.at_least("identifier", "same"),
            name & mail & line,
            name & mail,
            name & line,
            family & (mail | line),
            mail,
            line,
            name & seen.at_least(BIRTH.name, "digit"),
            name & home,
            name & work,
            name,
        ],
        [
            "the same identifier",
            "name, mailbox and line",
            "name and mailbox",
            "name and line",
            "a household: family name and mailbox or line, other given names",
            "a mailbox, under other names",
            "a line, under other names",
            "name and birth date",
            "name and place",
            "name and organisation",
            "the name only",
        ],
        "nothing much: joined through others",
    )


def _half_a_name(seen: _ScoredPairs) -> Flags:
    """One part agrees and the other is silent."""
    given, family = seen.level(GIVEN_NAME.name), seen.level(FAMILY_NAME.name)
    some_given, some_family = (seen.at_least(one.name, "alike") for one in (GIVEN_NAME, FAMILY_NAME))
    return np.asarray((some_given & (family < 0)) | (some_family & (given < 0)))


def _patterns(seen: _ScoredPairs) -> npt.NDArray[np.str_]:
    """The agreement pattern of each pair in words: name, email, phone, and of the others those that speak."""
    parts = [_name_words(seen), _reach_words(seen, EMAIL.name), _reach_words(seen, PHONE.name)]
    for fact, same in (
        ("identifier", "same"),
        (BIRTH.name, "digit"),
        ("company", "same"),
        ("suffix", "same"),
    ):
        parts.append(_extra_words(seen, fact, same))
    parts.append(_place_words(seen))
    words = parts[0]
    for part in parts[1:]:
        between = np.where(part == "", "", "; ")
        words = np.char.add(np.char.add(words, between), part)
    return np.asarray(words)


def _name_words(seen: _ScoredPairs) -> npt.NDArray[np.str_]:
    given, family = seen.level(GIVEN_NAME.name), seen.level(FAMILY_NAME.name)
    same_given = given == GIVEN_NAME.index("same")
    same_family = family == FAMILY_NAME.index("same")
    return np.select(
        [
            (given < 0) & (family < 0),
            same_given & same_family,
            (given < 0) | (family < 0),
            (given > 0) & (family > 0),
            (given == 0) & (family == 0),
            family > 0,
        ],
        [
            "a name is missing",
            "same name",
            "half a name to compare",
            "similar names",
            "other names",
            "same family name, other given name",
        ],
        "same given name, other family name",
    )


def _reach_words(seen: _ScoredPairs, fact: str) -> npt.NDArray[np.str_]:
    what = {EMAIL.name: "mailbox", PHONE.name: "phone"}[fact]
    near = {EMAIL.name: "local", PHONE.name: "digit"}[fact]
    nearly = {EMAIL.name: "tagged", PHONE.name: "national"}[fact]
    return np.select(
        [
            ~seen.told(fact),
            seen.at_least(fact, "same"),
            seen.at_least(fact, nearly),
            seen.at_least(fact, "shared_by_many"),
            seen.at_least(fact, near),
        ],
        [
            f"no {what} to compare",
            f"same {what}",
            f"same {what} but for a tag or a country",
            f"a {what} of several people",
            f"similar {what}",
        ],
        f"other {what}",
    )


def _extra_words(seen: _ScoredPairs, fact: str, same: str) -> npt.NDArray[np.str_]:
    what = {BIRTH.name: "birth date", "suffix": "generation"}.get(fact, fact)
    agrees, told = seen.at_least(fact, same), seen.told(fact)
    return np.select([agrees, told], [f"same {what}", f"other {what}"], "")


def _place_words(seen: _ScoredPairs) -> npt.NDArray[np.str_]:
    same = seen.at_least(STREET.name, "near") | seen.at_least(TOWN.name, "town_only")
    told = seen.told(STREET.name) | seen.told(TOWN.name)
    return np.select([same, told], ["same place", "other place"], "")


def _code(pairs: pa.Table) -> Positions:
    left, right = pairs_of(pairs)
    return np.asarray((left << 32) | right)
