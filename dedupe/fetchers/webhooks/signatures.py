"""Whether a delivery is the source's own: HMAC-SHA256 over its timestamp and its very bytes.

    X-Dedupe-Timestamp: 1767225600                       Unix seconds
    X-Dedupe-Signature: sha256=HEX                       of `TIMESTAMP.BODY`, by the shared secret

The Chatwoot family signs the same way under names of its own (`X-Chatwoot-Signature`, since 4.11.2).
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from dedupe.errors import SignatureRefused
from dedupe.fetchers.limits import whole_number
from dedupe.fetchers.settings import SourceSettings

_SIGNATURE = re.compile(r"(?:sha256=)?([0-9a-f]{64})")
_MOST_DIGITS = 12  # of Unix seconds


class Signed(NamedTuple):
    """A delivery that is the source's own: its signature, and when it was sent."""

    signature: bytes
    sent_at: datetime


def verified(own: SourceSettings, headers: Mapping[str, str], body: bytes, now: datetime) -> Signed:
    """Check a delivery; the names of `headers` are in lower case.

    Raises SignatureRefused where it isn't signed, not by the secret, or not within the tolerance; which of
    them it was is no news to whoever knows the secret, and none of the business of others.
    """
    webhook = own.webhook
    if webhook is None:
        raise SignatureRefused("no webhook is configured for this source")
    signed_by, sent_by = (headers.get(name.lower(), "") for name in webhook.headers(own.provider))
    given, seconds = _SIGNATURE.fullmatch(signed_by), whole_number(sent_by, _MOST_DIGITS)
    if given is None or seconds is None:
        raise SignatureRefused("it isn't signed: signature or timestamp is missing or of another form")
    wanted = hmac.digest(webhook.secret.encode(), f"{sent_by}.".encode() + body, sha256)
    if not hmac.compare_digest(wanted, bytes.fromhex(given[1])):
        raise SignatureRefused("the signature is not that of this body and timestamp")
    if abs(now.timestamp() - seconds) > webhook.tolerance:
        raise SignatureRefused(f"the timestamp is off by more than {webhook.tolerance} seconds")
    return Signed(wanted, datetime.fromtimestamp(seconds, UTC))
