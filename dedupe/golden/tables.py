"""The Arrow tables of golden contacts before they are published.

`cluster` is the smallest `contact` in it; `contact` is local to the run (schemas.py). Every value names the
source contacts it came from.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

FIELDS = ("name", "company", "job_title", "place", "birth", "time_zone", "language")
"""The fields with one surviving value, which is taken whole from one source contact."""

COLUMNS_OF = {
    "name": ("display_name", "given_name", "middle_name", "family_name", "prefix", "suffix", "nickname"),
    "company": ("company",),
    "job_title": ("job_title",),
    "place": ("street", "city", "region", "postcode", "country"),
    "birth": ("birth_date",),
    "time_zone": ("time_zone",),
    "language": ("language",),
}
TEXTS = tuple(column for name in FIELDS for column in COLUMNS_OF[name])

_CONTACTS: pa.DataType = pa.list_(pa.int64())
_TEXTS: list[tuple[str, pa.DataType]] = [(column, pa.string()) for column in TEXTS]
_ORIGINS: list[tuple[str, pa.DataType]] = [(f"{name}_from", pa.int64()) for name in FIELDS]

_RECORDS: list[tuple[str, pa.DataType]] = [
    ("cluster", pa.int64()),
    ("kind", pa.string()),
    *_TEXTS,
    ("blocked", pa.bool_()),  # anywhere is everywhere
    ("members", pa.int32()),
    *_ORIGINS,
]
RECORDS = pa.schema(_RECORDS)
"""One row for each golden contact; `<field>_from` is the contact that the field was taken from."""

_VALUE: list[tuple[str, pa.DataType]] = [
    ("cluster", pa.int64()),
    ("position", pa.int16()),  # 0 is the one to use
    ("value", pa.string()),
    ("key", pa.string()),  # the strongest match key
    ("attested", pa.string()),  # the best of those who gave it
    ("marks", pa.list_(pa.string())),
    ("contacts", _CONTACTS),  # who gave it, ascending
]
EMAILS = pa.schema(_VALUE)
_PHONE: list[tuple[str, pa.DataType]] = [
    *_VALUE,
    ("extension", pa.string()),
    ("type", pa.string()),
    ("region", pa.string()),
]
PHONES = pa.schema(_PHONE)
_IDENTIFIER: list[tuple[str, pa.DataType]] = [
    ("cluster", pa.int64()),
    ("value", pa.string()),
    ("contacts", _CONTACTS),
]
IDENTIFIERS = pa.schema(_IDENTIFIER)
_PREFERENCE: list[tuple[str, pa.DataType]] = [
    ("cluster", pa.int64()),
    ("channel", pa.string()),
    ("allowed", pa.bool_()),
    ("contacts", _CONTACTS),
]
PREFERENCES = pa.schema(_PREFERENCE)
"""`contacts` are those who asked for what is in force: the most restrictive preference wins."""

MEMBERS = pa.schema([("cluster", pa.int64()), ("contact", pa.int64())])

ID = pa.string()
"""A seed or a golden id: a UUIDv7 as text, lower case; byte order is the order of age."""

HEIRS = pa.schema([("id", ID), ("heir", ID)])
"""Source contacts that are gone, with the one that carries on their seeds; null where no member is left."""

_LINKED: list[tuple[str, pa.DataType]] = [
    ("source_contact_id", ID),
    ("golden_id", ID),
    ("cause", pa.string()),
]
LINKED = pa.schema(_LINKED)
"""Source links: the golden contact of each source contact, and the cause: alone, match, decision."""

_PIN: list[tuple[str, pa.DataType]] = [
    ("contact", pa.int64()),
    ("field", pa.string()),  # a field with a rule
    ("value", pa.string()),
    ("decided_at", pa.int64()),
]
PINS = pa.schema(_PIN)
"""Decisions that a field has this value in the cluster of this contact, if a member still offers the value.
The latest pin whose value is offered applies."""


@dataclass(frozen=True)
class GoldenTables:
    """Golden contacts as columns, each table sorted by cluster."""

    records: pa.Table  # RECORDS
    emails: pa.Table  # EMAILS
    phones: pa.Table  # PHONES
    identifiers: pa.Table  # IDENTIFIERS
    preferences: pa.Table  # PREFERENCES
    members: pa.Table  # MEMBERS
