"""A page's contacts made ready for storage: each by itself, less erased people and what can't be stored."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from dedupe.errors import safe_message
from dedupe.fetchers.fetcher import Fetcher, Page
from dedupe.fetchers.limits import seen_as
from dedupe.fetchers.payloads import PreparedPayload, UnusablePayload, prepare
from dedupe.pipeline.source_report import SourceReport
from dedupe.pipeline.suppression_list import Erased
from dedupe.storage import source_contacts
from dedupe.storage.database import Database
from dedupe.storage.source_contacts import RawContact
from dedupe.storage.sources import Source
from dedupe.storage.sync_runs import QuarantineEntry


class Ready(NamedTuple):
    """A page as it goes into storage: the ids it shows, the contacts to store, what can't be one, when
    contacts were changed, where they show it."""

    ids: list[str]
    contacts: list[RawContact]
    aside: list[QuarantineEntry]
    changed: dict[str, datetime]

    @property
    def latest(self) -> datetime | None:
        return max(self.changed.values(), default=None)


@dataclass
class Intake:
    """What one run takes in from its pages; the report learns who was kept out and why.

    `erased_before`: how many erased people the run had met before it was resumed.
    """

    database: Database
    source: Source
    fetcher: Fetcher
    report: SourceReport
    erased: Erased | None = None
    erased_before: int = 0
    _kept_out: set[str] = field(default_factory=set)  # ids of erased people
    _aside: set[tuple[str, bytes]] = field(default_factory=set)  # what was set aside: id or place, content

    def reread(self, connection: object) -> None:
        """Who was erased, as it is known in this transaction."""
        if self.erased is not None:
            self.erased = self.erased.again(connection)

    def ready(self, walk: int, number: int, page: Page) -> Ready:
        """Each contact by itself, so that one which can't be stored keeps no other out.

        Its id counts as seen: whoever is stored is not gone because of what is sent of him today.
        """
        made = [prepare(self.fetcher, payload) for payload in page.payloads]
        changed = {
            one.external_id: one.changed_at
            for one in made
            if isinstance(one, PreparedPayload) and one.changed_at is not None
        }
        contacts = [RawContact(*one[:3]) for one in made if isinstance(one, PreparedPayload)]
        placed = {f"walk {walk} page {number} item {at}": one for at, one in enumerate(made, start=1)}
        aside = [
            row
            for place, one in placed.items()
            if isinstance(one, UnusablePayload)
            for row in self._set_aside(place, one)
        ]
        ids = [seen_as(one.external_id) for one in made if one.external_id is not None]
        if self.erased is not None and self.erased.known:
            ids, contacts, unread = self._not_erased(self.erased, ids, contacts)
            aside = self.erased.emptied(self.source.name, [*aside, *unread])
        return Ready(ids, contacts, aside, changed)

    def _set_aside(self, place: str, one: UnusablePayload) -> list[QuarantineEntry]:
        """Once a run, however often its walks come by it."""
        content = one.payload.encode("utf-8", "surrogatepass")
        known = (one.external_id or place.rpartition(" ")[2], hashlib.sha256(content).digest())
        if known in self._aside:
            return []
        self._aside.add(known)
        self.report.set_aside(one.reason, one.bug)
        return [QuarantineEntry(place, one.reason, b"" if self._was_erased(one.external_id) else content)]

    def _was_erased(self, external_id: str | None) -> bool:
        known = self.erased
        if known is None or not known.known or external_id is None:
            return False
        return known.hash_of(self.source.id, seen_as(external_id)) in known.known

    def _not_erased(
        self, known: Erased, ids: list[str], contacts: Sequence[RawContact]
    ) -> tuple[list[str], list[RawContact], list[QuarantineEntry]]:
        """Ids as they may be written down, who may be stored, and of whom nobody can tell."""
        unread: set[RawContact] = set()
        rows: list[QuarantineEntry] = []

        def failed(contact: RawContact, bug: Exception) -> None:
            one = UnusablePayload(contact.external_id, contact.payload, safe_message(bug), bug)
            unread.add(contact)
            rows.extend(self._set_aside("asked whether erased", one))

        found = known.among(self.source.id, self.fetcher, contacts, failed)
        kept = [one for one in contacts if one not in unread]
        erased = found | {key for key in ids if self._was_erased(key)}
        if not erased:
            return ids, kept, rows
        self._kept_out |= erased
        self.report.erased = self.erased_before + len(self._kept_out)
        with self.database.connect() as connection:
            live = source_contacts.live_among(connection, self.source.id, list(erased))
        masked = {key: known.mask(self.source.id, key) for key in erased - live}
        return (
            [masked.get(key, key) for key in ids],
            [one for one in kept if one.external_id not in erased],
            rows,
        )
