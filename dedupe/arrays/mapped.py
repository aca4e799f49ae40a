"""Tables on disk, mapped into memory: the system takes their memory back where it is short."""

from __future__ import annotations

from pathlib import Path
from tempfile import NamedTemporaryFile

import pyarrow as pa
import pyarrow.ipc


def mapped(table: pa.Table, folder: Path | None = None) -> pa.Table:
    """The same table, written to a file of its own in FOLDER (None: the system's for temporary files).

    The file has no name any more once this returns, and goes with the table. Raises OSError where it can't be
    written.
    """
    with NamedTemporaryFile(prefix="contact-dedupe-", suffix=".arrow", dir=folder) as file:
        with pa.ipc.new_file(file.name, table.schema) as writer:
            writer.write_table(table)
        return pa.ipc.open_file(pa.memory_map(file.name)).read_all()
