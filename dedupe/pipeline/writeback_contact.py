"""One contact's golden id at its provider: read, decided, noted, written, and looked at again.

A row in the state `writing` is committed before the request goes out. A write whose answer never came is
sent again only after the contact was read and lacks it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from dedupe.errors import ContractChanged, CredentialsRefused, SourceError, SourceUnavailable
from dedupe.fetchers.fetcher import Fetcher
from dedupe.fetchers.http.client import Api, RequestRefused, Stopped
from dedupe.fetchers.writeback_settings import WritebackSettings, golden_id_in, value_at
from dedupe.fetchers.writing import Writer, lost_fields
from dedupe.pipeline.writeback_plan import NOT_OURS, PlannedWrite
from dedupe.pipeline.writeback_report import WritebackReport
from dedupe.storage import writebacks
from dedupe.storage.database import Database
from dedupe.storage.sources import Source
from dedupe.storage.writebacks import WriteNote, WriteState

_SENT_AT_MOST = 3  # times within an apply, each after the contact was read (chosen)
_MOVED_AT_MOST = 3  # golden ids that a contact may go through while it is being written (chosen)
_GONE = (404, 410)
_NOBODY_FOUND = 5  # contacts in a row (chosen)


class WritingStopped(ContractChanged):
    """Writes have another effect than agreed: no other contact is written."""


@dataclass
class ContactWriter:
    """Writes contacts of one source, one after the other."""

    database: Database
    source: Source
    fetcher: Fetcher
    writer: Writer
    api: Api
    writeback: WritebackSettings
    report: WritebackReport
    dry_run: bool = False
    _has_row: bool = False  # of the contact at hand
    _found: bool = False  # whether any contact was found by its id
    _begun_for: UUID | None = None  # the contact that a write was begun for last

    def write(self, one: PlannedWrite) -> None:
        """Bring the contact to what is planned, or to the golden id that it has by now.

        Raises SourceError where the provider fails; the row then tells how far it came.
        """
        self._has_row = one.wanted.state is not None
        before, golden_id = self._read(one), one.golden_id
        for _ in range(_MOVED_AT_MOST):
            if before is None:
                return self._gone(one)
            if not self._is_to_be_sent(one, before, golden_id):
                return None
            current = self._begun(one, golden_id)
            if current == golden_id:
                return self._send(one, before, golden_id)
            golden_id = current
        raise SourceUnavailable(f"{self.source.name}: a contact changed its golden contact all the while")

    def leave(self, one: PlannedWrite) -> None:
        """Note that it is in conflict, as raw shows."""
        self._has_row = one.wanted.state is not None
        if one.wanted.state is not WriteState.CONFLICT:
            self._note(one, WriteNote(WriteState.CONFLICT, None, reason=one.reason))

    def forget(self, one: PlannedWrite) -> None:
        """Note that nothing of ours stands there."""
        if not self.dry_run:
            with self.database.begin() as connection:
                writebacks.forget(connection, one.field, one.wanted.source_contact_id)

    def failed(self, one: PlannedWrite, why: str) -> None:
        """Note that the provider failed; what a write was begun for stays as it is: it is to be looked at."""
        if self._begun_for != one.wanted.source_contact_id and one.wanted.state is not WriteState.WRITING:
            self._note(one, WriteNote(WriteState.FAILED, one.wanted.value, reason=why))

    def _is_to_be_sent(self, one: PlannedWrite, before: Any, golden_id: UUID | None) -> bool:
        """Whether something must be sent; what needs no request is noted."""
        shown = value_at(before, one.field)
        there = golden_id_in(shown)
        ours = there is not None and there in (one.wanted.value, one.wanted.sent)
        if golden_id is None:
            if not ours:
                self.report.there += 1
                self._cleared(one, before)
            return ours
        if there == golden_id:
            self.report.there += 1
            self._written(one, before, golden_id)
            return False
        if shown is None or ours or self.writeback.overwrite or self._was_ours(there):
            return True
        self.report.conflicts += 1
        self._note(one, WriteNote(WriteState.CONFLICT, None, reason=NOT_OURS))
        return False

    def _was_ours(self, there: UUID | None) -> bool:
        """Whether it is a golden id that was handed out, if only to an apply of another database."""
        if there is None:
            return False
        with self.database.begin() as connection:
            return there in writebacks.published(connection, [there])

    def _begun(self, one: PlannedWrite, golden_id: UUID | None) -> UUID | None:
        """Note that a request is about to be sent, if the contact still has this golden id; gives the one
        that it has."""
        with self.database.begin() as connection:
            current = golden_id if one.fixed else writebacks.golden_id_of(connection, one.wanted)
            if current == golden_id and not self.dry_run:
                writebacks.begin(connection, self.source.id, one.field, one.wanted, golden_id)
                self._has_row, self._begun_for = True, one.wanted.source_contact_id
        return current

    def _send(self, one: PlannedWrite, before: Any, golden_id: UUID | None) -> None:
        if self.dry_run:
            return self._count(one, golden_id)
        for attempt in range(_SENT_AT_MOST):
            self.report.repeated += attempt > 0
            try:
                after = self._sent(one, before, golden_id)
            except RequestRefused as refused:
                return self._refused(one, refused)
            answered = after is not None
            if not answered or not self._tells(one, before, after, golden_id):
                after = self._read(one)
            if after is None:
                return self._gone(one)
            if self._shows(one, after, golden_id):
                self.report.confirmed += not answered
                self._done(one, before, after, golden_id)
                return None
            before = after
        why = f"the provider took it {_SENT_AT_MOST} times and doesn't show it"
        self._note(one, WriteNote(WriteState.FAILED, one.wanted.value, reason=why))
        raise ContractChanged(f"{self.source.name}: {why}")

    def _sent(self, one: PlannedWrite, before: Any, golden_id: UUID | None) -> Any:
        """The contact as the answer shows it; None where no answer says what became of the write."""
        value = None if golden_id is None else str(golden_id)
        try:
            return self.writer.write(self.api, one.wanted.external_id, before, one.field, value)
        except CredentialsRefused as refused:
            self._note(one, WriteNote(WriteState.FAILED, one.wanted.value, reason=str(refused)))
            raise
        except (RequestRefused, Stopped):
            raise
        except SourceError:
            return None

    def _read(self, one: PlannedWrite) -> Any:
        """The contact as it is at the provider; None where it is gone."""
        found = self.fetcher.find(self.api, one.wanted.external_id)
        if found.gone:
            return None
        self._found = True
        if self.fetcher.external_id(found.payload) != one.wanted.external_id:
            raise ContractChanged(f"{self.source.name}: a contact can't be asked for by its id")
        return found.payload

    def _tells(self, one: PlannedWrite, before: Any, after: Any, golden_id: UUID | None) -> bool:
        """Whether the answer alone says that it was written, when, and that nothing else was lost."""
        timed = self.fetcher.changed_at(after) is not None or self.fetcher.changed_at(before) is None
        return timed and self._shows(one, after, golden_id) and not self._lost(one, before, after)

    def _shows(self, one: PlannedWrite, after: Any, golden_id: UUID | None) -> bool:
        shown = value_at(after, one.field)
        same = self.fetcher.external_id(after) == one.wanted.external_id
        return same and (shown is None if golden_id is None else golden_id_in(shown) == golden_id)

    def _lost(self, one: PlannedWrite, before: Any, after: Any) -> list[str]:
        moves = (*self.writer.moves, *self.fetcher.volatile)
        return lost_fields(before, after, one.field, moves)

    def _done(self, one: PlannedWrite, before: Any, after: Any, golden_id: UUID | None) -> None:
        """Note it, and look whether the provider took anything away besides."""
        if golden_id is None:
            self._cleared(one, after)
        else:
            self._written(one, after, golden_id)
        self._count(one, golden_id)
        if lost := self._lost(one, before, after):
            self._put_back(one, before, golden_id, lost)

    def _put_back(self, one: PlannedWrite, before: Any, golden_id: UUID | None, lost: list[str]) -> None:
        """Give back the attributes that were lost, and stop: the next contact would lose its own."""
        what = f"{self.source.name}: its provider dropped {len(lost)} other fields of a contact"
        outer = one.field.partition(".")[0]
        if not all(key.startswith(f"{outer}.") for key in lost):
            raise WritingStopped(f"{what}; nothing more is written. Withdraw the write-back and look there")
        value = None if golden_id is None else str(golden_id)
        self.writer.write(self.api, one.wanted.external_id, before, one.field, value, whole=True)
        after = self._read(one)
        left = self._lost(one, before, after) if after is not None else []
        put_back = "they were put back" if not left else f"{len(left)} of them could not be put back"
        advice = f"set sources.{self.source.name}.writeback.replaces = true"
        raise WritingStopped(f"{what}, and {put_back}; {advice}, then apply again")

    def _gone(self, one: PlannedWrite) -> None:
        """One contact may be gone at its provider; several and nobody else were never found by their ids."""
        self.report.gone += 1
        if not self._found and self.report.gone >= _NOBODY_FOUND:
            what = f"{self.source.name}: none of its contacts is found by its id, which a write-back needs"
            raise WritingStopped(what)
        self.forget(one)

    def _refused(self, one: PlannedWrite, refused: RequestRefused) -> None:
        if refused.status in _GONE and self._read(one) is None:
            return self._gone(one)
        self.report.refused += 1
        held = one.wanted.value
        self._note(one, WriteNote(WriteState.REFUSED, held, reason=f"refused with status {refused.status}"))
        return None

    def _count(self, one: PlannedWrite, golden_id: UUID | None) -> None:
        if golden_id is None:
            self.report.cleared += 1
        elif one.wanted.value is None:
            self.report.written += 1
        else:
            self.report.updated += 1

    def _written(self, one: PlannedWrite, after: Any, golden_id: UUID) -> None:
        self._note(one, WriteNote(WriteState.WRITTEN, golden_id, self.fetcher.changed_at(after)))

    def _cleared(self, one: PlannedWrite, after: Any) -> None:
        """Note that nothing of ours stands there. Where that moved the contact's time of change it stays
        known, for whoever walks by; of somebody erased nothing does."""
        moved = self.fetcher.changed_at(after)
        if moved is None or one.wanted.erased or not self._has_row:
            self.forget(one)
        else:
            self._note(one, WriteNote(WriteState.CLEARED, None, moved))

    def _note(self, one: PlannedWrite, made: WriteNote) -> None:
        """A contact without a row that has no golden id by now may have been erased: nothing is noted."""
        if self.dry_run:
            return
        seed = one.wanted.source_contact_id
        with self.database.begin() as connection:
            if self._has_row or writebacks.golden_id_of(connection, one.wanted) is not None:
                writebacks.note(connection, self.source.id, one.field, seed, made)
