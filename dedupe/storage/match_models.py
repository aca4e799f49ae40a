"""Saved match models, of which one is active."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import uuid_utils.compat as uuids
from sqlalchemy import Connection, String, cast, func, insert, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSON

from dedupe.errors import NotFound
from dedupe.storage.tables import match_models


@dataclass(frozen=True, slots=True)
class SavedModel:
    id: UUID
    name: str
    origin: str  # shipped, trained, imported
    content: str  # JSON, as `MatchModel.from_json` reads it
    created_at: datetime
    active: bool


def save(connection: Connection, name: str, origin: str, content: str) -> UUID:
    """Save a model; gives the id of the model with this content, which is one model however often it is
    saved."""
    content_hash = hashlib.sha256(content.encode()).digest()
    known = connection.execute(
        select(match_models.c.id).where(match_models.c.content_hash == content_hash)
    ).scalar()
    if known is not None:
        return UUID(str(known))
    model_id = uuids.uuid7()
    row = {"id": model_id, "name": name, "origin": origin, "content_hash": content_hash, "active": False}
    as_given = cast(literal(content, String), JSON)
    connection.execute(insert(match_models).values(content=as_given, created_at=func.now()), row)
    return model_id


def hold_off_activation(connection: Connection) -> None:
    """Keep others from making a model active until the end of this transaction."""
    connection.execute(_ALONE)


def activate(connection: Connection, model_id: UUID) -> None:
    """Make a model the active one; of two at the same time the later wins."""
    hold_off_activation(connection)
    get(connection, model_id)
    connection.execute(update(match_models).where(match_models.c.active).values(active=False))
    connection.execute(update(match_models).where(match_models.c.id == model_id).values(active=True))


def get(connection: Connection, model_id: UUID) -> SavedModel:
    """The model with that id. Raises NotFound."""

    row = connection.execute(_SAVED.where(match_models.c.id == model_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no match model {model_id}")
    return SavedModel(**row)


def active(connection: Connection) -> SavedModel | None:
    row = connection.execute(_SAVED.where(match_models.c.active)).mappings().one_or_none()
    return SavedModel(**row) if row else None


def listed(connection: Connection) -> list[SavedModel]:
    rows = connection.execute(_SAVED.order_by(match_models.c.created_at)).mappings()
    return [SavedModel(**row) for row in rows]


_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('contact-dedupe: active model', 0))")
_SAVED = select(
    match_models.c.id,
    match_models.c.name,
    match_models.c.origin,
    cast(match_models.c.content, String).label("content"),
    match_models.c.created_at,
    match_models.c.active,
)
