"""Signatures of messages, as Standard Webhooks writes them (https://www.standardwebhooks.com).

    webhook-id         the event's id, the same each time it is sent
    webhook-timestamp  when it was sent, in Unix seconds
    webhook-signature  `v1,BASE64` for each secret, with a space between them

Signed by HMAC-SHA256 is `ID.TIMESTAMP.BODY`. While secrets are rotated a message bears a signature of each,
so that a receiver may know either.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence
from hashlib import sha256

PREFIX = "whsec_"
FEWEST_BYTES, MOST_BYTES = 24, 64  # of a secret, by Standard Webhooks


def secret_bytes(text: str) -> bytes:
    """A secret from its text: base64, with or without `whsec_` before it. Raises ValueError for another."""
    try:
        found = base64.b64decode(text.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64; make one with `openssl rand -base64 32`") from None
    if not FEWEST_BYTES <= len(found) <= MOST_BYTES:
        raise ValueError(
            f"is {len(found)} bytes; {FEWEST_BYTES} to {MOST_BYTES} are needed: `openssl rand -base64 32`"
        )
    return found


def signed_headers(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message; `timestamp` in Unix seconds."""
    content = f"{message_id}.{timestamp}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(secret, content, sha256)).decode() for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
