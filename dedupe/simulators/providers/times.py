"""Times in the forms that the providers' filters and answers use."""

from __future__ import annotations

from datetime import UTC, datetime


def microseconds(text: str) -> int:
    """Unix microseconds of an ISO 8601 moment; one without a zone is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
