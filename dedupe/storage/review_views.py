"""Views of the review queue that reviewers keep, for themselves or for everybody: a name and what the queue
is narrowed by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import uuid_utils.compat as uuids
from sqlalchemy import Connection, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from dedupe.errors import NotFound
from dedupe.storage.tables import review_views


@dataclass(frozen=True, slots=True)
class View:
    """`filter`: conditions by their names, as GET /v1/review-candidates takes them."""

    id: UUID
    owner: str
    name: str
    shared: bool
    filter: dict[str, Any]
    made_at: datetime


def keep(connection: Connection, owner: str, name: str, filter_: dict[str, Any], *, shared: bool) -> View:
    """Keep a view; one of the same owner and name is replaced."""
    new = insert(review_views).values(
        id=uuids.uuid7(),
        owner=owner,
        name=name,
        shared=shared,
        filter=filter_,
        made_at=func.clock_timestamp(),
    )
    changed = {"shared": new.excluded.shared, "filter": new.excluded.filter, "made_at": new.excluded.made_at}
    statement = new.on_conflict_do_update(index_elements=["owner", "name"], set_=changed)
    return View(**connection.execute(statement.returning(*review_views.c)).mappings().one())


def listed(connection: Connection, who: str) -> list[View]:
    """Those of a reviewer, and those that others share."""
    mine = or_(review_views.c.owner == who, review_views.c.shared)
    query = select(review_views).where(mine).order_by(review_views.c.owner != who, review_views.c.name)
    return [View(**row) for row in connection.execute(query).mappings()]


def remove(connection: Connection, view: UUID, owner: str) -> None:
    """Remove a view of this owner. Raises NotFound for any other."""
    gone = review_views.delete().where(review_views.c.id == view, review_views.c.owner == owner)
    if connection.execute(gone).rowcount == 0:
        raise NotFound(f"you have no view {view}; another's is removed by its owner")
