"""What tables are made of: the schema, the groups, and columns marked as personal or plain."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, JSON, Column, DateTime, ForeignKey, MetaData, Table, Text, Uuid
from sqlalchemy.types import TypeEngine

SCHEMA = "dedupe"
PUBLIC_SCHEMA = "dedupe_v1"

metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    },
)

FACTS, DERIVED, RECORDS = "facts", "derived", "records"

TEXT = Text(collation="C")
JSON_TEXT = JSON(none_as_null=True)  # json, not jsonb: kept byte for byte, and \u0000 is allowed


def _marked(
    name: str, type_: TypeEngine[Any] | type[TypeEngine[Any]], *rest: Any, personal_data: bool, **options: Any
) -> Column[Any]:
    options.setdefault("nullable", False)
    return Column(name, type_, *rest, info={"personal": personal_data}, **options)


def personal(
    name: str, type_: TypeEngine[Any] | type[TypeEngine[Any]] = TEXT, *rest: Any, **options: Any
) -> Column[Any]:
    """A column that can hold personal data."""
    return _marked(name, type_, *rest, personal_data=True, **options)


def plain(
    name: str, type_: TypeEngine[Any] | type[TypeEngine[Any]] = TEXT, *rest: Any, **options: Any
) -> Column[Any]:
    """A text, JSON or binary column that never holds personal data."""
    return _marked(name, type_, *rest, personal_data=False, **options)


def required(name: str, type_: Any, *rest: Any, **options: Any) -> Column[Any]:
    return Column(name, type_, *rest, nullable=False, **options)


def moment(name: str, **options: Any) -> Column[Any]:
    options.setdefault("nullable", False)
    return Column(name, DateTime(timezone=True), **options)


def of_contact(name: str, **options: Any) -> Column[Any]:
    options.setdefault("nullable", False)
    return Column(name, Uuid, ForeignKey("source_contacts.id", ondelete="CASCADE"), **options)


def uuids(name: str) -> Column[Any]:
    return Column(name, ARRAY(Uuid), nullable=False)


def table(name: str, group: str, *parts: Any) -> Table:
    return Table(name, metadata, *parts, info={"group": group})
