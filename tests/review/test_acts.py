"""Acts on golden contacts: each is one decision, published at once, and it holds."""

from uuid import uuid4

import pytest

from dedupe.errors import DecisionContradicts, DecisionRefused, EvidenceOutdated, InputError, NotFound
from dedupe.model import Verdict
from dedupe.storage import lookups
from tests.house import Given, contact
from tests.review.deciding_house import DecidingHouse, house

__all__ = ["house"]

MAILBOX = "jm@example.com"


def marchetti(key: str, email: str = MAILBOX) -> Given:
    return contact(key, name="Jonathan Marchetti", email=email)


@pytest.fixture(autouse=True)
def _two_people(house: DecidingHouse) -> None:
    """`crm:1`, `mail:1`, `web:1` and `web:2` are one golden contact, `crm:9` is another."""
    house.collected(marchetti("crm:1"))
    house.collected(marchetti("mail:1"))
    house.collected(marchetti("web:1"))
    house.collected(marchetti("web:2"))
    house.collected(contact("crm:9", name="Zebulon Whittaker", email="zw@example.com"))
    house.merges()


def test_who_is_split_off_gets_an_id_of_its_own_and_the_rest_keeps_its_id(house: DecidingHouse) -> None:
    before = house.golden("crm:1")
    with house.acting() as acting:
        acting.split(before, [[house.seed("web:1")]])
    assert house.golden("mail:1") == before
    assert house.golden("web:1") == house.seed("web:1")
    assert house.is_settled()


def test_those_split_off_are_one_person_whatever_held_them_together_before(house: DecidingHouse) -> None:
    house.collected(marchetti("web:2", "jonathan@example.net"))
    with house.acting() as acting:
        acting.split(house.golden("crm:1"), [[house.seed("web:1"), house.seed("web:2")]])
    assert house.golden("web:1") == house.golden("web:2") != house.golden("crm:1")
    assert house.merges().status != "failed"
    assert house.golden("web:1") == house.golden("web:2") != house.golden("crm:1")


def test_a_golden_contact_is_taken_apart_into_groups(house: DecidingHouse) -> None:
    groups = [[house.seed("mail:1")], [house.seed("web:1"), house.seed("web:2")]]
    with house.acting() as acting:
        acting.split(house.golden("crm:1"), groups)
    assert house.together() == {
        frozenset({"crm:1"}),
        frozenset({"mail:1"}),
        frozenset({"web:1", "web:2"}),
        frozenset({"crm:9"}),
    }
    assert house.is_settled()


def test_no_later_contact_brings_together_what_was_split(house: DecidingHouse) -> None:
    with house.acting() as acting:
        acting.split(house.golden("crm:1"), [[house.seed("web:1")]])
    house.collected(marchetti("late:1"))
    house.merges()
    assert house.golden("web:1") != house.golden("crm:1")


def test_a_moved_contact_belongs_to_the_other_and_both_keep_their_ids(house: DecidingHouse) -> None:
    house.collected(marchetti("late:1"))
    house.merges()
    origin, target = house.golden("crm:1"), house.golden("crm:9")
    with house.acting() as acting:
        acting.move([house.seed("late:1")], target)
    assert house.golden("late:1") == house.golden("crm:9") == target
    assert house.golden("crm:1") == origin
    assert house.is_settled()


def test_where_one_older_than_all_is_moved_the_former_id_leads_to_its_id(house: DecidingHouse) -> None:
    target = house.golden("crm:9")
    with house.acting() as acting:
        acting.move([house.seed("web:1")], target)
    assert house.golden("crm:9") == house.golden("web:1") == house.seed("web:1")
    with house.database.begin() as connection:
        assert lookups.leads_to(connection, target) == [house.seed("web:1")]


def test_moving_all_that_there_is_joins_the_two(house: DecidingHouse) -> None:
    keys = ("crm:1", "mail:1", "web:1", "web:2")
    with house.acting() as acting:
        acting.move([house.seed(key) for key in keys], house.golden("crm:9"))
    assert {house.golden(key) for key in keys} == {house.golden("crm:9")}


def test_golden_contacts_are_joined(house: DecidingHouse) -> None:
    origin, other = house.golden("crm:1"), house.golden("crm:9")
    with house.acting() as acting:
        acting.join([other, origin])
    assert house.golden("crm:1") == house.golden("crm:9") == min(origin, other)


def test_what_is_confirmed_is_never_taken_apart_and_asked_about_when_it_changes(
    house: DecidingHouse,
) -> None:
    with house.acting() as acting:
        acting.confirm(house.golden("crm:1"))
    house.collected(contact("web:1", name="Ottoline Fairweather", email="of@example.org"))
    house.merges()
    assert house.golden("web:1") == house.golden("crm:1")
    [asked] = house.waiting()
    assert asked.cause == "evidence_changed"


def test_each_act_is_taken_back_to_the_very_state_before(house: DecidingHouse) -> None:
    before = house.state()
    golden, other = house.golden("crm:1"), house.golden("crm:9")
    seed = house.seed("web:1")
    for act in (
        lambda acting: acting.split(golden, [[seed]]),
        lambda acting: acting.split(golden, [[seed], [house.seed("mail:1")]]),
        lambda acting: acting.move([seed], other),
        lambda acting: acting.join([golden, other]),
        lambda acting: acting.confirm(golden),
        lambda acting: acting.report(golden, [seed]),
    ):
        with house.acting() as acting:
            done = act(acting)
        house.takes_back(done)
        assert house.state() == before


