"""Term frequencies of the last published night, by which explanations, pages and decisions weigh pairs as it
did."""

from __future__ import annotations

from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, delete, insert, select

from dedupe.storage.tables import match_context, merge_runs


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
    """The term frequencies of the last published night; None before the first."""

    query = (
        select(match_context.c.content)
        .join(merge_runs, merge_runs.c.id == match_context.c.run_id, isouter=True)
        .order_by(merge_runs.c.started_at.desc())
        .limit(1)
    )
    content = connection.execute(query).scalar()
    return None if content is None else pa.ipc.open_stream(content).read_all()


def _to_bytes(frequencies: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, frequencies.schema, options=options) as writer:
        writer.write_table(frequencies.combine_chunks())
    return sink.getvalue().to_pybytes()
