"""Rules as data: `data/*.toml`, each with its source and date, read once."""

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def rules(name: str) -> dict[str, Any]:
    return tomllib.loads((files("dedupe.normalizers") / "data" / f"{name}.toml").read_text("utf-8"))


def words(text: str) -> frozenset[str]:
    """Words separated by white space; an underscore at the end marks a homograph and is dropped."""
    return frozenset(word.rstrip("_") for word in text.split())


def alternatives(text: str) -> str:
    """A pattern of any of the phrases, which are separated by `|` or line ends; the longest goes first."""
    return "|".join(map(re.escape, sorted(phrases(text), key=lambda phrase: (-len(phrase), phrase))))


def phrases(text: str) -> frozenset[str]:
    """Phrases separated by `|` or line ends."""
    return frozenset(filter(None, map(str.strip, text.replace("\n", "|").split("|"))))
