"""A night is taken back: golden contacts are as they were before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from dedupe import lookup
from dedupe.errors import DecisionContradicts, DecisionRefused, IndexUnusable, LockHeld, NotFound
from dedupe.model import Verdict
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline.erasure import erase
from dedupe.pipeline.live_run import merge_now
from dedupe.review import deciding, deciding_values, rollback
from dedupe.storage import golden_versions, outgoing_events
from dedupe.storage.locks import MERGE_LOCK
from tests.house import contact
from tests.review.deciding_house import ADA
from tests.review.rollback_house import RollbackHouse, house

__all__ = ["house"]

ANN: dict[str, Any] = {"name": "Ann Marchetti", "email": "ann@example.com"}


@pytest.fixture
def wrong_merge(house: RollbackHouse) -> str:
    """Two people, whom the next night takes for one; gives that night."""
    house.collected(
        contact("crm:1", **ANN, company="Bay"), contact("mail:1", name="Bo Lind", email="bo@example.com")
    )
    house.merges()
    house.collected(contact("mail:1", **ANN), contact("web:9", name="Cy Ott", email="cy@example.com"))
    return house.merges().run_id


def test_ids_members_and_values_are_as_before_the_night(house: RollbackHouse) -> None:
    house.collected(
        contact("crm:1", **ANN, company="Bay"), contact("mail:1", name="Bo Lind", email="bo@example.com")
    )
    house.merges()
    before = house.shown_whole()
    house.collected(contact("mail:1", **ANN), contact("web:9", name="Cy Ott", email="cy@example.com"))
    night = house.merges().run_id
    assert house.golden("crm:1") == house.golden("mail:1")
    done = house.rolls_back(night)
    assert house.shown_whole() == before
    assert house.record_of("mail:1")["emails"] == ["bo@example.com"]
    assert house.golden_of("web:9") is None
    assert house.status_of(night) == "rolled_back"
    assert done.golden["revived"] == 1


def test_events_tell_of_it(house: RollbackHouse, wrong_merge: str) -> None:
    done = house.rolls_back(wrong_merge)
    told = [event for event in house.events() if event["run_id"] == done.run_id]
    assert {event["cause"] for event in told} == {"rollback"}
    assert {event["kind"] for event in told} == {"split", "revived", "retired"}


def test_the_same_night_again_is_held_back_and_gives_the_same_when_it_is_published(
    house: RollbackHouse, wrong_merge: str
) -> None:
    merged = house.shown_whole()
    house.rolls_back(wrong_merge)
    taken_back = house.shown_whole()
    held = house.merges(looks=True)
    assert held.status == "held"
    assert "rolled back" in held.gate["reasons"][0]
    assert house.shown_whole() == taken_back
    assert house.publishes(held.run_id).status == "published"
    assert house.shown_whole() == merged
    assert house.merges(looks=True).status == "unchanged"


def test_publishing_the_run_itself_takes_the_rollback_back(house: RollbackHouse, wrong_merge: str) -> None:
    merged = house.shown_whole()
    house.rolls_back(wrong_merge)
    assert house.publishes(wrong_merge).status == "published"
    assert house.shown_whole() == merged


def test_a_night_that_changes_nothing_of_it_is_published(house: RollbackHouse, wrong_merge: str) -> None:
    house.rolls_back(wrong_merge)
    house.vanished("web:9")
    house.collected(
        contact("mail:1", name="Bo Lind", email="bo@example.com"),
        contact("crm:5", name="Di Roe", email="di@example.com"),
    )
    assert house.merges(looks=True).status == "published"
    assert house.golden_of("crm:5") is not None
    assert house.golden("crm:1") != house.golden("mail:1")


def test_another_configuration_is_not_held(house: RollbackHouse, wrong_merge: str) -> None:
    house.rolls_back(wrong_merge)
    assert house.merges(looks=True, configuration_hash="another").status == "published"


def test_what_was_decided_since_is_in_the_way(house: RollbackHouse, wrong_merge: str) -> None:
    split = house.decides(Verdict.DIFFERENT, "crm:1", "mail:1")
    with pytest.raises(DecisionContradicts) as refused:
        house.rolls_back(wrong_merge)
    assert refused.value.path == [str(split.decision)]
    house.takes_back(split)
    house.rolls_back(wrong_merge)
    assert house.golden("crm:1") != house.golden("mail:1")


def test_a_pin_made_since_is_in_the_way(house: RollbackHouse, wrong_merge: str) -> None:
    with deciding.publishing(house.database) as connection:
        deciding_values.pin(connection, house.republish, ADA, house.seed("crm:1"), "company", "Bay")
    with pytest.raises(DecisionContradicts):
        house.rolls_back(wrong_merge)


def test_later_nights_that_changed_the_same_go_first(house: RollbackHouse, wrong_merge: str) -> None:
    before = house.shown_whole()
    house.collected(contact("web:3", **ANN))
    later = house.merges().run_id
    with pytest.raises(DecisionRefused, match=later):
        house.rolls_back(wrong_merge)
    house.rolls_back(later)
    assert house.shown_whole() == before
    house.rolls_back(wrong_merge)
    assert house.golden("crm:1") != house.golden("mail:1")


def test_later_nights_about_others_stay(house: RollbackHouse, wrong_merge: str) -> None:
    house.collected(contact("crm:5", name="Di Roe", email="di@example.com"))
    house.merges()
    di = house.golden("crm:5")
    house.rolls_back(wrong_merge)
    assert house.golden("crm:5") == di
    assert house.golden("crm:1") != house.golden("mail:1")


def test_who_is_gone_stays_gone(house: RollbackHouse) -> None:
    house.collected(
        contact("crm:1", **ANN, company="Bay"),
        contact("web:1", **ANN, phone="+44 20 7946 0018"),
        contact("mail:1", name="Bo Lind", email="bo@example.com"),
    )
    house.merges()
    ann = house.golden("crm:1")
    house.collected(contact("mail:1", **ANN))
    house.vanished("crm:1")
    night = house.merges().run_id
    house.rolls_back(night)
    assert house.golden_of("crm:1") is None
    assert house.golden("web:1") == ann
    assert house.record_of("web:1")["phones"] == ["+442079460018"]
    assert house.record_of("web:1")["company"] is None
    assert house.golden("mail:1") != ann
    assert house.record_of("mail:1")["emails"] == ["bo@example.com"]
    assert house.merges(configuration_hash="another").status == "published"
    assert house.golden("web:1") == ann


def test_who_came_back_with_the_night_is_gone_again_and_their_id_stays(house: RollbackHouse) -> None:
    house.collected(contact("crm:1", **ANN), contact("web:1", **ANN))
    house.merges()
    ann = house.golden("crm:1")
    house.vanished("crm:1")
    house.merges()
    assert house.golden("web:1") == ann
    before = house.shown_whole()
    house.collected(contact("crm:1", name="Bo Lind", email="bo@example.com"))
    night = house.merges().run_id
    assert (house.golden("crm:1"), house.golden("web:1") == ann) == (ann, False)
    after = house.shown_whole()
    house.rolls_back(night)
    assert house.shown_whole() == before
    assert house.merges(configuration_hash="another").status == "published"
    assert house.shown_whole() == after


def test_an_act_on_what_was_taken_back_keeps_its_id(house: RollbackHouse) -> None:
    house.collected(contact("crm:1", **ANN), contact("web:1", **ANN), contact("web:2", **ANN))
    house.merges()
    ann = house.golden("crm:1")
    house.vanished("crm:1")
    house.merges()
    house.collected(contact("crm:1", name="Bo Lind", email="bo@example.com"))
    night = house.merges().run_id
    house.rolls_back(night)
    house.decides(Verdict.DIFFERENT, "web:1", "web:2")
    assert house.golden("web:1") == ann


def test_who_went_since_leaves_the_id_to_who_stays(house: RollbackHouse) -> None:
    house.collected(
        contact("crm:1", **ANN),
        contact("web:1", **ANN),
        contact("mail:1", name="Bo Lind", email="bo@example.com"),
    )
    house.merges()
    ann = house.golden("crm:1")
    house.collected(contact("mail:1", **ANN))
    night = house.merges().run_id
    house.vanished("crm:1")
    house.rolls_back(night)
    assert house.golden_of("crm:1") is None
    assert house.golden("web:1") == ann
    assert house.merges(configuration_hash="another").status == "published"
    assert house.golden("web:1") == ann


def test_what_was_rolled_back_or_is_no_night_is_refused(house: RollbackHouse, wrong_merge: str) -> None:
    act = house.decides(Verdict.SAME, "web:9", "crm:1")
    assert act.run_id is not None
    with pytest.raises(DecisionRefused, match=f"revoke {act.decision}"):
        house.rolls_back(act.run_id)
    house.takes_back(act)
    done = house.rolls_back(wrong_merge)
    for run, why in ((wrong_merge, "rolled back before by Ada"), (str(done.run_id), "kind rollback")):
        with pytest.raises(DecisionRefused, match=why):
            house.rolls_back(run)
    held = house.merges(looks=True)
    with pytest.raises(DecisionRefused, match="is held"):
        house.rolls_back(held.run_id)
    with pytest.raises(NotFound):
        house.rolls_back(uuid4())


def test_a_first_night_is_taken_back_whole(house: RollbackHouse) -> None:
    house.collected(contact("crm:1", **ANN), contact("mail:1", **ANN))
    night = house.merges().run_id
    merged = house.shown_whole()
    house.rolls_back(night)
    assert house.golden_of("crm:1") is None
    held = house.merges(looks=True)
    assert held.status == "held"
    house.publishes(held.run_id)
    assert house.shown_whole() == merged


def test_review_candidates_are_as_before(house: RollbackHouse) -> None:
    house.collected(
        contact("crm:1", name="Ann Marchetti", email="ann@example.com"),
        contact("mail:1", name="Ann Marchetti"),
    )
    house.merges()
    asked = house.asked()
    assert asked
    before = house.shown_whole()
    house.collected(contact("mail:1", **ANN))
    night = house.merges().run_id
    assert not house.asked()
    house.rolls_back(night)
    assert house.asked() == asked
    assert house.shown_whole() == before


def test_who_was_erased_never_comes_back(house: RollbackHouse) -> None:
    house.collected(
        contact("crm:1", **ANN),
        contact("mail:1", name="Bo Lind", email="bo@example.com"),
        contact("crm:5", name="Di Roe", email="di@example.com"),
        contact("web:5", name="Ed Poe", email="ed@example.com"),
    )
    house.merges()
    house.collected(contact("mail:1", **ANN), contact("web:5", name="Di Roe", email="di@example.com"))
    night = house.merges().run_id
    assert house.golden("crm:5") == house.golden("web:5")
    erase(house.database, NormalizeSettings(), b"the key", ["mail:1"], unshow=house.unshow)
    done = house.rolls_back(night)
    assert house.seed("crm:1") in done.left
    assert house.golden_of("crm:1") is not None
    assert house.golden("crm:5") != house.golden("web:5")
    assert house.record_of("web:5")["emails"] == ["ed@example.com"]
    assert "bo@example.com" not in str(house.shown_whole())


def test_what_is_kept_no_longer_is_refused(house: RollbackHouse, wrong_merge: str) -> None:
    with house.database.begin() as connection:
        golden_versions.delete_before(connection, datetime.now(UTC) + timedelta(days=1))
    with pytest.raises(DecisionRefused, match=r"privacy\.history_kept"):
        house.rolls_back(wrong_merge)


def test_a_run_whose_events_are_kept_no_longer_is_refused(house: RollbackHouse, wrong_merge: str) -> None:
    with house.database.begin() as connection:
        outgoing_events.expire(connection, datetime.now(UTC) + timedelta(days=1), [])
    with pytest.raises(DecisionRefused, match=r"privacy\.events_kept"):
        house.rolls_back(wrong_merge)


def test_what_was_merged_live_is_taken_back_and_waits(house: RollbackHouse) -> None:
    house.collected(
        contact("crm:1", **ANN, company="Bay"), contact("mail:1", name="Bo Lind", email="bo@example.com")
    )
    house.merges()
    house.merges(full=True)
    before = house.shown_whole()
    house.collected(contact("mail:1", **ANN))
    live = merge_now(house.database, house.settings, house.engine).report
    assert live is not None
    assert house.golden("crm:1") == house.golden("mail:1")
    house.rolls_back(live.run_id)
    assert house.shown_whole() == before
    house.collected(contact("crm:5", name="Di Roe", email="di@example.com"))
    with pytest.raises(IndexUnusable, match="rolled back"):
        merge_now(house.database, house.settings, house.engine)
    assert house.merges(looks=True).status == "held"


def test_what_a_rollback_wrote_is_history(house: RollbackHouse, wrong_merge: str) -> None:
    merged, moment = house.golden("crm:1"), datetime.now(UTC)
    house.rolls_back(wrong_merge)
    with house.database.begin() as connection:
        then = lookup.as_of(connection, ADA, merged, moment)
        now = lookup.as_of(connection, ADA, merged, datetime.now(UTC))
    assert [len(one.contact.source_links) for one in (then, now)] == [2, 1]


def test_no_night_computes_meanwhile(house: RollbackHouse, wrong_merge: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(rollback, "LOCK_WAIT", 0.1)
    with house.database.lock(MERGE_LOCK), pytest.raises(LockHeld):
        house.rolls_back(wrong_merge)


def test_a_rollback_that_is_refused_or_fails_leaves_all_as_it_was(
    house: RollbackHouse, wrong_merge: str
) -> None:
    served = house.shown_whole()

    def fails_behind_it() -> None:
        with house.taking_back() as connection:
            rollback.roll_back(connection, house.make_anew, ADA, UUID(wrong_merge))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_behind_it()
    assert (house.shown_whole(), house.status_of(wrong_merge)) == (served, "published")
