"""Tables of the index of match keys: packed pages that a full run writes, and the contacts that changed
since."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    UniqueConstraint,
    Uuid,
)

from dedupe.storage.tables.columns import DERIVED, personal, plain, required, table

match_index = table(
    "match_index",
    DERIVED,
    plain("made_by", primary_key=True),  # the code that made the keys: those of other code say nothing
    required("contacts", BigInteger),  # in the pages, as the keys
    required("keys", BigInteger),
    required("page_bits", SmallInteger),  # the first bits of a key, which name its page
    required("generation", BigInteger),  # of the pages that count; others are being written, or were
)

match_index_keys = table(
    "match_index_keys",
    DERIVED,
    required("page", BigInteger),
    personal("content", LargeBinary),  # see storage.match_index_pages
    required("generation", BigInteger),
    PrimaryKeyConstraint("generation", "page"),
)

match_index_contacts = table(
    "match_index_contacts",
    DERIVED,
    required("page", BigInteger),
    required("first_id", Uuid),
    plain("ids", LargeBinary),
    personal("keys", LargeBinary),
    required("generation", BigInteger),
    PrimaryKeyConstraint("generation", "page"),
    UniqueConstraint("generation", "first_id"),
)

match_index_changes = table(
    "match_index_changes",
    DERIVED,
    Column("source_contact_id", Uuid, primary_key=True),
    required("keys", ARRAY(BigInteger)),  # those of today in place of the page's; none: it is gone
    Index(None, "keys", postgresql_using="gin", postgresql_with={"fastupdate": "off"}),
)
