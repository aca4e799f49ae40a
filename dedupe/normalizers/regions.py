"""The country that a time zone or a language implies."""

import re
from functools import cache

import pycountry

from dedupe.normalizers.rules import rules

_SEPARATORS = re.compile(r"[-_.@ ]+")


@cache
def _zones() -> dict[str, str]:
    """Country by zone, by former names of zones, and by the city of a zone alone."""
    data = rules("time_zones")
    named = {zone.lower(): code for code, zones in data["zones"].items() for zone in zones}
    cities = {zone.rpartition("/")[2].replace("_", " "): code for zone, code in named.items()}
    former = {zone.lower(): code for code, zones in data["links"].items() for zone in zones}
    return cities | former | named


def region_of(time_zone: str, language: str) -> str | None:
    """ISO 3166 alpha-2 of the time zone, else of the language tag, else of a language spoken in one
    country."""
    zone = _zones().get(time_zone.strip().lower())
    if zone:
        return zone
    tag = _SEPARATORS.split(language.strip()[:80])
    regions = [part.upper() for part in tag[1:] if len(part) == 2 and part.isascii() and part.isalpha()]
    return regions[0] if regions else rules("time_zones")["languages"].get(_language_code(language))


@cache
def _languages() -> dict[str, str]:
    """Two-letter code by code of three letters and by English name."""
    known = [language for language in pycountry.languages if hasattr(language, "alpha_2")]
    names = {language.name.lower(): language.alpha_2 for language in known}
    return names | {language.alpha_3: language.alpha_2 for language in known}


def _language_code(language: str) -> str:
    text = language.strip()[:80].lower()
    head = _SEPARATORS.split(text)[0]
    return head if len(head) == 2 or not text else _languages().get(text) or _languages().get(head, head)
