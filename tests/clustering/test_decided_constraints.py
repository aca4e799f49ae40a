"""What decisions demand of clusters, and when one stands in the way of another."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedupe.clustering.decided_constraints import DecidedConstraint, constraints, contradiction, is_outdated
from dedupe.model import Verdict


def decided(name: str, verdict: Verdict, *sides: str) -> DecidedConstraint:
    """`decided("1", SAME, "ab", "c")`: every letter is a source contact."""
    return DecidedConstraint(name, verdict, [list(side) for side in sides], {})


def same(name: str, *sides: str) -> DecidedConstraint:
    return decided(name, Verdict.SAME, *sides)


def different(name: str, *sides: str) -> DecidedConstraint:
    return decided(name, Verdict.DIFFERENT, *sides)


def test_different_keeps_each_member_of_one_side_from_each_of_the_other() -> None:
    found = constraints([different("1", "ab", "c")], pa.array(list("abc")))
    assert found.apart.to_pylist() == [{"left": 0, "right": 2}, {"left": 1, "right": 2}]
    assert found.together.num_rows == 0


def test_same_holds_all_its_members_together() -> None:
    found = constraints([same("1", "ca", "b")], pa.array(list("abc")))
    assert found.together.to_pylist() == [{"left": 0, "right": 1}, {"left": 1, "right": 2}]


def test_a_grouping_outlives_the_member_in_its_middle() -> None:
    found = constraints([same("1", "abc")], pa.array(list("ac")))
    assert found.together.to_pylist() == [{"left": 0, "right": 1}]


def test_unsure_demands_nothing() -> None:
    found = constraints([decided("1", Verdict.UNSURE, "a", "b")], pa.array(list("ab")))
    assert found.apart.num_rows == found.together.num_rows == 0


def test_same_and_same_stand_in_the_way_of_different() -> None:
    live = [same("1", "a", "b"), same("2", "b", "c"), same("3", "x", "y")]
    assert contradiction(different("new", "a", "c"), live) == ["1", "2"]


def test_same_and_different_stand_in_the_way_of_same() -> None:
    live = [same("1", "a", "b"), different("2", "a", "c")]
    assert contradiction(same("new", "b", "c"), live) == ["1", "2"]


def test_what_agrees_is_not_in_the_way() -> None:
    live = [same("1", "a", "b"), different("2", "a", "c")]
    assert contradiction(different("new", "b", "c"), live) == []
    assert contradiction(same("new", "a", "b"), live) == []
    assert contradiction(decided("new", Verdict.UNSURE, "a", "c"), live) == []


def test_within_a_side_different_says_nothing() -> None:
    assert contradiction(same("new", "a", "b"), [different("1", "ab", "c")]) == []


def test_an_answer_is_outdated_when_what_identifies_a_member_changed() -> None:
    judgement = DecidedConstraint("1", Verdict.SAME, [["a"], ["b"]], {"a": b"1", "b": b"2"})
    assert not is_outdated(judgement, {"a": b"1", "b": b"2", "c": b"9"})
    assert is_outdated(judgement, {"a": b"1", "b": b"3"})
    assert not is_outdated(judgement, {"a": b"1"})  # b is gone: nothing to look at


_PAIRS = st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda pair: pair[0] != pair[1])
_JUDGED = st.tuples(st.sampled_from([Verdict.SAME, Verdict.DIFFERENT]), _PAIRS)


@given(st.lists(_JUDGED, max_size=12))
def test_decisions_that_were_let_in_can_all_hold(drawn: list[tuple[Verdict, tuple[int, int]]]) -> None:
    live: list[DecidedConstraint] = []
    for at, (verdict, (left, right)) in enumerate(drawn):
        new = decided(str(at), verdict, str(left), str(right))
        path = contradiction(new, live)
        assert set(path) <= {judgement.decision for judgement in live}
        assert bool(path) == (not _can_all_hold([*live, new]))
        if not path:
            live.append(new)


def _can_all_hold(judgements: list[DecidedConstraint]) -> bool:
    """The oracle: spread "same" until nothing moves, then look for a "different" inside one group."""
    group = {str(at): at for at in range(6)}
    for _ in range(6):
        for judgement in judgements:
            if judgement.verdict is Verdict.SAME:
                least = min(group[member] for member in judgement.members)
                group.update(dict.fromkeys(judgement.members, least))
    apart = (j for j in judgements if j.verdict is Verdict.DIFFERENT)
    return all(group[j.sides[0][0]] != group[j.sides[1][0]] for j in apart)
