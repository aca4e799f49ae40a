"""Tables that tell what is new since it was last worked off."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Identity

from dedupe.storage.tables.columns import DERIVED, RECORDS, moment, plain, table

changes = table(
    "changes",
    RECORDS,
    Column("id", BigInteger, Identity(), primary_key=True),
    plain("about"),  # reading, merging
)

settled = table(
    "settled",
    DERIVED,  # who drops what is derived drops the claim that it is up to date
    plain("about", primary_key=True),
    plain("state"),  # a hash of all else that it depends on
    moment("settled_at"),
)
