"""Places: countries to ISO 3166, everything else folded for keys.

- `country`: alpha-2, from a code (alpha-2, alpha-3, numeric), an English name or a usual name in the
  language of the country or its neighbours; null where not recognized.
- `street_key`: folded, street words in their short form, number and name in the given order.
- `city_key`, `region_key`: folded. `postcode_key`: folded without spaces; a US ZIP+4 is cut to its five
  digits.
"""

import re
from functools import cache, lru_cache

import pycountry

from dedupe.normalizers.rules import rules
from dedupe.normalizers.text import LONGEST, clean, fold

_ZIP4 = re.compile(r"(\d{5})-\d{4}")


@cache
def _countries() -> dict[str, str]:
    """Alpha-2 by folded code or name."""
    found: dict[str, str] = {}
    for code, text in rules("places")["countries"].items():
        found.update({fold(name): code for name in text.split("|")})
    for country in pycountry.countries:
        names = [country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")]
        codes = [country.alpha_2, country.alpha_3, country.numeric]
        found.update(
            {fold(name): country.alpha_2 for name in [*names, *codes, country.name.split(",")[0]] if name}
        )
    return found


@lru_cache(maxsize=16384)
def country_code(text: str) -> str | None:
    """ISO 3166 alpha-2 of a country as people write it."""
    folded = fold(text[:LONGEST])
    return _countries().get(folded) or _countries().get(folded.removeprefix("the "))


@cache
def _street_words() -> dict[str, str]:
    pairs = rules("places")["streets"]["words"].replace("\n", "|").split("|")
    return {fold(long): short for long, short in (pair.split() for pair in pairs if pair.strip())}


@lru_cache(maxsize=16384)
def street_key(text: str) -> str | None:
    words = fold(text[:LONGEST].replace("ß", "ss")).split()
    return " ".join(_street_word(word) for word in words) or None


def _street_word(word: str) -> str:
    short = _street_words().get(word)
    if short:
        return short
    if word.endswith("strasse") and len(word) > 7:
        return word[:-4]
    return word


def place_key(text: str) -> str | None:
    return fold(text[:LONGEST]) or None


@lru_cache(maxsize=16384)
def postcode_key(text: str) -> str | None:
    text = clean(text[:LONGEST])
    zip4 = _ZIP4.fullmatch(text)
    return fold(zip4[1] if zip4 else text).replace(" ", "") or None
