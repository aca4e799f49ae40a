"""What goes one after the other, and what may go at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from dedupe.deliveries.backoff import LONGEST_REST, LONGEST_RETRY_AFTER, Backoff, asked_pause
from dedupe.deliveries.order import chains, held_back


@dataclass(frozen=True)
class Named:
    position: int
    ids: frozenset[UUID]


def events(*named: str) -> list[Named]:
    return [Named(at, frozenset(UUID(int=ord(one)) for one in ids)) for at, ids in enumerate(named)]


SOME = st.lists(st.sets(st.sampled_from("abcdefg"), min_size=1, max_size=3), max_size=20).map(
    lambda found: events(*map("".join, found))
)


def test_events_of_one_golden_contact_go_one_after_the_other() -> None:
    one, two, three, four = events("a", "b", "ab", "c")
    assert chains([one, two, three, four]) == [[one, two, three], [four]]


@given(SOME)
def test_chains_hold_every_event_once_in_order_and_share_nothing(given_events: list[Named]) -> None:
    found = chains(given_events)
    assert sorted((one for chain in found for one in chain), key=lambda one: one.position) == given_events
    assert all(chain == sorted(chain, key=lambda one: one.position) for chain in found)
    named = [{each for one in chain for each in one.ids} for chain in found]
    assert sum(map(len, named)) == len(set().union(*named))


def test_what_is_held_back_holds_back_what_names_its_golden_contacts_and_nothing_else() -> None:
    one, two, three, four = events("ab", "c", "b", "d")
    assert held_back([one, two, three, four], [UUID(int=ord("a"))]) == ([two, four], [one, three])


@given(SOME, st.sets(st.sampled_from("abcdefg")))
def test_nobody_overtakes_an_event_of_the_same_golden_contact(found: list[Named], waiting: set[str]) -> None:
    free, held = held_back(found, [UUID(int=ord(one)) for one in waiting])
    assert sorted([*free, *held], key=lambda one: one.position) == found
    for one in free:
        assert not any(one.ids & other.ids and other.position < one.position for other in held)


def test_pauses_double_up_to_the_longest_and_differ_by_chance() -> None:
    backoff = Backoff(first=5, longest=3600)
    for failures, whole in [(1, 5), (2, 10), (5, 80), (11, 3600), (100_000, 3600)]:
        pauses = {backoff.pause(failures) for _ in range(50)}
        assert whole / 2 <= min(pauses) <= max(pauses) <= whole
        assert len(pauses) > 5


def test_a_receiver_may_not_ask_for_years() -> None:
    assert (asked_pause(None), asked_pause(30), asked_pause(1e9)) == (0, 30, LONGEST_RETRY_AFTER)
    assert asked_pause(1e9, LONGEST_REST) == LONGEST_REST == 3600
