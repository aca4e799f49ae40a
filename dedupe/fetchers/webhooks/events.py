"""Which changes the body of a webhook tells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import jmespath

from dedupe.errors import InputError
from dedupe.fetchers.fetcher import Fetcher, list_of, mapping_of, plain_id
from dedupe.fetchers.given import text_of, time_of
from dedupe.fetchers.http.raw_json import parse_json
from dedupe.fetchers.live_change import LiveChange
from dedupe.fetchers.mapping import found
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.webhook_settings import CHATWOOT_FAMILY, WebhookSettings

_MADE, _CHANGED = "contact_created", "contact_updated"
_REACHED_BY = ("email", "phone_number", "identifier")
"""A contact with none of these is a visitor without a name, whom no list shows; events tell of all."""
_CHATWOOT_FIELDS = (
    *("id", "name", "email", "phone_number", "identifier", "thumbnail", "blocked"),
    *("additional_attributes", "custom_attributes"),
)
"""What an event shows of a contact as the list does. It lacks what the list adds: the inboxes and the times
of creation and last activity."""


def changes_of(fetcher: Fetcher, body: bytes, sent_at: datetime) -> list[LiveChange]:
    """The changes that a delivery tells; none where it tells of other things. Raises InputError for a body
    that can't be one of this source."""
    try:
        told = parse_json(body)
    except ValueError:
        raise InputError("the body is not JSON") from None
    own = fetcher.settings
    if own.provider in CHATWOOT_FAMILY:
        return _of_chatwoot(own, told, sent_at)
    assert own.webhook is not None
    events = _at(own.webhook.each, told)
    return [
        _declared(fetcher, own.webhook, event, sent_at)
        for event in (events if isinstance(events, list) else [events])
    ]


def _of_chatwoot(own: SourceSettings, told: Any, sent_at: datetime) -> list[LiveChange]:
    """An event is about one contact, and partial: its fields lie over those that a walk has seen.

    Of a contact that was deleted or taken into another no event tells. One that loses all that it can be
    reached by leaves the list, and so goes.
    """
    event = mapping_of(told)
    account = text_of(mapping_of(event.get("account")).get("id"))
    if own.account_id and account is not None and account != own.account_id:
        raise InputError("it tells of another account than this source's")
    kind, external_id = event.get("event"), plain_id(event)
    if kind not in (_MADE, _CHANGED):
        return []
    changed = [mapping_of(each) for each in list_of(event.get("changed_attributes"))]
    as_of = _changed_at(changed) or sent_at
    if all(name in event and not event[name] for name in _REACHED_BY):
        left = any(_was(changed, name) for name in _REACHED_BY)
        return [LiveChange(external_id, deleted=True, as_of=as_of)] if left else []
    payload = {name: event[name] for name in _CHATWOOT_FIELDS if name in event}
    return [LiveChange(external_id, payload, partial=True, as_of=as_of, made=kind == _MADE)]


def _changed_at(changed: Sequence[Mapping[str, Any]]) -> datetime | None:
    """When the contact was changed. A delivery that waited or is tried again is signed when it is sent, so
    that this says less; an event that tells of a contact that was made shows no other time."""
    for each in changed:
        moment = time_of(mapping_of(each.get("updated_at")).get("current_value"))
        if moment is not None:
            return moment
    return None


def _was(changed: Sequence[Mapping[str, Any]], name: str) -> Any:
    """What that attribute was before; None where it didn't change."""
    was = (mapping_of(each[name]).get("previous_value") for each in changed if name in each)
    return next(was, None)


def _declared(fetcher: Fetcher, webhook: WebhookSettings, event: Any, sent_at: datetime) -> LiveChange:
    contact = _at(webhook.contact, event)
    deleted = bool(webhook.deleted) and _at(webhook.deleted, event) is True
    told = time_of(_at(webhook.as_of, event)) if webhook.as_of else None
    as_of = told or fetcher.changed_at(contact) or sent_at
    return LiveChange(fetcher.external_id(contact), contact, deleted, webhook.partial, as_of)


def _at(expression: str, value: Any) -> Any:
    return found(jmespath.compile(expression), value)
