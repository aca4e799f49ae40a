"""Tables that tell what is new since it was last worked off."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity, Uuid

from dedupe.storage.tables.columns import DERIVED, RECORDS, moment, plain, required, table

changes = table(
    "changes",
    RECORDS,
    Column("id", BigInteger, Identity(), primary_key=True),
    plain("about"),  # reading, merging, everything
    Column("versions_after", BigInteger, nullable=True),  # of reading: its versions have greater ids
)

changed_contacts = table(
    "changed_contacts",
    RECORDS,
    required("change_id", BigInteger, index=True),  # the note of the transaction that touched it
    required("source_contact_id", Uuid),  # itself, its normalized content, or a decision about it
)

settled = table(
    "settled",
    DERIVED,  # who drops what is derived drops the claim that it is up to date
    plain("about", primary_key=True),
    plain("state"),  # a hash of all else that it depends on
    moment("settled_at"),
)
