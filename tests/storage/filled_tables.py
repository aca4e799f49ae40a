"""Rows for any table: two of each at least, one with everything, one with nothing that may be missing."""

from __future__ import annotations

import datetime
import random
import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    cast,
    insert,
)
from sqlalchemy.types import TypeEngine

TEXTS = ["plain", "tab\tline\nbreak\r", "back\\slash \\N \\.", "Ünï😀 “quoted\" 'it''s'", "NULL", "{a,b}", ""]
JSONS = ['{"a": "\\u0000 \\ud800", "a": 1}', '{"b":  [1, 2.50, null]}', "[]", '"text"']
PERSONS_BIRTH = datetime.datetime(1990, 5, 6, 7, 8, 9, 101112, tzinfo=datetime.UTC)

Value = Callable[[Column[Any], int], Any]


class Filler:
    """Makes values that every constraint of our tables accepts; different seeds, different values."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def fill(self, connection: Connection, tables: Iterable[Table], rows: int = 4) -> None:
        """Parents before children, as `metadata.sorted_tables` gives them."""
        made: dict[Table, list[dict[str, Any]]] = {}
        for table in tables:
            made[table] = [self._row(table, row, made) for row in range(rows)]
            columns = {c.name: c.type for c in table.columns}
            for row_values in made[table]:
                literals = {name: _bound(columns[name], value) for name, value in row_values.items()}
                connection.execute(insert(table).values(literals))

    def _row(self, table: Table, row: int, made: dict[Table, list[dict[str, Any]]]) -> dict[str, Any]:
        choices = _choices(table)
        values: dict[str, Any] = {}
        for column in table.columns:
            if row % 2 and column.nullable and column.identity is None:
                continue
            keys = list(column.foreign_keys)
            if keys:
                parent = keys[0].column
                values[column.name] = made[parent.table][row][parent.name]
            elif column.name in choices:
                values[column.name] = choices[column.name][row % len(choices[column.name])]
            else:
                values[column.name] = self._value(column.type, row)
        return values

    def _value(self, kind: TypeEngine[Any], row: int) -> Any:
        match kind:
            case ARRAY():
                return [self._value(kind.item_type, row) for _ in range(row)]
            case Uuid():
                return uuid.UUID(int=self._random.getrandbits(128))
            case Boolean():
                return row == 0
            case SmallInteger():
                return row
            case BigInteger() | Integer():
                return self._random.getrandbits(30)
            case LargeBinary():
                return self._random.randbytes(12)
            case JSON():
                return self._random.choice(JSONS)
            case Text():
                return f"{self._random.choice(TEXTS)}{self._random.getrandbits(60)}"
        if kind.python_type is float:
            return self._random.random()
        return PERSONS_BIRTH + datetime.timedelta(microseconds=self._random.getrandbits(50))


def _bound(kind: TypeEngine[Any], value: Any) -> Any:
    """JSON goes in as the text it is, so that escapes and double keys stay."""
    return cast(cast(value, Text), JSON) if isinstance(kind, JSON) else value


def _choices(table: Table) -> dict[str, list[str]]:
    """What CHECK (column IN ('a', 'b')) allows."""
    found: dict[str, list[str]] = {}
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint):
            said = re.search(r"(\w+)\s*(?:IN|= ANY)\s*\((.*)\)", str(constraint.sqltext), re.S)
            if said:
                found[said[1]] = re.findall(r"'(\w+)'", said[2])
    return found
