"""The shipped model, and models read from files."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from dedupe.errors import InputError
from dedupe.matching.model.match_model import MatchModel

SHIPPED_FILE = "default_model.json"
_WHERE_FROM = "`dedupe model export FILE` writes one"


@cache
def default_model() -> MatchModel:
    """The model that comes with the package; `python -m benchmarks.ship_model` makes it."""
    return MatchModel.from_json(
        files("dedupe.matching.model").joinpath(SHIPPED_FILE).read_text(encoding="utf-8")
    )


def read_model(path: Path) -> MatchModel:
    """The model of a file. Raises InputError where it can't be read or is no model of this version."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise InputError(f"{path}: the match model can't be read: {why}; {_WHERE_FROM}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: it is no match model; {_WHERE_FROM}") from None
    try:
        return MatchModel.from_json(text)
    except InputError as error:
        raise InputError(f"{path}: {error}; {_WHERE_FROM}") from None
