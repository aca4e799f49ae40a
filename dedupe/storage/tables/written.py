"""The table of what was written back to providers."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Uuid

from dedupe.storage.tables.columns import RECORDS, moment, of_contact, personal, plain, required, table

writebacks = table(
    "writebacks",
    RECORDS,
    of_contact("source_contact_id"),
    required("source_id", Uuid, ForeignKey("sources.id")),
    plain("field"),  # of the provider, as the configuration named it then
    Column("value", Uuid, nullable=True),  # the golden id that stands there by us
    Column("wanted", Uuid, nullable=True),  # what was sent last: where nobody can tell, one of the two stands
    plain("state"),  # writing, written, cleared, conflict, refused, failed
    plain("reason", nullable=True),  # why it is not written; never what stands there
    required("attempts", Integer),  # requests to write it, in all
    moment("changed_at", nullable=True),  # the contact's time of change that our write left, by its provider
    moment("noted_at"),
    personal("external_id", nullable=True),  # of somebody erased, until the golden id is cleared there
    CheckConstraint(
        "state IN ('writing', 'written', 'cleared', 'conflict', 'refused', 'failed')", name="state"
    ),
    PrimaryKeyConstraint("source_contact_id", "field"),
    Index(None, "source_id", "state"),
)
