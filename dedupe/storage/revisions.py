"""Whether the tables are of this release, asked without loading Alembic."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, text

from dedupe.storage.tables import SCHEMA


def up_to_date(connection: Connection) -> bool:
    """Whether the last revision that was run is the newest of this release."""
    made = connection.scalar(text("SELECT to_regclass(:name)"), {"name": f"{SCHEMA}.alembic_version"})
    if made is None:
        return False
    return connection.scalars(text(f"SELECT version_num FROM {SCHEMA}.alembic_version")).all() == [newest()]


def newest() -> str:
    """The newest revision of this release: the first word of its file's name, by which they are ordered."""
    return max(path.name for path in folder().glob("versions/[0-9]*.py")).split("_")[0]


def folder() -> Path:
    """The folder of the migrations: inside the package in a wheel, beside it in the source tree."""
    package = Path(__file__).parents[1]
    inside = package / "_migrations"
    return inside if inside.is_dir() else package.parent / "migrations"
