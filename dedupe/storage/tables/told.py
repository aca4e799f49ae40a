"""Tables of what sources tell of single contacts by themselves, between walks."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, LargeBinary, PrimaryKeyConstraint, Uuid, text

from dedupe.storage.tables.columns import FACTS, RECORDS, moment, plain, required, table

told_changes = table(
    "told_changes",
    FACTS,
    Column("source_contact_id", Uuid, ForeignKey("source_contacts.id", ondelete="CASCADE"), primary_key=True),
    required("source_id", Uuid, ForeignKey("sources.id")),
    moment("as_of"),  # the latest moment, by the source's clock, of which it told the contact's state
    moment("received_at"),
    required("deleted", Boolean),
    required("waits", Boolean),  # to be read and merged
    Index(None, "source_id", "received_at"),
    Index(None, "received_at", postgresql_where=text("waits")),
)

webhook_deliveries = table(
    "webhook_deliveries",
    RECORDS,
    required("source_id", Uuid, ForeignKey("sources.id")),
    plain("signature", LargeBinary),  # of timestamp and body: whoever sends the same again replays it
    moment("received_at"),
    PrimaryKeyConstraint("source_id", "signature"),
    Index(None, "received_at"),
)
