"""The views of `dedupe_v1` are a contract: names, types, meanings."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from dedupe.storage.database import Database
from dedupe.storage.tables import PUBLIC_VIEWS, VIEWS

_COLUMNS = text("""
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), col_description(a.attrelid, a.attnum)
      FROM pg_attribute a
     WHERE a.attrelid = CAST(:view AS regclass) AND a.attnum > 0 ORDER BY a.attnum""")


def test_every_view_is_described() -> None:
    assert PUBLIC_VIEWS.keys() == VIEWS.keys()


@pytest.mark.parametrize("name", PUBLIC_VIEWS)
def test_a_view_is_as_it_is_described(database: Database, name: str) -> None:
    view = f"dedupe_v1.{name}"
    with database.connect() as connection:
        columns = [tuple(row) for row in connection.execute(_COLUMNS, {"view": view})]
        said = text("SELECT obj_description(CAST(:view AS regclass), 'pg_class')")
        meaning = connection.execute(said, {"view": view}).scalar()
    assert columns == list(PUBLIC_VIEWS[name].columns)
    assert meaning == PUBLIC_VIEWS[name].meaning
