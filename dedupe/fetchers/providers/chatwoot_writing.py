"""Writing to the Chatwoot family: one custom attribute of a contact.

Chatwoot merges the attributes that are sent with those that are there (`contacts_controller.rb`,
`contact_custom_attributes`), and so does LiveDesk by its page ("incremental merge"). Forks that replace the
whole object are about: `replaces` sends all that were read. No attribute must be declared to be stored; the
dashboard shows declared ones only. A change moves no time that the list shows, and is told by a webhook.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dedupe.fetchers.fetcher import mapping_of
from dedupe.fetchers.http.client import Api
from dedupe.fetchers.providers.chatwoot import Product
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.writing import changed

ATTRIBUTES = "custom_attributes"


@dataclass(frozen=True)
class ChatwootWriter:
    settings: SourceSettings
    product: Product
    unique: bool = False
    moves: tuple[str, ...] = ("last_activity_at", "availability_status", "thumbnail", "conversations_count")

    def write(
        self, api: Api, external_id: str, before: Any, field: str, value: str | None, *, whole: bool = False
    ) -> Any:
        replaces = self.settings.writeback is not None and self.settings.writeback.replaces
        path, key = self.product.path(self.settings) + "/{id}", field.partition(".")[2]
        if whole or replaces:
            held = mapping_of(mapping_of(before).get(ATTRIBUTES))
            sent = {name: one for name, one in held.items() if name != key}
            if value is not None:
                sent[key] = value
            elif not replaces and not self.product.removes:
                sent[key] = None  # what is left out would stay
        elif value is None and self.product.removes:
            body = {ATTRIBUTES: [key]}
            return changed(api, f"{path}/destroy_{ATTRIBUTES}", "POST", external_id, body, "payload")
        else:
            sent = {key: value}
        return changed(api, path, self.product.verb, external_id, {ATTRIBUTES: sent}, "payload")
