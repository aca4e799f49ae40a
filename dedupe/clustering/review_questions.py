"""The rows of the review queue: candidates that no decision has answered, and decisions whose evidence
changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import chain, islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.clustering.decided_constraints import DecidedConstraint, is_outdated
from dedupe.clustering.review_candidates import (
    candidate_id,
    expected_pairs,
    group_candidates,
    probability,
)
from dedupe.model import Grouping, Verdict

QUESTIONS = pa.schema(
    [
        ("id", pa.string()),  # UUID text, from the members
        ("left_members", pa.list_(pa.string())),  # seeds
        ("right_members", pa.list_(pa.string())),
        ("weight", pa.int32()),  # of the strongest pair, in 1/1024 bit
        ("probability", pa.float64()),
        ("priority", pa.float64()),
        ("evidence", pa.string()),  # JSON, see `ReviewCandidate.evidence`
        ("evidence_hash", pa.binary()),
        ("cause", pa.string()),  # doubtful, held_apart, evidence_changed, reported
    ]
)

REPORTED_FIRST = 1e9
"""The priority of what somebody reported as wrong (chosen): above any number of expected pairs."""


def questions(
    clusters: pa.Table,
    pairs: pa.Table,
    seeds: pa.Array[Any],
    identities: pa.Array[Any],
    judgements: Sequence[DecidedConstraint],
    link_weight: int,
    level_names: Mapping[str, Sequence[str]],
) -> pa.Table:
    """The review queue, one row of `QUESTIONS` for each candidate, sorted by id.

    `pairs` are the doubtful ones (left, right, one column for each comparison, weight in 1/1024 bit with the
    prior, probability if the model is calibrated); `seeds[i]` and `identities[i]` are the seed of contact i
    and the hash of its identifying fields; `judgements` are the live decisions about any of the contacts. A
    pair of at least `link_weight` is in the queue because something keeps its contacts apart. `level_names`
    names the levels of each comparison, by position; the evidence names the level of every comparison that
    speaks.
    """
    seeds = seeds.cast(pa.string())
    grouped = group_candidates(clusters, pairs, seeds)
    seed_of, identity_of = _concerned(grouped, judgements, seeds, identities)
    again = _asked_again(judgements, identity_of)
    answered = _Answered(judgements)
    found = iter(pairs.take(pc.list_flatten(grouped["rows"])).to_pylist())
    asked = [
        _question(group, found, seed_of, identity_of, link_weight, level_names)
        for group in grouped.to_pylist()
    ]
    rows = [row for row in asked if row["id"] not in again and not answered.covers(row)]
    ordered = sorted(chain(rows, again.values()), key=lambda row: str(row["id"]))
    return pa.Table.from_pylist(ordered, schema=QUESTIONS)


def _concerned(
    grouped: pa.Table, judgements: Sequence[DecidedConstraint], seeds: Any, identities: Any
) -> tuple[dict[int, str], dict[str, bytes]]:
    """Of the contacts that candidates or decisions name alone: contact → seed, and seed → identity."""
    decided = sorted({member for judgement in judgements for member in judgement.members})
    places: Any = pc.drop_null(pc.index_in(pa.array(decided, pa.string()), value_set=seeds))
    asked = [pc.list_flatten(grouped[side]).to_numpy() for side in ("left", "right")]
    named = np.unique(np.concatenate([*asked, places.to_numpy()]).astype(np.int64))
    seed_of = dict(zip(named.tolist(), seeds.take(pa.array(named)).to_pylist(), strict=True))
    hashes = identities.take(pa.array(named)).to_pylist()
    return seed_of, {seed: bytes(it or b"") for seed, it in zip(seed_of.values(), hashes, strict=True)}


def evidence_hash(identities: Mapping[str, bytes], members: Iterable[str]) -> bytes:
    """A hash of the identifying fields of all members, whichever side they stand on: another hash means new
    evidence."""
    hashed = blake2b(digest_size=16)
    for member in sorted(members):
        hashed.update(member.encode() + b"=" + identities[member] + b";")
    return hashed.digest()


class _Answered:
    """The candidates that a live decision has answered on the evidence as it is now."""

    def __init__(self, judgements: Sequence[DecidedConstraint]) -> None:
        self._unsure = {j.evidence_hash for j in judgements if j.verdict is Verdict.UNSURE}
        self._apart_of: dict[str, list[DecidedConstraint]] = {}
        for judgement in judgements:
            if judgement.apart:
                for member in judgement.members:
                    self._apart_of.setdefault(member, []).append(judgement)

    def covers(self, row: Mapping[str, Any]) -> bool:
        """Whether a decision answers the candidate; "different" between any two members answers for both
        groups."""
        if row["evidence_hash"] in self._unsure:
            return True
        left, right = set(row["left_members"]), set(row["right_members"])
        touching = (judgement for member in left for judgement in self._apart_of.get(member, ()))
        return any(_spans(judgement, left, right) for judgement in touching)


def _spans(judgement: DecidedConstraint, left: set[str], right: set[str]) -> bool:
    on_left = {at for at, side in enumerate(judgement.apart) if not left.isdisjoint(side)}
    on_right = {at for at, side in enumerate(judgement.apart) if not right.isdisjoint(side)}
    return any(one != other for one in on_left for other in on_right)


def _question(
    group: Mapping[str, Any],
    found: Iterator[dict[str, Any]],
    seed_of: Mapping[int, str],
    identity_of: Mapping[str, bytes],
    link_weight: int,
    level_names: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """A row of `QUESTIONS` for one candidate; `found` gives the pairs of all candidates in turn, and this
    takes its own."""
    left, right = ([seed_of[contact] for contact in group[side]] for side in ("left", "right"))
    pairs = list(islice(found, len(group["rows"])))
    weight = group["weight"]
    return {
        "id": group["candidate"],
        "left_members": sorted(left),
        "right_members": sorted(right),
        "weight": weight,
        "probability": pairs[0].get("probability", probability(weight)),
        "priority": group["matters"],
        "evidence": _evidence([_pair(pair, seed_of, level_names) for pair in pairs], []),
        "evidence_hash": evidence_hash(identity_of, [*left, *right]),
        "cause": "held_apart" if weight >= link_weight else "doubtful",
    }


def _asked_again(
    judgements: Sequence[DecidedConstraint], identity_of: Mapping[str, bytes]
) -> dict[str, dict[str, Any]]:
    """Rows, by id, for decisions whose members' identifying fields changed: they still hold, and are asked
    again; and for what somebody reported as wrong, which is asked first."""
    asked: dict[str, list[DecidedConstraint]] = {}
    sides_of: dict[str, tuple[list[str], list[str]]] = {}
    for judgement in judgements:
        sides = [sorted(seed for seed in side if seed in identity_of) for side in judgement.sides]
        left, right = sides[0], sorted(chain.from_iterable(sides[1:]))
        if left and right and _is_open(judgement, identity_of):
            candidate = candidate_id(left, right)
            sides_of[candidate] = left, right
            asked.setdefault(candidate, []).append(judgement)
    return {each: _again(each, *sides_of[each], asked[each], identity_of) for each in asked}


def _is_open(judgement: DecidedConstraint, identity_of: Mapping[str, bytes]) -> bool:
    if judgement.verdict is Verdict.UNSURE:
        return False
    return judgement.verdict is Grouping.REPORTED or is_outdated(judgement, identity_of)


def _again(
    candidate: str,
    left: list[str],
    right: list[str],
    judgements: Sequence[DecidedConstraint],
    identity_of: Mapping[str, bytes],
) -> dict[str, Any]:
    reported = any(judgement.verdict is Grouping.REPORTED for judgement in judgements)
    return {
        "id": candidate,
        "left_members": left,
        "right_members": right,
        "weight": 0,
        "probability": 0.5,
        "priority": REPORTED_FIRST if reported else expected_pairs(0.5, len(left), len(right)),
        "evidence": _evidence([], sorted(judgement.decision for judgement in judgements)),
        "evidence_hash": evidence_hash(identity_of, [*left, *right]),
        "cause": "reported" if reported else "evidence_changed",
    }


def _pair(
    pair: Mapping[str, Any], seed_of: Mapping[int, str], level_names: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    return {
        "left": seed_of[pair["left"]],
        "right": seed_of[pair["right"]],
        "weight": pair["weight"],
        "levels": {name: names[pair[name]] for name, names in level_names.items() if pair.get(name, -1) >= 0},
    }


def _evidence(pairs: list[dict[str, Any]], decisions: list[str]) -> str:
    return json.dumps({"pairs": pairs, "decisions": decisions}, sort_keys=True)
