"""The messages by which other systems hear of events: keys and ids, and values only where a subscription asks
for them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from dedupe.deliveries.subscription import ERASED, EventSubscription
from dedupe.storage import event_reasons, lookups
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.event_cursors import event_cursor
from dedupe.storage.golden_contacts import Event, GoldenContact
from dedupe.storage.outgoing_events import NamedContact, OutgoingEvent, named_contacts

TEST = "dedupe.test"
"""The type of the message that `dedupe webhooks test` sends."""


def messages(
    connection: Connection, subscription: EventSubscription, events: Sequence[OutgoingEvent]
) -> dict[int, bytes]:
    """The body of each event's message (JSON in UTF-8) by the event's position; none for an event that
    concerns none of the subscription's sources. Of an erasure everybody is told, whom it doesn't concern by
    the golden ids and the ids of who was erased alone.

    Values are those that are served now, and whoever is told them is written into the access log.
    """
    contacts = named_contacts(connection, _members(events))
    told = [one for one in events if _concerns(one.event, contacts, subscription.sources)]
    concerned = {one.position for one in told}
    others = [
        replace(one, event=_without_others(one.event, contacts))
        for one in events
        if one.event.kind == ERASED and one.position not in concerned
    ]
    told, others = (_in_words(connection, some) for some in (told, others))
    served: dict[UUID, GoldenContact] = {}
    if subscription.include_values and told:
        visitor = Visitor(subscription.name, "webhook")
        ids = list(dict.fromkeys(one.event.golden_id for one in told))
        served = {hit.contact.id: hit.contact for hit in lookups.by_ids(connection, visitor, ids)}
    return {
        one.position: _body(_data(one, contacts, subscription, served), one.event) for one in [*told, *others]
    }


def _in_words(connection: Connection, told: Sequence[OutgoingEvent]) -> list[OutgoingEvent]:
    events = event_reasons.with_words(connection, [one.event for one in told], discreet=True)
    return [replace(one, event=event) for one, event in zip(told, events, strict=True)]


def test_message(subscription: EventSubscription, at: datetime) -> bytes:
    """A message that is about nobody."""
    return _encoded({"type": TEST, "timestamp": at, "data": {"subscription": subscription.name}})


def golden_ids_of(event: Event) -> tuple[list[UUID], list[UUID]]:
    """The golden ids that were served before the event and those that are served after it."""
    itself, others = [event.golden_id], event.related
    match event.kind:
        case "made" | "revived":
            return others, itself
        case "merged":
            return [*itself, *others], itself
        case "split":
            return itself, [*itself, *others]
        case "retired":
            return itself, others
        case "erased" if not event.members_after:
            return itself, []
    return itself, itself


def _members(events: Iterable[OutgoingEvent]) -> set[UUID]:
    return {each for one in events for each in (*one.event.members_before, *one.event.members_after)}


def _concerns(event: Event, contacts: Mapping[UUID, NamedContact], sources: frozenset[str]) -> bool:
    members = {*event.members_before, *event.members_after}
    return not sources or any(contacts[one].source in sources for one in members if one in contacts)


def _without_others(event: Event, contacts: Mapping[UUID, NamedContact]) -> Event:
    erased = [one for one in event.members_before if one in contacts and contacts[one].external_id is None]
    return replace(event, members_before=erased, members_after=[])


def _data(
    one: OutgoingEvent,
    contacts: Mapping[UUID, NamedContact],
    subscription: EventSubscription,
    served: Mapping[UUID, GoldenContact],
) -> dict[str, Any]:
    event, (old, new) = one.event, golden_ids_of(one.event)
    before, after = set(event.members_before), set(event.members_after)
    data = {
        "event_id": one.id,
        "cursor": event_cursor(event.position),
        "kind": event.kind,
        "cause": event.cause,
        "words": event.words,
        "decision_id": event.decision_id,
        "occurred_at": event.occurred_at,
        "run_id": event.run_id,
        "golden_id": event.golden_id,
        "old_golden_ids": old,
        "new_golden_ids": new,
        "source_contacts": {
            "before": _named(event.members_before, contacts),
            "after": _named(event.members_after, contacts),
            "joined": _named(sorted(after - before), contacts),
            "left": _named(sorted(before - after), contacts),
        },
        "replays": one.replays,
    }
    if subscription.include_values:
        golden = served.get(event.golden_id)
        data["golden_contact"] = asdict(golden) if golden else None
    return data


def _named(ids: Iterable[UUID], contacts: Mapping[UUID, NamedContact]) -> list[dict[str, Any]]:
    return [asdict(contacts[one]) for one in ids if one in contacts]


def _body(data: dict[str, Any], event: Event) -> bytes:
    return _encoded({"type": f"golden_contact.{event.kind}", "timestamp": event.occurred_at, "data": data})


def _encoded(content: dict[str, Any]) -> bytes:
    return json.dumps(content, default=_plain, ensure_ascii=False, separators=(",", ":")).encode()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
