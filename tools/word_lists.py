"""The lists of words in `dedupe/normalizers/data/`: their items, and the rule above each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from dedupe.normalizers.rules import phrases, rules

_COMMENT = re.compile(r"# ?(.*)")
_TABLE = re.compile(r"\[([\w.]+)\]\s*$")
_KEY = re.compile(r"([\w.]+) = (.*)")
_ABOUT_THE_FILE = {"since", "source"}


@dataclass(frozen=True)
class WordList:
    key: str  # `particles.words` of names.toml
    rule: str  # what its words do
    items: tuple[str, ...]


def word_lists(name: str, without: tuple[str, ...] = ()) -> Iterator[WordList]:
    """Every list of a file in its order, but for those of the tables in `without`."""
    comments = _comments(name)
    for key, found in _leaves(rules(name)):
        table = key.rpartition(".")[0]
        if key.split(".")[0] not in _ABOUT_THE_FILE.union(without):
            yield WordList(key, comments.get(key) or comments.get(table, ""), tuple(_items(key, found)))


def _leaves(found: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in found.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield above + key, value


def _items(key: str, found: Any) -> list[str]:
    """Each once; a text without a blank is one of characters."""
    if isinstance(found, list):
        return [f"`{one}`" for one in found]
    if "|" in found:
        return sorted(phrases(found))
    listed = found.split()
    return list(dict.fromkeys(found if key == "chinese_surnames.single" else listed))


def _comments(name: str) -> dict[str, str]:
    """By table and by key: what the lines above it say."""
    text = (files("dedupe.normalizers") / "data" / f"{name}.toml").read_text("utf-8")
    found: dict[str, str] = {}
    table, said, inside = "", list[str](), False
    for line in text.splitlines():
        if inside:
            inside = not line.rstrip().endswith('"""')
        elif comment := _COMMENT.match(line):
            said.append(comment[1])
        elif opened := _TABLE.match(line):
            table, found[opened[1]], said = f"{opened[1]}.", " ".join(said), []
        elif key := _KEY.match(line):
            found[table + key[1]], said = " ".join(said), []
            inside = key[2].count('"""') == 1
        elif line.strip() == "":
            said = []
    return found
