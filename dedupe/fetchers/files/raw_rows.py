"""Rows of a file as raw contacts: what is stored of each, and the hash of its content."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow

from dedupe.arrays.hashing import sha256
from dedupe.arrays.json_texts import ASCII, json_objects, quoted
from dedupe.arrays.untyped import Array, pa
from dedupe.fetchers.files.read import FileRead
from dedupe.fetchers.given import json_text
from dedupe.fetchers.payloads import content_hash, without


def raw_rows(read: FileRead, never_store: Sequence[str]) -> pyarrow.Table:
    """external_id, payload (JSON text without what is never stored), content_hash: a row for each record."""
    if read.payloads is None and not never_store:
        payloads, hashes = _by_columns(read.columns)
    else:
        payloads, hashes = _by_rows(read.raw()["payload"], never_store)
    columns = {"external_id": read.given["external_id"], "payload": payloads, "content_hash": hashes}
    raw: pyarrow.Table = pa.table(columns)
    return raw


def _by_columns(columns: pyarrow.Table) -> tuple[Array, Array]:
    """Cells are all text, so the JSON whose hash counts is made column by column, like the payload."""
    payloads = json_objects({name: quoted(columns[name]) for name in columns.column_names})
    ordered = {name: quoted(columns[name], ASCII) for name in sorted(columns.column_names)}
    return payloads, sha256(json_objects(ordered, ASCII))


def _by_rows(texts: Array, never_store: Sequence[str]) -> tuple[Array, Array]:
    kept, hashes = [], []
    for text in map(str, texts.to_pylist()):
        payload = without(json.loads(text), never_store)
        kept.append(json_text(payload) if never_store else text)
        hashes.append(content_hash(payload, frozenset()))
    return pa.array(kept, pa.large_string()), pa.array(hashes, pa.binary())
