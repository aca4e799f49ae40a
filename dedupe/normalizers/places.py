"""Places: countries to ISO 3166, everything else folded for keys.

- `country`: alpha-2, from a code (alpha-2, alpha-3, numeric, `DE-BY`, `+49`, a flag), an English name, a
  usual name in the language of the country or its neighbours, or its name in any language that pycountry
  has; `Germany (DE)` where all of it is one country; null where not recognized.
- `street_key`: folded, street words in their short form, number and name in the given order.
- `city_key`, `region_key`: folded. `postcode_key`: folded without spaces; a US ZIP+4 is cut to its five
  digits.
"""

import re
from functools import cache, lru_cache
from gettext import GNUTranslations
from pathlib import Path

import pycountry

from dedupe.normalizers.phones.parsing import CODES
from dedupe.normalizers.rules import phrases, rules
from dedupe.normalizers.text import LONGEST, clean, fold

_CALLING_CODE = re.compile(r"(?:\+|00)(\d{1,3})")
_BETWEEN = re.compile(r"[,/()|;]+|\s-\s")
_SUBDIVISION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_LAST_LATIN = "\u024f"
_ZIP4 = re.compile(r"(\d{5})-\d{4}")


@cache
def _countries() -> dict[str, str]:
    """Alpha-2 by folded code or name."""
    found: dict[str, str] = {}
    for country in pycountry.countries:
        names = [country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")]
        codes = [country.alpha_2, country.alpha_3, country.numeric]
        found.update({fold(name): country.alpha_2 for name in [*names, *codes] if name})
    for country in pycountry.countries:
        for short in (country.name.split(",")[0], country.name.split(" and ")[0]):
            found.setdefault(fold(short), country.alpha_2)
    listed = rules("places")["countries"].items()
    return found | {fold(name): code for code, text in listed for name in text.split("|")}


@cache
def _translated() -> dict[str, str]:
    """Alpha-2 by name in every language that pycountry has; names of two countries are left out."""
    names = {
        name: country.alpha_2
        for country in pycountry.countries
        for name in (country.name, getattr(country, "common_name", country.name))
    }
    by_name: dict[str, set[str]] = {}
    for path in Path(pycountry.LOCALES_DIR).glob("*/LC_MESSAGES/iso3166-1.mo"):
        with path.open("rb") as file:
            translated = GNUTranslations(file).gettext
        for name, code in names.items():
            by_name.setdefault(translated(name), set()).add(code)
    found: dict[str, set[str]] = {}
    for name, codes in by_name.items():
        found.setdefault(_as_written(name), set()).update(codes)
    return {name: codes.pop() for name, codes in found.items() if len(codes) == 1 and len(name) > 1}


def _as_written(text: str) -> str:
    """Folded; what is short in another script than Latin stays, or its consonants would pass for a code."""
    folded = fold(text)
    return folded if len(folded) > 4 or max(text, default="") <= _LAST_LATIN else text.casefold()


@lru_cache(maxsize=16384)
def country_code(text: str) -> str | None:
    """ISO 3166 alpha-2 of a country as people write it."""
    text = clean(text[:LONGEST])
    if not text:
        return None
    pieces = [piece for piece in _BETWEEN.split(text) if piece.strip()]
    codes = {_one_country(piece.strip()) for piece in pieces} if len(pieces) > 1 else set()
    return _one_country(text) or (codes.pop() if len(codes) == 1 else None)


def _one_country(text: str) -> str | None:
    if calling := _CALLING_CODE.fullmatch(text):
        regions = [*CODES.get(int(calling[1]), ())]
        return regions[0] if regions[:1] not in (["US"], ["001"], []) else None
    if _SUBDIVISION.fullmatch(text):
        text = text[:2]
    if _FLAG.fullmatch(text):
        text = "".join(chr(ord(char) - 0x1F1E6 + ord("A")) for char in text)
    folded = fold(text)
    found = _countries().get(folded) or _countries().get(folded.removeprefix("the "))
    return found or (_translated().get(_as_written(text)) if len(text) > 1 else None)


@cache
def _street_words() -> dict[str, str]:
    pairs = rules("places")["streets"]["words"].replace("\n", "|").split("|")
    return {fold(long): short for long, short in (pair.split() for pair in pairs if pair.strip())}


@lru_cache(maxsize=16384)
def street_key(text: str) -> str | None:
    words = fold(text[:LONGEST].replace("ß", "ss")).split()
    return _told(" ".join(_street_word(word) for word in words))


def _street_word(word: str) -> str:
    short = _street_words().get(word)
    if short:
        return short
    if word.endswith("strasse") and len(word) > 7:
        return word[:-4]
    return word


def place_key(text: str) -> str | None:
    """The folded text; None where it says nothing (`(No value)`)."""
    return _told(fold(text[:LONGEST]))


@cache
def _says_nothing() -> frozenset[str]:
    return phrases(rules("places")["nothing"]["words"])


def _told(key: str) -> str | None:
    return key if key and key not in _says_nothing() else None


@lru_cache(maxsize=16384)
def postcode_key(text: str) -> str | None:
    text = clean(text[:LONGEST])
    zip4 = _ZIP4.fullmatch(text)
    key = _told(fold(zip4[1] if zip4 else text))
    return key.replace(" ", "") if key else None
