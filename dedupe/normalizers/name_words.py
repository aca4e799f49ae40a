"""The vocabularies of names, folded; see `data/names.toml`."""

import re
from functools import cache
from typing import Any

from dedupe.normalizers.rules import phrases, rules, words
from dedupe.normalizers.text import fold


def _names() -> dict[str, Any]:
    return rules("names")


@cache
def prefixes() -> frozenset[str]:
    return words(_names()["prefixes"]) | sure_prefixes()


@cache
def sure_prefixes() -> frozenset[str]:
    return words(_names()["sure_prefixes"])


@cache
def suffixes() -> dict[str, str]:
    """The suffix as shown, by its folded spellings."""
    return {spelling: shown for shown, text in _names()["suffixes"].items() for spelling in text.split()}


@cache
def credentials() -> frozenset[str]:
    return frozenset(fold(word).replace(" ", "") for word in words(_names()["credentials"]["words"]))


@cache
def particles() -> frozenset[str]:
    return frozenset(fold(word) for word in words(_names()["particles"]["words"]))


@cache
def joining() -> frozenset[str]:
    return words(_names()["particles"]["joining"])


@cache
def binding() -> frozenset[str]:
    return words(_names()["particles"]["binding"])


@cache
def compound_given() -> frozenset[str]:
    return phrases(_names()["compound_given"]["words"])


@cache
def iberian_surnames() -> frozenset[str]:
    return words(_names()["iberian_surnames"]["words"])


@cache
def tails() -> frozenset[str]:
    return words(_names()["tails"]["words"])


@cache
def company_ends() -> frozenset[str]:
    return words(_names()["companies"]["words"])


@cache
def no_names() -> frozenset[str]:
    return frozenset(fold(word.replace("_", " ")) for word in words(_names()["no_names"]["words"])) - {""}


@cache
def no_name_pattern() -> re.Pattern[str]:
    return re.compile(
        "|".join(f"(?:{pattern})" for pattern in _names()["no_names"]["patterns"]), re.IGNORECASE
    )


@cache
def family_first() -> frozenset[str]:
    """Romanized surnames of Chinese and Korean names."""
    return words(_names()["chinese_surnames"]["romanized"]) | words(_names()["korean_surnames"]["romanized"])


@cache
def written_surnames() -> tuple[frozenset[str], frozenset[str]]:
    """Surnames in Han characters or Hangul: (of one character, of more)."""
    names = _names()
    chinese, korean = names["chinese_surnames"], names["korean_surnames"]
    several = (
        chinese["compound"].split() + names["japanese_surnames"]["words"].split() + korean["compound"].split()
    )
    single = [word for word in several if len(word) == 1]
    return frozenset(chinese["single"]) | frozenset(single), frozenset(
        word for word in several if len(word) > 1
    )


@cache
def special() -> frozenset[str]:
    """Every word that some rule of names asks for, but for surnames and two-word given names."""
    found = prefixes() | frozenset(suffixes()) | credentials() | particles() | joining() | binding() | tails()
    phrases_of = [*no_names(), no_name_pattern().pattern]
    words_of = [word for phrase in phrases_of for word in re.findall("[a-z]{2,}", phrase)]
    return found | company_ends() | frozenset(words_of)
