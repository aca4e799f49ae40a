"""The shipped model, and reading and writing models."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from dedupe.errors import InputError
from dedupe.matching.match_model import MatchModel

SHIPPED_FILE = "default_model.json"


@cache
def default_model() -> MatchModel:
    """The model that comes with the package; `python -m dedupe.matching.shipping` made it."""
    return MatchModel.from_json(files("dedupe.matching").joinpath(SHIPPED_FILE).read_text(encoding="utf-8"))


def read_model(path: Path) -> MatchModel:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: the match model can't be read ({type(error).__name__})") from None
    return MatchModel.from_json(text)
