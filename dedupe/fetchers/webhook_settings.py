"""How a source's webhook is signed, and where in its body what stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import jmespath
from jmespath.exceptions import JMESPathError

CHATWOOT_FAMILY = frozenset({"digital99", "livedesk"})
TOLERANCE = 300  # seconds (chosen; what Chatwoot advises its receivers)
_HEADERS = ("X-Dedupe-Signature", "X-Dedupe-Timestamp")
_CHATWOOT_HEADERS = ("X-Chatwoot-Signature", "X-Chatwoot-Timestamp")
_EXPRESSIONS = ("each", "contact", "deleted", "as_of")


@dataclass(frozen=True)
class WebhookSettings:
    """`each`: the events of a body; `contact`, `deleted` and `as_of` are of an event (JMESPath). The Chatwoot
    family's bodies are known: there they mean nothing."""

    secret: str = field(repr=False)
    tolerance: int = TOLERANCE  # seconds that a timestamp may be off, either way
    signature_header: str | None = None
    timestamp_header: str | None = None
    each: str = "@"
    contact: str = "@"
    deleted: str = ""
    as_of: str = ""
    partial: bool = False

    def headers(self, provider: str) -> tuple[str, str]:
        """The names of the headers that carry signature and timestamp."""
        usual = _CHATWOOT_HEADERS if provider in CHATWOOT_FAMILY else _HEADERS
        return self.signature_header or usual[0], self.timestamp_header or usual[1]


def mistaken_webhook(given: Mapping[str, object]) -> list[str]:
    """The mistakes of a webhook's expressions, a line each with its key."""
    found = []
    for key in _EXPRESSIONS:
        if not (expression := given.get(key)):
            continue
        try:
            jmespath.compile(str(expression))
        except JMESPathError:
            found.append(f"webhook.{key}: {expression!r} is not a JMESPath expression")
    return found
