"""What is served now, as the tables that `golden.differences` compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, Select, func, literal_column, select, text, union

from dedupe.golden.differences import Live
from dedupe.golden.tables import HEIRS, ID, LINKED
from dedupe.storage import tables
from dedupe.storage.copying import any_of, array_text, copy_out

SourceContacts: TypeAlias = Sequence[UUID] | Sequence[str]
_GOLDEN: list[tuple[str, pa.DataType]] = [("id", ID), ("print", pa.int64())]
_PAIRS: list[tuple[str, pa.DataType]] = [
    ("left_contact", ID),
    ("right_contact", ID),
    ("cause", pa.string()),
]


def live(
    connection: Connection,
    staged_ids: Any,
    within: SourceContacts | None = None,
    known: pa.Table | None = None,
) -> Live:
    """What is served; with `within`, for these source contacts only, which must make up whole golden
    contacts.

    `staged_ids` are the golden ids about to be served; `Live.retired` has those of them that were served
    before and are not now. `known`: what `linked` gave of the same in this transaction.
    """
    links = tables.source_links.c
    linked = select(links.source_contact_id, links.golden_id, links.cause)
    golden = select(tables.golden_contacts.c.id, _print().label("print"))
    retired = select(tables.golden_ids.c.id).where(tables.golden_ids.c.retired_at.is_not(None))
    if within is not None:
        linked = linked.where(links.source_contact_id == any_of(within))
        golden = golden.where(tables.golden_contacts.c.id.in_(linked.with_only_columns(links.golden_id)))
        retired = retired.where(tables.golden_ids.c.id == any_of(staged_ids.to_pylist()))
    served = copy_out(connection, golden, pa.schema(_GOLDEN))
    ids = pa.schema([("id", ID)])
    return Live(
        linked=copy_out(connection, linked, LINKED) if known is None else known,
        ids=served["id"].combine_chunks(),
        prints=served["print"].to_numpy().astype(np.int64).view(np.uint64),
        retired=copy_out(connection, retired, ids)["id"].combine_chunks(),
    )


def heirs(connection: Connection) -> pa.Table:
    """HEIRS as stored: the source contact that carries on the seeds of each one that is gone."""
    return copy_out(connection, select(tables.golden_heirs).order_by(tables.golden_heirs.c.id), HEIRS)


def linked(connection: Connection, within: SourceContacts | None = None) -> pa.Table:
    """LINKED: the golden contact of each source contact."""
    links = tables.source_links.c
    query = select(links.source_contact_id, links.golden_id, links.cause)
    if within is not None:
        query = query.where(links.source_contact_id == any_of(within))
    return copy_out(connection, query, LINKED)


def link_pairs(connection: Connection, within: SourceContacts | None = None) -> pa.Table:
    """The published links: left_contact, right_contact, cause."""
    links = tables.links.c
    query: Select[Any] = select(links.left_contact, links.right_contact, links.cause)
    if within is not None:
        # Either side by its own index: of both in one condition a planner without statistics looks for the
        # right contacts behind each left one.
        sides = (query.where(side == any_of(within)) for side in (links.left_contact, links.right_contact))
        query = select(union(*sides).subquery())
    return copy_out(connection, query, pa.schema(_PAIRS))


def totals(connection: Connection) -> tuple[int, int]:
    """How many golden contacts, and how many source contacts in them, are served."""
    counts = (
        select(func.count()).select_from(each) for each in (tables.golden_contacts, tables.source_links)
    )
    golden, linked = (connection.execute(count).scalar_one() for count in counts)
    return golden, linked


def gone_by_source(connection: Connection, within: SourceContacts | None = None) -> dict[str, int]:
    """The number of linked source contacts of each source that are no longer live; `within`: of these."""
    named = None if within is None else array_text(within)
    rows = connection.execute(_GONE, {"within": named})
    return {name: int(count) for name, count in rows}


def news_since(connection: Connection, run_started: Any) -> Any:
    """The source contacts whose content changed since that moment, as an ID column."""
    return _ids(connection, _NEWS, run_started)


def decided_since(connection: Connection, run_started: Any) -> Any:
    """The source contacts named by a decision made or revoked since that moment, as an ID column."""
    return _ids(connection, _DECIDED, run_started)


def _ids(connection: Connection, query: Any, since: Any) -> Any:
    rows = connection.execute(query, {"since": since}).scalars()
    return pa.array([str(each) for each in rows], ID)


def _print() -> Any:
    """The content hash as a 64-bit number."""
    return literal_column("('x' || encode(content_hash, 'hex'))::bit(64)::bigint")


_GONE = text("""
    SELECT s.name, count(*) FROM dedupe.source_links l
      JOIN dedupe.source_contacts c ON c.id = l.source_contact_id
      JOIN dedupe.sources s ON s.id = c.source_id
     WHERE NOT EXISTS (SELECT FROM dedupe.contacts n WHERE n.source_contact_id = l.source_contact_id)
       AND (CAST(:within AS uuid[]) IS NULL OR l.source_contact_id = ANY(CAST(:within AS uuid[])))
     GROUP BY s.name""")
_NEWS = text("""
    SELECT n.source_contact_id FROM dedupe.contacts n
      JOIN dedupe.source_contact_versions v ON v.id = n.version_id
     WHERE v.observed_at > :since""")
_DECIDED = text("""
    SELECT DISTINCT m.source_contact_id FROM dedupe.decisions d
      JOIN dedupe.decision_members m ON m.decision_id = d.id
     WHERE d.decided_at > :since OR d.revoked_at > :since""")
