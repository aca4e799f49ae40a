"""Writing to Whippy: `external_id`, the only field of a contact that is free for an id.

It is unique within the organization, and other integrations find contacts by it: Whippy's own upsert takes
a contact with a known `external_id` for the same one. A contact is changed by its id alone, never through
what creates or upserts. A change moves `updated_at`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dedupe.fetchers.http.client import Api
from dedupe.fetchers.writing import changed

FIELD = "external_id"


@dataclass(frozen=True)
class WhippyWriter:
    unique: bool = True
    moves: tuple[str, ...] = ("updated_at",)

    def write(
        self,
        api: Api,
        external_id: str,
        before: Any,  # noqa: ARG002  the provider keeps what isn't sent
        field: str,
        value: str | None,
        *,
        whole: bool = False,  # noqa: ARG002  there is no object around it
    ) -> Any:
        return changed(api, "/v1/contacts/{id}", "PUT", external_id, {field: value}, "data")
