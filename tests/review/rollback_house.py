"""A house whose nights are taken back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from dedupe.review import rollback
from dedupe.review.publish_decision import PublishRules
from dedupe.review.restored_state import maker
from dedupe.review.rollback import RolledBack
from dedupe.storage import tables
from dedupe.storage.database import Connection, Database
from tests.review.deciding_house import ADA, DecidingHouse

SERVED = ("golden_contacts", "golden_emails", "golden_phones", "source_links", "links", "review_candidates")
# Of a row: by which run and when it was written, and what lies within a run's weights.
ASIDE = {"run_id", "changed_at", "linked_at", "first_seen_at"}


class RollbackHouse(DecidingHouse):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.make_anew = maker(self.scorer, PublishRules())

    @contextmanager
    def taking_back(self) -> Iterator[Connection]:
        with rollback.alone(self.database) as connection:
            yield connection

    def rolls_back(self, run: str | UUID, note: str = "") -> RolledBack:
        with self.taking_back() as connection:
            return rollback.roll_back(connection, self.make_anew, ADA, UUID(str(run)), note)

    def shown_whole(self) -> dict[str, list[str]]:
        """All that is served, of golden contacts to the last value, without runs and times."""
        with self.database.begin() as connection:
            return {name: _rows(connection, name) for name in SERVED} | {"ids": _ids(connection)}

    def status_of(self, run: str | UUID) -> str:
        with self.database.begin() as connection:
            query = select(tables.merge_runs.c.status).where(tables.merge_runs.c.id == UUID(str(run)))
            return str(connection.execute(query).scalar_one())


def _rows(connection: Connection, name: str) -> list[str]:
    rows = connection.execute(select(tables.metadata.tables[f"dedupe.{name}"])).mappings()
    return sorted(_told({key: value for key, value in row.items() if key not in ASIDE}) for row in rows)


def _ids(connection: Connection) -> list[str]:
    rows = connection.execute(text("SELECT id FROM dedupe.golden_ids WHERE retired_at IS NULL"))
    return sorted(str(one.id) for one in rows)


def _told(row: dict[str, Any]) -> str:
    return json.dumps(row, default=str, sort_keys=True)


@pytest.fixture
def house(database: Database) -> RollbackHouse:
    return RollbackHouse(database)
