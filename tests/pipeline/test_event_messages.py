"""What a message says of an event: keys and ids, and values only where they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text

from dedupe.model import Verdict
from dedupe.storage import tables
from dedupe.storage.event_cursors import position_of
from tests.delivered import delivery, until_done
from tests.house import House, contact, house
from tests.receiver import Receiver, receiving

__all__ = ["house"]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def told(house: House, receiver: Receiver, **options: Any) -> list[dict[str, Any]]:
    """The data of the messages that are new."""
    known = len(receiver.accepted)
    with delivery(house.database, receiver, **options) as one:
        until_done(one, house.database)
    return [each.data for each in receiver.accepted[known:]]


def by_kind(messages: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["kind"]: one for one in messages}


def keys(contacts: list[dict[str, Any]]) -> set[str]:
    return {f"{one['source']}:{one['external_id']}" for one in contacts}


def test_a_merge_and_a_split_name_the_ids_before_and_after_and_who_moved(
    house: House, receiver: Receiver
) -> None:
    house.collected(contact("crm:1", name="Jo Marchetti", email="jo@x.org"))
    house.collected(contact("mail:9", name="Ann Lee", email="ann@y.org"))
    house.merges()
    first, second = str(house.seed("crm:1")), str(house.seed("mail:9"))
    assert {one["kind"] for one in told(house, receiver)} == {"made"}
    house.collected(contact("mail:9", name="Jo Marchetti", email="jo@x.org", day=2))
    house.merges()
    merged = by_kind(told(house, receiver))
    assert merged["merged"]["old_golden_ids"] == [first, second]
    assert merged["merged"]["new_golden_ids"] == [first]
    assert keys(merged["merged"]["source_contacts"]["before"]) == {"crm:1"}
    assert keys(merged["merged"]["source_contacts"]["after"]) == {"crm:1", "mail:9"}
    assert keys(merged["merged"]["source_contacts"]["joined"]) == {"mail:9"}
    assert (merged["retired"]["old_golden_ids"], merged["retired"]["new_golden_ids"]) == ([second], [first])
    house.decided("crm:1", "mail:9", Verdict.DIFFERENT)
    house.merges()
    split = by_kind(told(house, receiver))
    assert split["split"]["old_golden_ids"] == [first]
    assert split["split"]["new_golden_ids"] == [first, second]
    assert keys(split["split"]["source_contacts"]["left"]) == {"mail:9"}
    assert (split["split"]["cause"], split["revived"]["new_golden_ids"]) == ("decision", [second])


def test_no_value_is_in_a_message(house: House, receiver: Receiver) -> None:
    house.collected(contact("crm:1", name="Jo Marchetti", email="jo@x.org", phone="+442079460018"))
    house.merges()
    assert "golden_contact" not in told(house, receiver)[0]
    raw = receiver.accepted[0].raw.decode()
    assert not any(value in raw for value in ("Marchetti", "jo@x.org", "7946"))


def test_a_message_says_when_by_which_run_and_where_to_go_on(house: House, receiver: Receiver) -> None:
    house.collected(contact("crm:1", email="jo@x.org"))
    house.merges()
    [data] = told(house, receiver)
    [event] = house.events()
    body = receiver.accepted[0].body
    assert body["type"] == "golden_contact.made"
    assert body["timestamp"] == data["occurred_at"] == event["occurred_at"].isoformat()
    assert (data["run_id"], data["cause"]) == (str(event["run_id"]), event["cause"])
    assert position_of(data["cursor"]) == event["position"]
    assert data["event_id"] == receiver.accepted[0].id


def test_values_are_sent_where_they_are_asked_for_and_the_access_is_logged(
    house: House, receiver: Receiver
) -> None:
    house.collected(contact("crm:1", name="Jo Marchetti", email="jo@x.org"))
    house.merges()
    [data] = told(house, receiver, include_values=True)
    golden = data["golden_contact"]
    assert golden["fields"]["display_name"]["value"] == "Jo Marchetti"
    assert [one["value"] for one in golden["emails"]] == ["jo@x.org"]
    with house.database.begin() as connection:
        [line] = connection.execute(select(tables.access_log))
    assert (line.who, line.door, [str(one) for one in line.golden_ids]) == ("crm", "webhook", [golden["id"]])


def test_of_who_is_served_no_longer_there_are_no_values(house: House, receiver: Receiver) -> None:
    house.collected(contact("crm:1", email="jo@x.org"))
    house.merges()
    house.vanished("crm:1")
    house.merges()
    messages = told(house, receiver, include_values=True)
    assert [(one["kind"], one["golden_contact"]) for one in messages] == [("made", None), ("retired", None)]


def test_only_events_of_the_sources_asked_for_are_told(house: House, receiver: Receiver) -> None:
    house.collected(contact("crm:1", email="jo@x.org"), contact("mail:9", email="ann@y.org"))
    house.merges()
    messages = told(house, receiver, sources=frozenset({"mail"}))
    assert [keys(one["source_contacts"]["after"]) for one in messages] == [{"mail:9"}]


def test_who_was_erased_is_named_by_nothing_but_its_id(house: House, receiver: Receiver) -> None:
    house.collected(contact("crm:1", email="jo@x.org"))
    house.merges()
    seed = house.seed("crm:1")
    with house.database.begin() as connection:
        connection.execute(
            text("UPDATE dedupe.source_contacts SET gone_because = 'erased', external_id = 'erased:' || id")
        )
    [data] = told(house, receiver)
    assert data["source_contacts"]["after"] == [{"id": str(seed), "source": "crm", "external_id": None}]
