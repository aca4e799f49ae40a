"""Who has been told of an erasure and who has acknowledged it (GDPR article 19).

A webhook acknowledges by accepting the events of the erasure; of any other recipient a person notes it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from dedupe.errors import InputError
from dedupe.storage import access_log, erasure_certificates
from dedupe.storage.access_log import Visitor
from dedupe.storage.erasure_certificates import EventDelivery, StoredCertificate

LONGEST_NAME = 200
LONGEST_NOTE = 4000


class ReceiptState(StrEnum):
    """Where an erasure is at one recipient."""

    ACCEPTED = "accepted"  # all of it
    WAITING = "waiting"  # not told yet
    FAILING = "failing"  # told, not accepted yet; it is tried again
    GAVE_UP = "gave up"  # dead letters: `dedupe webhooks replay` tells it again
    NOT_TOLD = "not told"  # the events were deleted before it had them
    BEGAN_LATER = "began later"  # it was never told of who was erased
    NOTED = "noted"  # by a person
    NOTHING = "nothing to tell"  # no golden contact ever showed what was erased


_OPEN = (ReceiptState.WAITING, ReceiptState.FAILING, ReceiptState.GAVE_UP, ReceiptState.NOT_TOLD)


@dataclass(frozen=True, slots=True)
class Receipt:
    """`by` and `note` of one that a person noted; `reason`: why the last delivery failed."""

    recipient: str
    state: ReceiptState
    at: datetime | None = None
    reason: str | None = None
    by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ToldErasure:
    certificate: StoredCertificate
    receipts: list[Receipt]

    @property
    def open(self) -> list[str]:
        """The webhooks that have not acknowledged it, unless a person noted that they did."""
        noted = {one.recipient for one in self.receipts if one.state is ReceiptState.NOTED}
        lacking = [one.recipient for one in self.receipts if one.state in _OPEN]
        return [one for one in lacking if one not in noted]


def told(connection: Any, erasure: UUID, webhooks: Collection[str]) -> ToldErasure:
    """An erasure, and where it is at each recipient; `webhooks`: the configured ones. Raises NotFound."""
    certificate = erasure_certificates.get(connection, erasure)
    expected = certificate.content["told"]
    names = {*expected["webhooks"], *webhooks}
    found = erasure_certificates.deliveries(connection, erasure, names)
    receipts = [_receipt(one, expected["events"], certificate.erased_at) for one in found]
    for one in erasure_certificates.acknowledgements(connection, erasure):
        noted = Receipt(
            one.recipient, ReceiptState.NOTED, one.acknowledged_at, by=one.acknowledged_by, note=one.note
        )
        receipts.append(noted)
    return ToldErasure(certificate, receipts)


def acknowledge(connection: Any, visitor: Visitor, erasure: UUID, recipient: str, note: str = "") -> None:
    """Note that a recipient has erased too: one that took an export, or got a list by hand. Raises NotFound
    for an erasure that there isn't."""
    recipient = recipient.strip()
    if not recipient or len(recipient) > LONGEST_NAME or len(note) > LONGEST_NOTE:
        raise InputError(f"a recipient's name has 1 to {LONGEST_NAME} letters, a note {LONGEST_NOTE} at most")
    erasure_certificates.acknowledge(connection, erasure, recipient, visitor.who, note)
    access_log.write(connection, visitor, "acknowledge erasure")


def _receipt(one: EventDelivery, events: int, erased_at: datetime) -> Receipt:
    if events == 0:
        return Receipt(one.webhook, ReceiptState.NOTHING)
    if one.accepted >= events:
        return Receipt(one.webhook, ReceiptState.ACCEPTED, one.accepted_at)
    if one.dead:
        return Receipt(one.webhook, ReceiptState.GAVE_UP, reason=one.reason)
    if one.waiting:
        return Receipt(one.webhook, ReceiptState.FAILING, reason=one.reason)
    if one.began_at is None or one.passed < one.events:
        return Receipt(one.webhook, ReceiptState.WAITING)
    if one.began_at > erased_at:
        return Receipt(one.webhook, ReceiptState.BEGAN_LATER)
    return Receipt(one.webhook, ReceiptState.NOT_TOLD)