def test_a_split_of_what_was_confirmed_is_refused_with_the_decision_in_the_way(house: DecidingHouse) -> None:
    golden = house.golden("crm:1")
    with house.acting() as acting:
        confirmed = acting.confirm(golden)
    with house.acting() as acting, pytest.raises(DecisionContradicts) as refused:
        acting.split(golden, [[house.seed("web:1")]])
    assert refused.value.path == [str(confirmed.decision)]


def test_who_was_split_off_is_not_joined_again_nor_moved_back(house: DecidingHouse) -> None:
    golden = house.golden("crm:1")
    with house.acting() as acting:
        split = acting.split(golden, [[house.seed("web:1")]])
    with house.acting() as acting, pytest.raises(DecisionContradicts) as refused:
        acting.join([golden, house.golden("web:1")])
    assert refused.value.path == [str(split.decision)]
    with house.acting() as acting, pytest.raises(DecisionContradicts):
        acting.move([house.seed("web:1")], golden)


def test_a_group_of_a_split_is_one_person_for_other_decisions(house: DecidingHouse) -> None:
    groups = [[house.seed("web:1"), house.seed("web:2")], [house.seed("crm:1"), house.seed("mail:1")]]
    with house.acting() as acting:
        split = acting.split(house.golden("crm:1"), groups)
    for left, right in (("web:1", "web:2"), ("crm:1", "mail:1")):
        with pytest.raises(DecisionContradicts) as refused:
            house.decides(Verdict.DIFFERENT, left, right)
        assert refused.value.path == [str(split.decision)]


def test_what_is_left_behind_is_not_said_to_be_one_person(house: DecidingHouse) -> None:
    with house.acting() as acting:
        acting.split(house.golden("crm:1"), [[house.seed("web:1")]])
    house.decides(Verdict.DIFFERENT, "crm:1", "mail:1")
    assert house.golden("crm:1") != house.golden("mail:1")


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        ([[]], "a part without a source contact"),
        ([["web:1"], []], "a part without a source contact"),
        ([["crm:1", "mail:1", "web:1", "web:2"]], "nobody would be left"),
        ([["web:1"], ["web:1"]], "named twice"),
    ],
)
def test_a_split_that_says_nothing_is_refused(
    house: DecidingHouse, groups: list[list[str]], told: str
) -> None:
    parts = [[house.seed(key) for key in group] for group in groups]
    with house.acting() as acting, pytest.raises((InputError, DecisionRefused), match=told):
        acting.split(house.golden("crm:1"), parts)


def test_acts_that_say_nothing_are_refused(house: DecidingHouse) -> None:
    golden, alone = house.golden("crm:1"), house.golden("crm:9")
    with house.acting() as acting:
        for act in (
            lambda: acting.join([golden]),
            lambda: acting.join([golden, golden]),
            lambda: acting.confirm(alone),
            lambda: acting.move([], golden),
            lambda: acting.move([house.seed("web:1")], golden),
            lambda: acting.report(alone),
        ):
            with pytest.raises((InputError, DecisionRefused)):
                act()


def test_an_act_on_a_golden_contact_that_is_no_more_says_where_it_leads(house: DecidingHouse) -> None:
    origin, other = house.golden("crm:1"), house.golden("crm:9")
    with house.acting() as acting:
        acting.join([origin, other])
    kept = house.golden("crm:1")
    [merged] = {origin, other} - {kept}
    with house.acting() as acting:
        for act in (
            lambda: acting.confirm(merged),
            lambda: acting.move([house.seed("web:1")], merged),
            lambda: acting.join([merged, kept]),
        ):
            with pytest.raises(EvidenceOutdated, match=str(kept)):
                act()
        with pytest.raises(NotFound):
            acting.confirm(uuid4())


def test_a_stranger_is_not_split_off(house: DecidingHouse) -> None:
    with house.acting() as acting, pytest.raises(EvidenceOutdated, match=str(house.seed("crm:9"))):
        acting.split(house.golden("crm:1"), [[house.seed("crm:9")]])


def test_nothing_is_done_where_a_member_changed_since_it_was_looked_at(house: DecidingHouse) -> None:
    golden, seed = house.golden("crm:1"), house.seed("web:1")
    seen = house.previews(lambda acting: acting.split(golden, [[seed]])).seen
    house.collected(marchetti("mail:1", "jonathan@example.net"))
    with house.acting() as acting, pytest.raises(EvidenceOutdated, match=str(house.seed("mail:1"))):
        acting.split(golden, [[seed]], saw=seen)


def test_what_was_looked_at_is_done_where_nothing_changed(house: DecidingHouse) -> None:
    golden, seed = house.golden("crm:1"), house.seed("web:1")
    seen = house.previews(lambda acting: acting.split(golden, [[seed]])).seen
    with house.acting() as acting:
        acting.split(golden, [[seed]], saw=seen)
    assert house.golden("web:1") != golden
