"""Where in the database a text stands, in whatever table and column."""

from __future__ import annotations

from sqlalchemy import LargeBinary, text

from dedupe.storage.database import Database
from dedupe.storage.tables import metadata


def held(database: Database, needle: str) -> set[str]:
    """`table.column` of all that hold the text."""
    found = set()
    with database.connect() as connection:
        for table in metadata.sorted_tables:
            for column in table.columns:
                binary = isinstance(column.type, LargeBinary)
                where = (
                    f"position(convert_to(:needle, 'UTF8') IN \"{column.name}\") > 0"
                    if binary
                    else f'strpos("{column.name}"::text, :needle) > 0'
                )
                query = text(f"SELECT EXISTS (SELECT FROM dedupe.{table.name} WHERE {where})")
                if connection.execute(query, {"needle": needle}).scalar_one():
                    found.add(f"{table.name}.{column.name}")
    return found
