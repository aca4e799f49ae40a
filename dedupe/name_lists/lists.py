"""The lists of `data/`, read when first asked for (some 30 ms).

A line holds the names of one rarity and one sex: `bits sex name name …`. The share of people with a name is
2^-bits in the country where it is most usual; names are folded (`normalizers.text.fold`) and of one word.
`tools/name_lists.py` makes the files.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple, cast

Sex = Literal["m", "f", "u"]


class ListedName(NamedTuple):
    """How rare a name is where it is most usual, in bits, and whose it is (`u`: of both, or unknown)."""

    bits: int
    sex: Sex


@cache
def given_names() -> Mapping[str, ListedName]:
    """Given names of the world by their folded form."""
    return _read("given_names.txt")


@cache
def family_names() -> Mapping[str, ListedName]:
    """Family names of the world by their folded form; all are of both sexes."""
    return _read("family_names.txt")


def is_given_name(folded: str) -> bool:
    """Whether every word of a folded text is a listed given name."""
    listed, words = given_names(), folded.split()
    return bool(words) and all(word in listed for word in words)


def _read(file: str) -> Mapping[str, ListedName]:
    listed: dict[str, ListedName] = {}
    text = (files("dedupe.name_lists") / "data" / file).read_text("utf-8")
    for line in text.splitlines():
        if not line.startswith("#"):
            bits, sex, *names = line.split()
            listed.update(dict.fromkeys(names, ListedName(int(bits), cast(Sex, sex))))
    return listed
