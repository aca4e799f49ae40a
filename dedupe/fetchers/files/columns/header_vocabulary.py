"""The vocabulary of column names (`data/headers.toml`), and how a name is cut into words."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_QUOTES = re.compile(r"(?<=[^\W\d_])[\"״׳](?=[^\W\d_])")  # within Hebrew abbreviations
_PLURAL = re.compile(r"\((?:s|es|n|en|e|r|in)\)", re.IGNORECASE)
"""`Nombre(s)`"""
_WORD = re.compile(r"[^\W\d_]+|\d+|#")
_PLAIN = str.maketrans({"ł": "l", "ı": "i", "ø": "o", "đ": "d", "æ": "ae"})

Words = tuple[str, ...]


class Vocabulary(NamedTuple):
    phrases: dict[Words, str]  # → field, also with other words around
    alone: dict[Words, str]  # → field, only as they stand
    networks: frozenset[str]
    around: dict[str, frozenset[str]]
    roles: dict[str, int]  # word → rank
    aside: dict[Words, str]  # a word or two → why the column is not this person's value
    of_company: frozenset[str]
    beside: dict[Words, dict[Words, str]]
    shown: frozenset[Words]  # names made of others for showing
    anybodys: frozenset[Words]  # names that may be an organization's


@cache
def data(name: str) -> dict[str, Any]:
    """One of the files in `data/`."""
    return tomllib.loads((files("dedupe.fetchers.files") / "data" / f"{name}.toml").read_text("utf-8"))


@cache
def vocabulary() -> Vocabulary:
    tables = data("headers")
    around = {field: frozenset(_canonical(text.split())) for field, text in tables["around"].items()}
    ranks = enumerate(tables["roles"].values(), start=1)
    aside = {(word,): why for why, text in tables["aside"].items() for word in _canonical(text.split())}
    return Vocabulary(
        _phrases(tables["phrases"]),
        _phrases(tables["alone"]),
        frozenset(tables["networks"]["names"].split()),
        around | {"networks": frozenset(_canonical(tables["networks"]["around"].split()))},
        {word: rank for rank, text in ranks for word in text.split()},
        aside | {words: why for why, text in tables["aside_pairs"].items() for words in _split(text)},
        frozenset(_canonical(tables["of_company"]["words"].split())),
        _beside(tables["beside"]),
        frozenset(_split(tables["shown"]["names"])),
        frozenset(_split(tables["anybodys"]["names"])),
    )


@lru_cache(maxsize=65536)
def words_of(name: str, camel: bool = False) -> Words:
    """The words of a column's name, numbers among them; `camel`: `emailAddress` is two."""
    name = _PLURAL.sub("", name)
    text = _CAMEL.sub(" ", name) if camel else name
    return tuple(_canonical(_joined(_WORD.findall(_folded(text)))))


def _folded(text: str) -> str:
    """Without case, accents and the quotation marks of abbreviations."""
    text = unicodedata.normalize("NFKD", _QUOTES.sub("", text).casefold().translate(_PLAIN))
    return "".join(letter for letter in text if not unicodedata.combining(letter)).translate(_PLAIN)


def _joined(words: list[str]) -> Iterator[str]:
    """`e mail` is one word, and the `mail` in `mail address city` is no email."""
    for at, word in enumerate(words):
        following = words[at + 1] if at + 1 < len(words) else ""
        if (word == "e" and following.startswith(("mail", "posta"))) or (word == "#" and following.isdigit()):
            continue
        if at and words[at - 1] == "e" and word == "posta":
            yield "eposta"
        elif (
            word == "mail" and following == "address" and words[at + 2 :] and (not at or words[at - 1] != "e")
        ):
            yield "mailing"
        else:
            yield word


def _canonical(words: Iterable[str]) -> Iterator[str]:
    same = _same()
    return (same.get(word, word) for word in words)


@cache
def _same() -> dict[str, str]:
    return {_folded(word): one for one, text in data("headers")["same"].items() for word in text.split()}


def _split(text: str) -> list[Words]:
    return [words_of(phrase) for phrase in text.replace("\n", " ").split("|") if phrase.strip()]


def _beside(table: Mapping[str, str]) -> dict[Words, dict[Words, str]]:
    found: dict[Words, dict[Words, str]] = {}
    for others, text in table.items():
        names, _, field = text.partition("=")
        for name in _split(names):
            found.setdefault(name, {}).update(dict.fromkeys(_split(others), field.strip()))
    return found


def _phrases(table: Mapping[str, str]) -> dict[Words, str]:
    found: dict[Words, str] = {}
    for field, text in table.items():
        for phrase in _split(text):
            found.setdefault(phrase, field)
    return found
