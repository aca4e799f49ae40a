"""How many likely matches no blocking rule finds: an estimate by a model, before a file is scored.

Contacts are drawn by content and compared with all contacts that share with them any value that says who
somebody is (one word of a name, its sound, a birth date, a street, any part of an email or phone), however
common it is; in small files with everybody. The share of their likely matches (each counted by its
probability) that blocking does not find is a ratio of two means over the drawn contacts: the ratio estimator
of Cochran (Sampling Techniques, 3rd ed. 1977, chapter 6), with the interval of Korn and Graubard (Survey
Methodology 24, 1998): Clopper and Pearson's at the effective sample size. It rests on the model's
probabilities: what looks like nothing to the model is not counted as a match that was missed (`lost_matches`
counts those).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.special import betaincinv

from dedupe.arrays.hashing import hash_texts, mix
from dedupe.arrays.numpy_columns import Column, integers, pairs_of, parents
from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.blocking.exact_duplicates import first_of_duplicates
from dedupe.matching.features.build import Features
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.scoring import score
from dedupe.matching.term_frequencies import TermFrequencies

MapPairs = Callable[[Callable[[pa.Table], pa.Table], pa.Table], pa.Table]
"""Runs a function over batches of a table of pairs and concatenates its results, as `Engine.map` does."""

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]
Positions = npt.NDArray[np.int64]

PAIRS = 3_000_000
"""So many pairs are compared at most, unless the fewest contacts need more. Chosen: seconds on two cores."""
FEWEST = 100
"""So many contacts are drawn at least. Chosen."""
_AT_ONCE = 32  # drawn contacts
_EXACT = 2.0**32  # in such parts probabilities add up to the same sum in any order
DRAW_SALT = 20_11  # another draw than training's


@dataclass(frozen=True)
class Share:
    """The share of the likely matches (`matches` in all, estimated) that no rule finds, with the ends of its
    interval of 95 %; both are the share where every contact was drawn."""

    matches: float
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Missed:
    """What blocking misses: of the pairs that would be `links` if they were compared, and of all `likely`
    matches (links and candidates for review). `drawn` of `contacts` contacts were compared, in `compared`
    pairs."""

    drawn: int
    contacts: int
    compared: int
    links: Share
    likely: Share


def missed(
    features: Features,
    term_frequencies: TermFrequencies,
    model: MatchModel,
    pairs: pa.Table,
    map_pairs: MapPairs,
    wanted: int | None = None,
) -> Missed:
    """Estimate what blocking misses. `pairs` are PAIRS, all that it finds; `wanted`: so many contacts are
    drawn, by default as many as `PAIRS` allows."""
    known = np.sort(_code(*pairs_of(pairs)))
    order, first = _by_content(features), first_of_duplicates(features)
    few = len(order) * (len(order) - 1) <= PAIRS
    traits = _Everybody(features) if few else _SharedValues(features)
    mass = np.zeros((2, 2, features.size))  # [links or likely, found or missed, contact]
    compared = drawn = 0

    def enough() -> bool:
        return drawn >= (wanted or FEWEST) and (wanted is not None or compared >= PAIRS)

    while drawn < len(order) and not enough():
        some = order[drawn : drawn + _AT_ONCE]
        one, other = traits.sharing(some)
        drawn, compared = drawn + len(some), compared + len(one)
        table = pa.table(
            {"left": pa.array(np.minimum(one, other)), "right": pa.array(np.maximum(one, other))}
        )
        scored = map_pairs(
            lambda batch: score(features, term_frequencies, model, batch).select(["weight"]), table
        )
        weight = integers(scored.column("weight"))
        _add(mass, model, one, weight, ~_found(first, *pairs_of(table), known))
    shares = [_share(part[:, order[:drawn]], len(order)) for part in mass]
    return Missed(drawn, len(order), compared, *shares)


def _add(mass: Numbers, model: MatchModel, one: Positions, weight: Positions, unseen: Flags) -> None:
    chance = np.rint(model.calibration.probability(weight.astype(np.int32)) * _EXACT) / _EXACT
    for which, least in enumerate((model.link, model.review)):
        for lost in (0, 1):
            rows = (weight >= least) & (unseen == bool(lost))
            np.add.at(mass[which, lost], one[rows], chance[rows])


def _by_content(features: Features) -> Positions:
    """The matched contacts in an order that depends on nothing but what they say."""
    matched = np.flatnonzero(features.matched)
    return matched[np.argsort(mix(features.content[matched], DRAW_SALT), kind="stable")]


class _Everybody:
    """Contacts that may be compared, whatever they share."""

    def __init__(self, features: Features) -> None:
        self._matched, self._staff = np.flatnonzero(features.matched), features.staff

    def sharing(self, some: Positions) -> tuple[Positions, Positions]:
        """Pairs (one of `some`, another contact); a pair within `some` is there twice."""
        one, other = np.repeat(some, len(self._matched)), np.tile(self._matched, len(some))
        apart = (one != other) & (self._staff[one] == self._staff[other])
        return one[apart], other[apart]


class _SharedValues:
    """Values that say who contacts are, as (contact, key) rows sorted by key."""

    def __init__(self, features: Features) -> None:
        rows = list(_identifying_values(candidate_pairs.key_parts(features)))
        contact = np.concatenate([one for one, _ in rows])
        key = np.concatenate([hashed for _, hashed in rows])
        key = np.where(features.staff[contact], mix(key, 1), key)  # staff are compared with staff only
        kept = np.flatnonzero((key != 0) & features.matched[contact])
        order = kept[np.argsort(key[kept], kind="stable")]
        self._contact, self._key = contact[order], key[order]
        self._size = features.size

    def sharing(self, some: Positions) -> tuple[Positions, Positions]:
        """Pairs (one of `some`, a contact that shares a value with it); a pair within `some` is there
        twice."""
        wanted = np.zeros(self._size, dtype=bool)
        wanted[some] = True
        rows = np.flatnonzero(wanted[self._contact])
        low = np.searchsorted(self._key, self._key[rows], side="left")
        counts = np.searchsorted(self._key, self._key[rows], side="right") - low
        place = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        one, other = np.repeat(self._contact[rows], counts), self._contact[np.repeat(low, counts) + place]
        code = np.unique(_code(one, other)[one != other])
        return code >> 32, code & 0xFFFFFFFF


def _identifying_values(p: candidate_pairs.KeyParts) -> Iterator[candidate_pairs.Keys]:
    everyone = np.arange(p.features.size, dtype=np.int64)
    for owner, words in (
        (p.owner, (p.first, p.last, p.first_sound, p.last_sound)),
        (p.formal_owner, (p.formal,)),
        (everyone, (p.birth, p.street)),
    ):
        for word in words:
            yield owner, word
    for rule in candidate_pairs.RULES:
        if rule.name in _VALUES:
            yield rule.keys(p)
    yield _words_of_mailboxes(p.features)


def _words_of_mailboxes(features: Features) -> candidate_pairs.Keys:
    """The words of addresses (between dots and digits), hashed as those of names are."""
    held, texts = features.emails.held, features.emails.address.values
    words: Column = pc.split_pattern_regex(pc.list_element(pc.split_pattern(texts, "@"), 0), r"[^\p{L}]+")
    flat: Column = pc.list_flatten(words)
    owner = parents(words)
    hashes = np.where(integers(pc.utf8_length(flat)) >= 2, hash_texts(flat), 0)
    counts = np.bincount(owner, minlength=len(texts))
    starts = np.cumsum(counts) - counts
    spread = counts[held.ids]
    place = np.arange(spread.sum()) - np.repeat(np.cumsum(spread) - spread, spread)
    return np.repeat(held.owners(), spread), hashes[np.repeat(starts[held.ids], spread) + place]


_VALUES = ("email", "phone", "identifier", "email_local", "phone_subscriber", "name_in_email", "domain")


def _share(mass: Numbers, everybody: int) -> Share:
    """Of `mass[found or missed, drawn contact]`, each contact's likely matches; `everybody`: all contacts."""
    lost, total = mass[1], mass[0] + mass[1]
    size = len(total)
    if total.sum() == 0:
        return Share(0.0, 0.0, 0.0, 0.0 if size >= everybody else 1.0)
    share = float(lost.sum() / total.sum())
    matches = float(total.sum()) * everybody / size / 2
    if size >= everybody:
        return Share(matches, share, share, share)
    spread = float(((lost - share * total) ** 2).sum()) / max(size - 1, 1)
    variance = (1 - size / everybody) * spread / size / float(total.mean()) ** 2
    telling = float((total > 0).sum())
    effective = min(share * (1 - share) / variance, telling) if variance > 0 else telling
    return Share(matches, share, *clopper_pearson(share * effective, effective))


def clopper_pearson(found: float, size: float, level: float = 0.95) -> tuple[float, float]:
    """The interval of the share `found / size` (Clopper and Pearson); both may be fractions (effective
    sizes)."""
    tail = (1 - level) / 2
    low = 0.0 if found <= 0 else float(betaincinv(found, size - found + 1, tail))
    high = 1.0 if found >= size else float(betaincinv(found + 1, size - found, 1 - tail))
    return low, high


def _code(left: Positions, right: Positions) -> Positions:
    return (left << 32) | right


def _found(first: Positions, left: Positions, right: Positions, known: Positions) -> Flags:
    """Which pairs blocking finds: exact duplicates stand for one another and are pairs themselves."""
    one, other = np.minimum(first[left], first[right]), np.maximum(first[left], first[right])
    return np.asarray((one == other) | _among(_code(one, other), known))


def _among(codes: Positions, known: Positions) -> npt.NDArray[np.bool_]:
    """Which codes are among these sorted ones."""
    if not len(known):
        return np.zeros(len(codes), dtype=bool)
    at = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.asarray(known[at] == codes)
