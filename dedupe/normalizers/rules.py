"""The rules that are data: `data/*.toml`, each with its source and date, read once."""

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


def phrases(text: str) -> frozenset[str]:
    """Words by line, or phrases where a line is divided by `|`."""
    found: set[str] = set()
    for line in text.strip().splitlines():
        head, *rest = line.split("|")
        found.update(rest)
        found.update(head.split() if "|" not in line else [head])
    return frozenset(phrase.strip() for phrase in found if phrase.strip())
