"""Tables that tell what is new since it was last worked off."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Identity, Uuid

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
    required("source_contact_id", Uuid, index=True),  # itself, its normalized content, or a decision
)

settled = table(
    "settled",
    DERIVED,  # who drops what is derived drops the claim that it is up to date
    plain("about", primary_key=True),
    plain("state"),  # a hash of all else that it depends on
    moment("settled_at"),
)

nights_at_work = table(
    "nights_at_work",
    RECORDS,  # the one that computes, from its snapshot until it has published; or was killed before
    Column("run_id", Uuid, primary_key=True),
    required("last_note", BigInteger),  # of the changes that its snapshot holds
)

judged_meanwhile = table(
    "judged_meanwhile",
    RECORDS,  # what others published while that night computes, in whole components
    Column("source_contact_id", Uuid, primary_key=True),
    required("changed", Boolean),  # itself, rather than by whom it shares a component with
)

held_contacts = table(
    "held_contacts",
    RECORDS,  # components that a live run left as they are served
    Column("source_contact_id", Uuid, primary_key=True),
    required("run_id", Uuid),  # that says why
    required("component", Uuid, index=True),  # its first member
    required("changed", Boolean),  # it is its change that waits
    moment("held_at"),
)
