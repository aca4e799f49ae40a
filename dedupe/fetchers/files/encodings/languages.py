"""The likelihood of a word in a language by its letters: a bigram model from some hundred words each.

In nats (natural logarithms). The model ignores case; `case_cost` adds what odd capitals cost.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from math import log

_PAIR, _SINGLE = 0.75, 0.2  # what a pair of letters and a letter alone say; the rest is for what no word has
_SAME_SCRIPT, _OTHER_SCRIPT = 3e-5, 2e-7
_PUNCTUATION, _SYMBOL, _NO_SIGN = 1e-4, 1e-6, 1e-9
_USUAL = frozenset("“”‘’‚„–—…€£°·®™©«»¿¡§№´`\u00a0、。・（）「」，：")
_KANA, _COMMON, _SYLLABLE, _RARE = 1 / 200, 1 / 8000, 1 / 30000, 1e-6
_CAPITAL_INSIDE, _SMALL_AMONG_CAPITALS = 4.0, 2.0


class Language:
    """The letters of one language."""

    def __init__(self, words: Iterable[str]) -> None:
        self._singles: Counter[str] = Counter()
        self._pairs: Counter[str] = Counter()
        self._before: Counter[str] = Counter()
        for word in words:
            before = " "
            for letter in word.lower():
                self._singles[letter] += 1
                self._pairs[before + letter] += 1
                self._before[before] += 1
                before = letter
        self._letters = sum(self._singles.values())
        self._scripts = frozenset(_script(letter) for letter in self._singles)
        self.likelihood = lru_cache(maxsize=1 << 15)(self._likelihood)

    def _likelihood(self, word: str) -> float:
        """The logarithm of the probability of these signs in this order."""
        total, before = 0.0, " "
        for letter in word.lower():
            total += log(self._probability(before, letter))
            before = letter if letter.isalpha() else " "
        return total

    def _probability(self, before: str, letter: str) -> float:
        seen = self._before[before]
        pair = self._pairs[before + letter] / seen if seen else 0.0
        return _PAIR * pair + _SINGLE * self._singles[letter] / self._letters + self._floor(letter)

    def _floor(self, letter: str) -> float:
        if letter.isalpha() or unicodedata.category(letter)[0] == "M":
            script = _script(letter)
            if script not in self._scripts:
                return _OTHER_SCRIPT
            return _SAME_SCRIPT if script not in _COMMONNESS else _COMMONNESS[script](letter)
        return _sign(letter)


def case_cost(word: str) -> float:
    """The cost in nats of capitals inside a word and of small letters among capitals, where one is beyond
    ASCII."""
    cost = 0.0
    for before, letter in pairwise(word):
        if before.isascii() and letter.isascii():
            continue
        cost += _CAPITAL_INSIDE * (before.islower() and letter.isupper())
    capitals = sum(letter.isupper() for letter in word if letter.isascii())
    if capitals > 1 and not any(letter.islower() for letter in word if letter.isascii()):
        cost += _SMALL_AMONG_CAPITALS * sum(letter.islower() for letter in word)
    return cost


@cache
def language(name: str) -> Language:
    return Language(_words()[name].split())


@cache
def _words() -> dict[str, str]:
    return tomllib.loads((files("dedupe.fetchers.files") / "data" / "words.toml").read_text("utf-8"))


@lru_cache(maxsize=1 << 16)
def _script(letter: str) -> str:
    """The first word of its Unicode name: LATIN, CYRILLIC, CJK, HIRAGANA …"""
    return unicodedata.name(letter, "?").partition(" ")[0]


@lru_cache(maxsize=4096)
def _sign(letter: str) -> float:
    if letter in _USUAL or letter.isascii():
        return _PUNCTUATION
    return _NO_SIGN if unicodedata.category(letter)[0] == "C" else _SYMBOL


def _in_rows(letter: str, encoding: str, first: int, last: int) -> bool:
    """Whether the first byte says that a character belongs to the common ones of a national standard."""
    try:
        return first <= letter.encode(encoding)[0] <= last
    except UnicodeEncodeError:
        return False


@lru_cache(maxsize=1 << 16)
def _ideograph(letter: str) -> float:
    common = (
        _in_rows(letter, "gb2312", 0xB0, 0xD7)
        or _in_rows(letter, "big5", 0xA4, 0xC6)
        or _in_rows(letter, "euc_jp", 0xB0, 0xCF)
    )
    return _COMMON if common else _RARE


@lru_cache(maxsize=1 << 16)
def _syllable(letter: str) -> float:
    return _SYLLABLE if _in_rows(letter, "euc_kr", 0xB0, 0xC8) else _RARE


_COMMONNESS: dict[str, Callable[[str], float]] = {
    "CJK": _ideograph,
    "HANGUL": _syllable,
    "HIRAGANA": lambda _letter: _KANA,
    "KATAKANA": lambda _letter: _KANA,
}
