"""What the review queue asks, and what it no longer asks."""

import json
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedupe.arrays.units import BIT
from dedupe.clustering.decided_constraints import DecidedConstraint
from dedupe.clustering.review_questions import evidence_hash, questions
from dedupe.model import Verdict
from tests.clustering.test_review_candidates import clusters

LINK = 5 * BIT
SCHEMA = pa.schema(
    [
        ("left", pa.int64()),
        ("right", pa.int64()),
        ("email", pa.int8()),
        ("phone", pa.int8()),
        ("weight", pa.int32()),
    ]
)
LEVELS = {"email": ("different", "domain", "near", "same"), "phone": ("different", "same")}


def asked(
    *judgements: DecidedConstraint, weight: int = BIT, identities: str = "1234", doubtful: bool = True
) -> list[dict[str, Any]]:
    """Contacts a and b are one cluster, c and d each their own; b–c is doubtful."""
    pair = {"left": 1, "right": 2, "email": 3, "phone": -1, "weight": weight}
    pairs = pa.Table.from_pylist([pair] if doubtful else [], schema=SCHEMA)
    hashes = pa.array([digit.encode() for digit in identities], pa.binary())
    return questions(
        clusters([0, 1], [2], [3]), pairs, pa.array(list("abcd")), hashes, judgements, LINK, LEVELS
    ).to_pylist()


def decided(verdict: Verdict, left: str, right: str, seen: str = "1234") -> DecidedConstraint:
    hashes = dict(zip("abcd", (digit.encode() for digit in seen), strict=True))
    mine = {member: hashes[member] for member in left + right}
    return DecidedConstraint(
        "decision", verdict, [list(left), list(right)], mine, evidence_hash(hashes, left + right)
    )


def test_a_doubtful_pair_is_asked_about_both_groups_with_its_evidence_silence_left_out() -> None:
    [row] = asked()
    assert (row["left_members"], row["right_members"]) == (["a", "b"], ["c"])
    assert row["cause"] == "doubtful"
    assert json.loads(row["evidence"])["pairs"] == [
        {"left": "b", "right": "c", "weight": BIT, "levels": {"email": "same"}}
    ]
    assert row["probability"] == 2 / 3


def test_a_strong_pair_is_asked_because_something_holds_it_apart() -> None:
    [row] = asked(weight=LINK)
    assert row["cause"] == "held_apart"


def test_different_is_not_asked_again_for_any_of_the_cluster() -> None:
    assert asked(decided(Verdict.DIFFERENT, "a", "c")) == []


def test_different_from_somebody_else_answers_nothing() -> None:
    assert len(asked(decided(Verdict.DIFFERENT, "a", "d"))) == 1


def test_unsure_is_not_asked_again() -> None:
    assert asked(decided(Verdict.UNSURE, "ab", "c")) == []


def test_unsure_comes_back_when_the_evidence_changes() -> None:
    [row] = asked(decided(Verdict.UNSURE, "ab", "c", seen="1224"))
    assert row["cause"] == "doubtful"


def test_an_answer_is_asked_again_when_what_identifies_a_side_changed() -> None:
    [row] = asked(decided(Verdict.DIFFERENT, "ab", "c", seen="1224"))
    assert row["cause"] == "evidence_changed"
    assert json.loads(row["evidence"])["decisions"] == ["decision"]
    [again] = asked(decided(Verdict.SAME, "a", "b", seen="1024"), doubtful=False)
    assert (again["left_members"], again["right_members"]) == (["a"], ["b"])


def test_the_question_keeps_its_id_when_it_is_asked_again() -> None:
    [first] = asked()
    [again] = asked(decided(Verdict.DIFFERENT, "ab", "c", seen="1224"), doubtful=False)
    assert first["id"] == again["id"]


ENDS = st.tuples(st.integers(0, 7), st.integers(0, 7)).filter(lambda ends: ends[0] < ends[1])
PAIRS = st.dictionaries(
    ENDS, st.tuples(st.integers(-1, 3), st.integers(-1, 1), st.integers(0, 9)), max_size=12
)


@given(PAIRS, st.lists(st.integers(0, 3), min_size=8, max_size=8))
def test_a_row_is_what_the_pairs_between_two_groups_say(pairs: Any, groups: list[int]) -> None:
    """Eight contacts in up to four clusters, put together one by one."""
    seeds, hashes = list("hgfedcba"), {seed: seed.encode() * 2 for seed in "abcdefgh"}
    rows = [dict(zip(SCHEMA.names, (*ends, *said), strict=True)) for ends, said in pairs.items()]
    clustered = [[at for at in range(8) if groups[at] == one] for one in sorted(set(groups))]
    identities = pa.array([hashes[seed] for seed in seeds], pa.binary())
    table = pa.Table.from_pylist(rows, schema=SCHEMA)
    found = questions(clusters(*clustered), table, pa.array(seeds), identities, [], 5, LEVELS).to_pylist()
    assert [row["id"] for row in found] == sorted(row["id"] for row in found)
    expected: dict[frozenset[Any], list[Any]] = {}
    for row in sorted(rows, key=lambda row: (-row["weight"], row["left"], row["right"])):
        if groups[row["left"]] != groups[row["right"]]:
            sides = frozenset((groups[row["left"]], groups[row["right"]]))
            levels = {name: names[row[name]] for name, names in LEVELS.items() if row[name] >= 0}
            ends = {"left": seeds[row["left"]], "right": seeds[row["right"]]}
            expected.setdefault(sides, []).append({**ends, "weight": row["weight"], "levels": levels})
    assert len(found) == len(expected)
    for row in found:
        cluster: list[Any] = [groups[seeds.index(row[side][0])] for side in ("left_members", "right_members")]
        left, right = (sorted(seeds[at] for at in range(8) if groups[at] == one) for one in cluster)
        assert (row["left_members"], row["right_members"]) == (left, right)
        own = expected[frozenset(cluster)]
        assert row["evidence"] == json.dumps({"pairs": own, "decisions": []}, sort_keys=True)
        assert row["evidence_hash"] == evidence_hash(hashes, left + right)
        assert row["weight"] == own[0]["weight"]
        assert row["cause"] == ("held_apart" if row["weight"] >= 5 else "doubtful")
