"""The options of every command that reads a file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

import typer

from dedupe.errors import InputError
from dedupe.wiring.files import FileOptions

File = Annotated[Path, typer.Argument(metavar="FILE", help="CSV, JSON, vCard or Parquet.")]
Source = Annotated[str | None, typer.Option(help="The source of rows without a source column.")]
Map = Annotated[list[str] | None, typer.Option("--map", help="column=field, for a column by another name.")]
Records = Annotated[
    str | None, typer.Option(help="Where the records are in JSON, by JMESPath, as data.contacts.")
]
Report = Annotated[
    Path | None,
    typer.Option(help="What was read and what became of it, as JSON, without values."),
]
Encoding = Annotated[str | None, typer.Option(help="Default: found out, and said.")]
RegionOption = Annotated[
    str | None, typer.Option("--region", help="Of numbers without a country code, as US, IL or DE.")
]
DateOrderOption = Annotated[
    Literal["dmy", "mdy", "ymd"] | None, typer.Option("--date-order", help="Default: inferred.")
]
MaxWrongMerges = Annotated[
    str | None,
    typer.Option(
        help="Share of golden contacts of several records that may hold two people, as 0.01 or 1%: the "
        "thresholds are chosen for it on this file. Default: as configured for auto, else the model's own."
    ),
]


EngineKind = Annotated[
    Literal["local", "spark"], typer.Option("--engine", help="What matches: this machine, or Spark.")
]
Master = Annotated[
    str | None,
    typer.Option(help="Spark's master, as spark://HOST:7077 or local[4]. Default: as Spark is configured."),
]
WorkFolderOption = Annotated[
    str | None,
    typer.Option(
        "--work-folder",
        help="Where Spark keeps intermediate rows: a folder that all workers reach. Default: beside OUTPUT.",
    ),
]


def options(
    source: str | None,
    mapping: list[str] | None,
    encoding: str | None,
    region: str | None,
    date_order: Literal["dmy", "mdy", "ymd"] | None,
    records: str | None,
) -> FileOptions:
    return FileOptions(source, parsed_mapping(mapping), encoding, region, date_order, records)


def parsed_mapping(mapping: list[str] | None) -> dict[str, str]:
    """`column=field` texts as a dict. Raises InputError for any other text."""
    for text in mapping or []:
        if "=" not in text:
            raise InputError("--map: write it as column=field, as in --map Telefon=phone")
    return dict(text.rsplit("=", 1) for text in mapping or [])


def parsed_budget(text: str | None) -> float | None:
    """The share of `--max-wrong-merges`. Raises InputError for what is no share from 0 to 1."""
    if text is None:
        return None
    number = text.strip().removesuffix("%")
    try:
        share = float(number) / (100 if number != text.strip() else 1)
    except ValueError:
        share = math.nan
    if not 0 <= share <= 1:
        raise InputError("--max-wrong-merges: a share from 0 to 1 or a percentage is wanted, as 0.01 or 1%")
    return share
