"""Which changes the body of a webhook tells."""

from __future__ import annotations

from collections.abc import Mapping
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

_CHATWOOT_EVENTS = frozenset({"contact_created", "contact_updated"})
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
    """An event is about one contact, and partial: its fields lie over those that a walk has seen."""
    event = mapping_of(told)
    account = text_of(mapping_of(event.get("account")).get("id"))
    if own.account_id and account is not None and account != own.account_id:
        raise InputError("it tells of another account than this source's")
    if event.get("event") not in _CHATWOOT_EVENTS:
        return []
    payload = {name: event[name] for name in _CHATWOOT_FIELDS if name in event}
    as_of = _changed_at(event) or sent_at
    return [LiveChange(plain_id(event), payload, partial=True, as_of=as_of)]


def _changed_at(event: Mapping[str, Any]) -> datetime | None:
    """When the contact was changed. A delivery that is tried again is signed anew, so that the time it was
    sent says less."""
    for changed in list_of(event.get("changed_attributes")):
        moment = time_of(mapping_of(mapping_of(changed).get("updated_at")).get("current_value"))
        if moment is not None:
            return moment
    return None


def _declared(fetcher: Fetcher, webhook: WebhookSettings, event: Any, sent_at: datetime) -> LiveChange:
    contact = _at(webhook.contact, event)
    deleted = bool(webhook.deleted) and _at(webhook.deleted, event) is True
    told = time_of(_at(webhook.as_of, event)) if webhook.as_of else None
    as_of = told or fetcher.changed_at(contact) or sent_at
    return LiveChange(fetcher.external_id(contact), contact, deleted, webhook.partial, as_of)


def _at(expression: str, value: Any) -> Any:
    return found(jmespath.compile(expression), value)
