"""Term frequencies of the last published full night and what has grown since, by which explanations, pages
and decisions weigh pairs as runs do."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from dedupe.matching.term_frequencies import TermFrequencies
from dedupe.matching.term_growth import GROWN, with_growth
from dedupe.storage.copying import copy_out
from dedupe.storage.tables import grown_terms, match_context, merge_runs


def save(connection: Connection, run_id: UUID, frequencies: pa.Table) -> bool:
    """Keep these term frequencies in place of those stored before; gives whether anything was written, which
    is not so where they are equal."""
    content = _to_bytes(frequencies)
    known = connection.execute(select(match_context.c.content)).scalars().all()
    if [bytes(each) for each in known] == [content]:
        return False
    connection.execute(delete(match_context))
    connection.execute(insert(match_context), {"run_id": run_id, "content": content})
    return True


def run_of(connection: Connection) -> UUID | None:
    """The run whose term frequencies these are; None before the first night."""
    latest = (
        select(match_context.c.run_id)
        .join(merge_runs, merge_runs.c.id == match_context.c.run_id, isouter=True)
        .order_by(merge_runs.c.started_at.desc())
        .limit(1)
    )
    return connection.execute(latest).scalar()


def load(connection: Connection) -> pa.Table | None:
    """The term frequencies of the last published full night, with what values have gained since; None before
    the first."""
    gained = grown(connection)
    known = counted(connection) if len(gained) else None
    return _stored(connection)[1] if known is None else with_growth(known, gained).to_table()


def counted(connection: Connection) -> TermFrequencies | None:
    """The term frequencies as the last published full night counted them; None before the first.

    Kept in this process until another run's are asked for: what a run has saved never changes.
    """
    return _KEPT.of(connection)


@dataclass
class _Kept:
    run_id: UUID | None = None
    frequencies: TermFrequencies | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)

    def of(self, connection: Connection) -> TermFrequencies | None:
        run_id = run_of(connection)
        with self.turn:
            if run_id != self.run_id:
                self.run_id, stored = _stored(connection)
                self.frequencies = None if stored is None else TermFrequencies.from_table(stored)
            return self.frequencies


_KEPT = _Kept()


def grown(connection: Connection) -> pa.Table:
    """GROWN: what values have gained since term frequencies were saved."""
    columns = [grown_terms.c[name] for name in GROWN.names]
    return copy_out(connection, select(*columns).order_by(grown_terms.c.key), GROWN)


def growth_of(connection: Connection) -> tuple[UUID | None, int]:
    """What is another one whenever another growth is stored."""
    latest = select(grown_terms.c.run_id).order_by(grown_terms.c.run_id.desc()).limit(1)
    count = select(func.count()).select_from(grown_terms)
    return connection.execute(latest).scalar(), connection.execute(count).scalar_one()


def put_grown(connection: Connection, run_id: UUID, gained: pa.Table) -> int:
    """Make what is stored equal to GROWN; gives the rows written and removed."""
    known = grown(connection)
    before = {row["key"]: row["steps"] for row in known.to_pylist()}
    now = {row["key"]: row for row in gained.to_pylist()}
    gone = [key for key in before if key not in now]
    rows = [{**row, "run_id": run_id} for key, row in now.items() if before.get(key) != row["steps"]]
    if gone:
        connection.execute(delete(grown_terms).where(grown_terms.c.key.in_(gone)))
    if rows:
        added = insert(grown_terms)
        again = {name: added.excluded[name] for name in ("steps", "run_id")}
        connection.execute(added.on_conflict_do_update(index_elements=["key"], set_=again), rows)
    return len(gone) + len(rows)


def _stored(connection: Connection) -> tuple[UUID | None, pa.Table | None]:
    """The run whose term frequencies are stored, and these as a table."""
    query = (
        select(match_context.c.run_id, match_context.c.content)
        .join(merge_runs, merge_runs.c.id == match_context.c.run_id, isouter=True)
        .order_by(merge_runs.c.started_at.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return (None, None) if row is None else (row.run_id, pa.ipc.open_stream(row.content).read_all())


def _to_bytes(frequencies: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, frequencies.schema, options=options) as writer:
        writer.write_table(frequencies.combine_chunks())
    return sink.getvalue().to_pybytes()
