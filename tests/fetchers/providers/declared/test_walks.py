"""What a walk of a declared provider claims is true, whatever happens between two of its answers."""

from __future__ import annotations

from collections import Counter

import pytest

from dedupe.fetchers.fetcher import Start
from tests.fetchers.providers.changing_list import KINDS, Act, People, Shop, shop


def deleted(key: int) -> Act:
    return lambda people: people.names.__delitem__(key)


def inserted(key: int) -> Act:
    """A contact that sorts just behind another one."""
    return lambda people: people.names.update({1000 + key: people.names[key] + "a"})


def renamed(key: int, name: str) -> Act:
    return lambda people: people.names.update({key: name})


def swapped(key: int) -> Act:
    """Somebody goes, and somebody else comes: no count tells."""

    def act(people: People) -> None:
        del people.names[key]
        people.names[99] = "~"

    return act


def acts(keys: list[int]) -> dict[str, Act]:
    made: dict[str, Act] = {}
    for key in keys:
        made |= {
            f"delete {key}": deleted(key),
            f"insert {key}": inserted(key),
            f"swap {key}": swapped(key),
            f"rename {key} to the front": renamed(key, " "),
            f"rename {key} to the end": renamed(key, "~"),
        }
    return made


def fresh(number: int) -> dict[int, str]:
    return {key: f"{key:03}" for key in range(1, number + 1)}


def outcome(shop: Shop, number: int, act: Act | None = None, when: int = 0) -> tuple[str, int]:
    """Whether a walk is claimed complete, and whether it is; and how many answers it took."""
    people = People(fresh(number), act, when)
    there = set(people.names)
    found = shop.walked(people)
    missed = {str(key) for key in there & set(people.names)} - found.seen
    if found.reason is not None:
        return "not claimed", people.answers
    return "claimed and false" if missed else "claimed and true", people.answers


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_walk_that_nothing_disturbs_is_complete(kind):
    with shop(kind) as here:
        for number in (0, 1, 3, 4, 7):
            assert outcome(here, number)[0] == "claimed and true"


def assessed(kind: str, number: int, keys: list[int] | None = None) -> Counter[str]:
    """One change between two answers: every change, at every answer, of every contact (or of `keys`)."""
    with shop(kind) as here:
        answers = outcome(here, number)[1]
        return Counter(
            outcome(here, number, act, when)[0]
            for when in range(1, answers)
            for act in acts(keys or list(range(1, number + 1))).values()
        )


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_claim_is_false_whatever_changes_between_two_answers(kind):
    assert assessed(kind, 4, [1, 3])["claimed and false"] == 0


@pytest.mark.long
@pytest.mark.parametrize("kind", list(KINDS))
def test_no_claim_is_false_in_longer_lists_either(kind):
    assert assessed(kind, 10)["claimed and false"] == 0


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "offsets" not in kind])
def test_a_walk_goes_on_behind_any_page_and_claims_the_same(kind):
    people = People(fresh(10))
    with shop(kind) as here:
        whole = here.walked(people)
        for at, cursor in enumerate(whole.cursors[:-1]):
            rest = here.walked(people, Start(cursor=cursor))
            assert rest.cursors[-1].get("problem") is None
            assert len(rest.cursors) >= len(whole.cursors) - at - 1
