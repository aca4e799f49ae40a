"""A population as files: each provider's payloads as JSON lines, all contacts as one CSV or Parquet table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dedupe.simulators.json_bytes import encoded
from dedupe.simulators.population.population import Population
from dedupe.simulators.population.provider_record import ProviderRecord
from dedupe.simulators.population.records import PROVIDERS

COLUMNS = (
    "record_id",
    "source",
    "full_name",
    "email",
    "phone",
    "company",
    "street",
    "city",
    "region",
    "postcode",
    "country",
    "birth_date",
    "identifier",
    "truth_id",
)
"""One row a contact; several values in a cell are joined by `;`. `truth_id` names the person."""

_BATCH = 20_000


def row(record: ProviderRecord) -> tuple[str, ...]:
    """A contact as a row of COLUMNS, with what its provider sends and no more. Absent values are empty."""
    shows_company = record.provider != "askelephant"  # it sends the company's id, not its name
    birth = "{:04d}-{:02d}-{:02d}".format(*record.birth) if record.birth else ""
    return (
        f"{record.provider}:{record.external_id}",
        record.provider,
        record.full or "",
        ";".join(record.emails),
        ";".join(record.phones),
        (record.company or "") if shows_company else "",
        record.street or "",
        record.city or "",
        record.region or "",
        record.postcode or "",
        record.country or "",
        birth,
        f"customer:{record.identifier}" if record.identifier and record.kind == "user" else "",
        record.truth,
    )


def write_csv(population: Population, path: Path) -> int:
    """Write all contacts as CSV in the form of the datasets; gives the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for record in population.records():
            writer.writerow(row(record))
            count += 1
    return count


def batches(
    population: Population, size: int = _BATCH, part: int = 0, parts: int = 1
) -> Iterator[pa.RecordBatch]:
    """The rows, or those of one of so many parts, as Arrow record batches of text columns; an empty cell is
    null."""
    rows = map(row, population.records(part, parts))
    schema = pa.schema([(name, pa.string()) for name in COLUMNS])
    while some := list(islice(rows, size)):
        columns = [
            pa.array([value or None for value in column], pa.string()) for column in zip(*some, strict=True)
        ]
        yield pa.record_batch(columns, schema=schema)


def write_parquet(population: Population, path: Path, part: int = 0, parts: int = 1) -> int:
    """Write the same rows, or those of one of so many parts, as Parquet; gives their number."""
    count = 0
    with pq.ParquetWriter(path, pa.schema([(name, pa.string()) for name in COLUMNS])) as writer:
        for batch in batches(population, part=part, parts=parts):
            writer.write_batch(batch)
            count += batch.num_rows
    return count


def write_payloads(population: Population, folder: Path) -> dict[str, int]:
    """Write each provider's payloads to `<provider>.jsonl`, and `truth.csv`; gives the number of each."""
    folder.mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(PROVIDERS, 0)
    with ExitStack() as stack:
        files = {p: stack.enter_context((folder / f"{p}.jsonl").open("wb")) for p in PROVIDERS}
        truth = csv.writer(
            stack.enter_context((folder / "truth.csv").open("w", encoding="utf-8", newline="")),
            lineterminator="\n",
        )
        truth.writerow(("provider", "external_id", "person"))
        for contact in population.contacts():
            files[contact.provider].write(encoded(contact.payload) + b"\n")
            truth.writerow(contact[:3])
            counts[contact.provider] += 1
    return counts


def truth_table(population: Population) -> pa.Table:
    """The true person of each contact: provider, external_id, person."""
    columns: tuple[list[str], list[str], list[str]] = ([], [], [])
    for record in population.records():
        for column, value in zip(columns, (record.provider, record.external_id, record.truth), strict=True):
            column.append(value)
    return pa.table(dict(zip(("provider", "external_id", "person"), columns, strict=True)))
