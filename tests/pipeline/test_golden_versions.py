"""What golden contacts showed at a moment of the past."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from dedupe import lookup
from dedupe.errors import NotFound
from dedupe.model import Verdict
from dedupe.pipeline.erasure import Keep, purge
from dedupe.storage.golden_versions import GoldenVersion
from tests.house import House, contact
from tests.review.deciding_house import ADA, DecidingHouse, house

__all__ = ["house"]


def then(house: House, golden_id: UUID, moment: datetime) -> GoldenVersion:
    with house.database.begin() as connection:
        return lookup.as_of(connection, ADA, golden_id, moment)


def now(house: House) -> datetime:
    """A moment after all that was published."""
    return datetime.now(UTC)


def golden(house: House, key: str) -> UUID:
    found = house.golden_of(key)
    assert found is not None
    return found


@pytest.fixture(autouse=True)
def _one_person(house: House) -> None:
    house.collected(
        contact("crm:1", name="Jonathan Marchetti", email="jm@example.com", company="Granite Deck"),
        contact("mail:1", name="Jonathan Marchetti", email="jm@example.com"),
    )
    house.merges()


def test_values_and_members_are_told_as_they_were_then(house: House) -> None:
    before = now(house)
    house.collected(contact("crm:1", name="Jonathan Marchetti", email="new@example.com", company="Bay"))
    house.merges()
    old, new = then(house, golden(house, "crm:1"), before), then(house, golden(house, "crm:1"), now(house))
    assert old.contact.fields["company"].value == "Granite Deck"
    assert [email.value for email in old.contact.emails] == ["jm@example.com"]
    assert {link.external_id for link in old.contact.source_links} == {"1"}
    assert len(old.contact.source_links) == 2
    assert old.contact.source_links[0].cause == "match"
    assert new.contact.fields["company"].value == "Bay"
    assert (old.shown_until, new.shown_until) == (new.shown_from, None)


def test_a_golden_contact_that_is_no_more_is_told_as_it_was(house: House) -> None:
    house.collected(contact("web:9", name="Zebulon Whittaker", email="zw@example.com"))
    house.merges()
    gone, before = golden(house, "web:9"), now(house)
    house.vanished("web:9")
    house.merges()
    assert then(house, gone, before).contact.fields["display_name"].value == "Zebulon Whittaker"
    with pytest.raises(NotFound, match="was retired before"):
        then(house, gone, now(house))


def test_before_it_was_made_an_id_was_not_served(house: House) -> None:
    with pytest.raises(NotFound, match="not served yet"):
        then(house, golden(house, "crm:1"), now(house) - timedelta(days=1))


def test_why_nothing_is_told_is_known_without_events_too(house: House) -> None:
    house.collected(contact("web:9", name="Zebulon Whittaker", email="zw@example.com"))
    house.merges()
    gone, before = golden(house, "web:9"), now(house)
    house.vanished("web:9")
    house.merges()
    purge(house.database, Keep(history=timedelta(), events=timedelta()))
    assert house.events() == []
    for moment, why in (
        (before - timedelta(days=1), "not served yet"),
        (before, "kept no longer"),
        (now(house), "was retired before"),
    ):
        with pytest.raises(NotFound, match=why):
            then(house, gone, moment)


def test_what_did_not_change_is_kept_once(house: House) -> None:
    house.merges()
    house.merges(full=True)
    assert house.rows()["golden_versions"] == 0


def test_a_full_night_leaves_what_did_not_change_as_it_was_then(house: House) -> None:
    before, golden_id = now(house), golden(house, "crm:1")
    was = then(house, golden_id, before)
    house.merges(full=True)
    assert then(house, golden_id, before) == then(house, golden_id, now(house)) == was


def test_reasons_are_told_as_they_were_then(house: DecidingHouse) -> None:
    before, golden_id = now(house), golden(house, "crm:1")
    was = then(house, golden_id, before)
    house.decides(Verdict.SAME, "crm:1", "mail:1")
    between = now(house)
    house.collected(contact("crm:1", name="Jonathan Marchetti", email="jm@example.com", company="Bay"))
    house.merges()
    old, new, last = (then(house, golden_id, at) for at in (before, between, now(house)))
    assert old.contact == was.contact
    assert [_reasons(each) for each in (old, new, last)] == [{"match"}, {"decision"}, {"decision"}]
    assert new.contact.changed_at == old.contact.changed_at, "it shows the same"
    assert new.contact.source_links[0].run_id != old.contact.source_links[0].run_id
    assert (was.shown_from, old.shown_until) == (old.shown_from, new.shown_from)
    assert (new.shown_until, None) == (last.shown_from, last.shown_until)


def test_reasons_of_now_are_not_told_for_a_moment_whose_own_are_kept_no_longer(house: DecidingHouse) -> None:
    before, golden_id = now(house), golden(house, "crm:1")
    house.decides(Verdict.SAME, "crm:1", "mail:1")
    assert purge(house.database, Keep(history=timedelta())).history == 1
    with pytest.raises(NotFound, match="kept no longer"):
        then(house, golden_id, before)
    assert _reasons(then(house, golden_id, now(house))) == {"decision"}


def _reasons(version: GoldenVersion) -> set[str]:
    return {link.cause for link in version.contact.source_links}


def test_no_version_outlives_its_time(house: House) -> None:
    before = now(house)
    house.collected(contact("crm:1", name="Jonathan Marchetti", email="jm@example.com", company="Bay"))
    house.merges()
    assert purge(house.database, Keep(history=timedelta(days=1))).history == 0
    assert purge(house.database, Keep(history=timedelta())).history == 1
    with pytest.raises(NotFound, match="kept no longer"):
        then(house, golden(house, "crm:1"), before)
