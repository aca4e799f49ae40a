"""What the Chatwoot family tells by itself: events of contacts that were made or changed, signed.

As Chatwoot 4 does it (`Contact#webhook_data`, `WebhookListener`, `Webhooks::Trigger`): the contact without
its inboxes and times; what changed as a list of one attribute each; nothing of one that was deleted, or taken
into another. A delivery is signed when it is sent, so one that waited, or is sent again, has another
signature.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from dedupe.simulators.json_bytes import encoded
from dedupe.simulators.population.payloads import Payload

CREATED, UPDATED = "contact_created", "contact_updated"
_SHOWN = (
    *("additional_attributes", "blocked", "custom_attributes", "email", "id", "identifier"),
    *("name", "phone_number", "thumbnail"),
)
_TIMEOUT = 30.0  # seconds


@dataclass(frozen=True)
class Subscription:
    """Where deliveries go, and the secret that its owner was shown."""

    url: str
    secret: str


@dataclass(frozen=True)
class ContactEvent:
    """A body as it was when the contact changed, waiting to be sent."""

    body: bytes
    delivery: str  # the same each time it is sent


def created(account: str, contact: Payload, number: int) -> ContactEvent:
    return _event(CREATED, account, contact, number)


def updated(
    account: str, before: Payload, contact: Payload, microseconds: int, number: int
) -> ContactEvent | None:
    """The event of a change; None where nothing that it shows changed."""
    changed = {
        key: (before.get(key), contact.get(key)) for key in _SHOWN if before.get(key) != contact.get(key)
    }
    if not changed:
        return None
    changed["updated_at"] = (None, _moment(microseconds))
    told = [{key: {"previous_value": was, "current_value": now}} for key, (was, now) in changed.items()]
    return _event(UPDATED, account, contact, number, changed_attributes=told)


def send(to: Subscription, event: ContactEvent, seconds: float) -> int:
    """Send it, signed at that time; gives the status of the answer."""
    moment = str(int(seconds))
    signature = hmac.digest(to.secret.encode(), f"{moment}.".encode() + event.body, sha256).hex()
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-Chatwoot-Delivery": event.delivery,
        "X-Chatwoot-Timestamp": moment,
        "X-Chatwoot-Signature": f"sha256={signature}",
    }
    request = Request(to.url, event.body, headers, method="POST")  # noqa: S310  a server of ours on loopback
    try:
        with urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
            return int(answer.status)
    except HTTPError as refused:
        return refused.code


def _event(kind: str, account: str, contact: Payload, number: int, **more: Any) -> ContactEvent:
    shown = {key: contact.get(key) for key in _SHOWN}
    body = {
        "account": {"id": int(account), "name": "Simulated"},
        **shown,
        "avatar": contact.get("thumbnail"),
        "event": kind,
        **more,
    }
    return ContactEvent(encoded(body), f"{kind}-{number}")


def _moment(microseconds: int) -> str:
    moment = datetime.fromtimestamp(microseconds // 1000 / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
