"""The rows of the review queue: candidates that no decision has answered, and decisions whose evidence
changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.distinct_values import regroup
from dedupe.arrays.json_texts import PLAIN, json_objects, json_texts, lists_like
from dedupe.arrays.numpy_columns import integers, parents, whole
from dedupe.arrays.untyped import pc
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
    identity_of = _identities(judgements, seeds, identities)
    answered = _Answered(judgements)
    again = {key: row for key, row in _asked_again(judgements, identity_of).items() if answered.is_open(row)}
    grouped = group_candidates(clusters, pairs, seeds)
    asked = _asked(grouped, pairs, seeds, identities, link_weight, level_names)
    stays = ~np.asarray(pc.is_in(asked["id"], value_set=pa.array(list(again), pa.string())))
    rows = asked.filter(pa.array(stays & ~answered.cover(asked)))
    return pa.concat_tables([rows, pa.Table.from_pylist(list(again.values()), QUESTIONS)]).sort_by("id")


def _identities(judgements: Sequence[DecidedConstraint], seeds: Any, identities: Any) -> dict[str, bytes]:
    """The identities of the contacts that decisions name, by seed."""
    decided = sorted({member for judgement in judgements for member in judgement.members})
    if not decided:
        return {}
    places: Any = pc.drop_null(pc.index_in(pa.array(decided, pa.string()), value_set=seeds))
    hashes = identities.take(places).to_pylist()
    return {seed: bytes(it or b"") for seed, it in zip(seeds.take(places).to_pylist(), hashes, strict=True)}


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

    def is_open(self, row: Mapping[str, Any]) -> bool:
        """Whether nobody was unsure of it on the evidence as it is now."""
        return row["evidence_hash"] not in self._unsure

    def cover(self, asked: pa.Table) -> npt.NDArray[np.bool_]:
        """Which rows of `QUESTIONS` a decision answers; "different" between any two members answers for both
        groups."""
        unsure = pa.array(list(self._unsure), pa.binary())
        covered = np.asarray(pc.is_in(asked["evidence_hash"], value_set=unsure)).copy()
        members = whole(asked, "left_members")
        named = pc.is_in(pc.list_flatten(members), value_set=pa.array(list(self._apart_of), pa.string()))
        for at in np.unique(parents(members)[np.asarray(named)]).tolist():
            covered[at] |= self._apart(asked.slice(at, 1).to_pylist()[0])
        return covered

    def _apart(self, row: Mapping[str, Any]) -> bool:
        left, right = set(row["left_members"]), set(row["right_members"])
        touching = (judgement for member in left for judgement in self._apart_of.get(member, ()))
        return any(_spans(judgement, left, right) for judgement in touching)


def _spans(judgement: DecidedConstraint, left: set[str], right: set[str]) -> bool:
    on_left = {at for at, side in enumerate(judgement.apart) if not left.isdisjoint(side)}
    on_right = {at for at, side in enumerate(judgement.apart) if not right.isdisjoint(side)}
    return any(one != other for one in on_left for other in on_right)


# --- candidates to rows, column by column: a night may ask hundreds of thousands of questions ---------------


def _asked(
    grouped: pa.Table,
    pairs: pa.Table,
    seeds: Any,
    identities: Any,
    link_weight: int,
    level_names: Mapping[str, Sequence[str]],
) -> pa.Table:
    """A row of `QUESTIONS` for each of `CANDIDATES`."""
    rows, weight = whole(grouped, "rows"), integers(grouped["weight"])
    found = pairs.take(pc.list_flatten(rows))
    members = [_members(whole(grouped, side), seeds) for side in ("left", "right")]
    columns: list[Any] = [
        grouped["candidate"],
        *members,
        grouped["weight"],
        _probabilities(found, rows.offsets.to_numpy()[:-1], weight),
        grouped["matters"],
        _evidences(lists_like(rows, _pair_texts(found, seeds, level_names))),
        _evidence_hashes(grouped, seeds, identities),
        pa.array(np.where(weight >= link_weight, "held_apart", "doubtful"), pa.string()),
    ]
    return pa.Table.from_arrays(columns, schema=QUESTIONS)


def _probabilities(pairs: pa.Table, strongest: Any, weight: Any) -> Any:
    """Calibrated where the model is, else from the weight."""
    if "probability" in pairs.column_names:
        return pairs["probability"].take(pa.array(strongest)).cast(pa.float64())
    return pa.array([probability(one) for one in weight.tolist()], pa.float64())


def _members(contacts: Any, seeds: Any) -> Any:
    """The seeds of the contacts of each list, sorted."""
    names = seeds.take(pc.list_flatten(contacts))
    return lists_like(contacts, names.take(_sorted_within(parents(contacts), names)))


def _sorted_within(owners: Any, names: Any) -> Any:
    """The places of the names of each owner (rising) in their order."""
    order = np.arange(len(owners))
    several = np.flatnonzero(np.bincount(owners)[owners] > 1) if len(owners) else order
    some = pa.table({"owner": owners[several], "name": names.take(pa.array(several))})
    found: Any = pc.sort_indices(some, sort_keys=[("owner", "ascending"), ("name", "ascending")])
    order[several] = several[found.to_numpy()]
    return pa.array(order)


def _evidence_hashes(grouped: pa.Table, seeds: Any, identities: Any) -> Any:
    """As `evidence_hash` makes it of the members of both sides."""
    sides = [whole(grouped, side) for side in ("left", "right")]
    owner = np.concatenate([parents(side) for side in sides])
    by_owner = np.argsort(owner, kind="stable")
    contacts = pa.concat_arrays([pc.list_flatten(side) for side in sides]).take(pa.array(by_owner))
    owner, names = owner[by_owner], seeds.take(contacts)
    order = _sorted_within(owner, names)
    hashes = pc.fill_null(identities.take(contacts.take(order)).cast(pa.binary()), b"")
    names = names.take(order).cast(pa.binary())
    told = pc.binary_join_element_wise(names, b"=", hashes, b";", b"")
    joined = pc.binary_join(regroup(owner, told, len(grouped)), b"")
    digests = (blake2b(each, digest_size=16).digest() for each in joined.to_pylist())
    return pa.array(list(digests), pa.binary())


def _pair_texts(pairs: pa.Table, seeds: Any, level_names: Mapping[str, Sequence[str]]) -> Any:
    """The JSON of each pair, as `json.dumps` makes it with sorted keys; the level of every comparison that
    speaks."""
    ends = {side: json_texts(seeds.take(whole(pairs, side)), PLAIN) for side in ("left", "right")}
    known = sorted(name for name in level_names if name in pairs.column_names)
    spoken = {name: _level_texts(pairs[name], level_names[name]) for name in known}
    nothing = pa.array(["{}"] * len(pairs), pa.string())
    levels = json_objects(spoken, PLAIN) if spoken else nothing
    told = {"levels": levels, **ends, "weight": json_texts(pairs["weight"], PLAIN)}
    return json_objects({name: told[name] for name in sorted(told)}, PLAIN)


def _level_texts(levels: Any, names: Sequence[str]) -> Any:
    """The name of each level as JSON, null where the comparison is silent."""
    at = integers(levels)
    place: Any = pa.array(at, mask=at < 0)
    return pa.array([json.dumps(name) for name in names]).take(place)


def _evidences(pairs: Any) -> Any:
    """As `_evidence` makes it of the JSON of pairs."""
    before, after = _evidence([], []).split('"pairs": []')
    return pc.binary_join_element_wise(f'{before}"pairs": [', pc.binary_join(pairs, ", "), f"]{after}", "")


# --- decisions whose evidence changed -----------------------------------------------------------------------


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


def _evidence(pairs: list[dict[str, Any]], decisions: list[str]) -> str:
    return json.dumps({"pairs": pairs, "decisions": decisions}, sort_keys=True)
