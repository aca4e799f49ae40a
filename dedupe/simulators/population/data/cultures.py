"""Cultures as frequency tables of names, and the countries where each lives."""

from __future__ import annotations

from typing import NamedTuple

from dedupe.simulators.population.data import names_latin, names_scripts
from dedupe.simulators.population.seeded_random import by_frequency, by_weight


class Given(NamedTuple):
    native: str
    latin: tuple[str, ...]  # spellings in Latin letters, the commonest first
    nicknames: tuple[str, ...]


class Family(NamedTuple):
    native: str
    latin: tuple[str, ...]


class Culture(NamedTuple):
    name: str
    female: tuple[Given, ...]
    male: tuple[Given, ...]
    families: tuple[Family, ...]
    fronts: tuple[str, ...]  # rare family names are a front and a back
    backs: tuple[str, ...]
    family_first: bool  # in its own script
    two_families: bool
    gendered: tuple[tuple[str, str], ...]  # endings of family names: his, hers


def _given(word: str) -> Given:
    spelling, _, nicknames = word.partition(":")
    native, _, latin = spelling.replace("_", " ").partition("=")
    return Given(native, tuple((latin or native).split(",")), tuple(filter(None, nicknames.split(","))))


def _family(word: str) -> Family:
    native, _, latin = word.replace("_", " ").partition("=")
    return Family(native, tuple((latin or native).split(",")))


def _culture(
    name: str,
    text: tuple[str, ...],
    *,
    family_first: bool = False,
    two_families: bool = False,
    gendered: tuple[tuple[str, str], ...] = (),
) -> Culture:
    female, male, families = (block.split() for block in text[:3])
    fronts, _, backs = (text[3] if len(text) > 3 else "|").partition("|")
    return Culture(
        name,
        by_frequency([_given(word) for word in female]),
        by_frequency([_given(word) for word in male]),
        by_frequency([_family(word) for word in families], exponent=0.8),
        tuple(fronts.split()),
        tuple(backs.split()),
        family_first,
        two_families,
        gendered,
    )


_RUSSIAN_ENDINGS = (("ский", "ская"), ("sky", "skaya"), ("skiy", "skaya"))
_RUSSIAN_SHORT = tuple((end, end + "а") for end in ("ов", "ев", "ёв", "ин"))
_RUSSIAN_LATIN = tuple((end, end + "a") for end in ("ov", "ev", "yov", "in"))

CULTURES: dict[str, Culture] = {
    culture.name: culture
    for culture in (
        _culture("english", names_latin.ENGLISH),
        _culture("german", names_latin.GERMAN),
        _culture("french", names_latin.FRENCH),
        _culture("spanish", names_latin.SPANISH, two_families=True),
        _culture("portuguese", names_latin.PORTUGUESE, two_families=True),
        _culture("italian", names_latin.ITALIAN),
        _culture("polish", names_latin.POLISH, gendered=(("ski", "ska"), ("cki", "cka"))),
        _culture("turkish", names_latin.TURKISH),
        _culture("vietnamese", names_latin.VIETNAMESE, family_first=True),
        _culture(
            "russian",
            names_scripts.RUSSIAN,
            gendered=_RUSSIAN_ENDINGS + _RUSSIAN_SHORT + _RUSSIAN_LATIN,
        ),
        _culture("hebrew", names_scripts.HEBREW),
        _culture("arabic", names_scripts.ARABIC),
        _culture("indian", names_scripts.INDIAN),
        _culture("chinese", names_scripts.CHINESE, family_first=True),
    )
}

LIVE_IN: dict[str, tuple[Culture, ...]] = {
    country: by_weight({CULTURES[name]: weight for name, weight in shares.items()}, size=256)
    for country, shares in {
        "US": {
            "english": 0.62,
            "spanish": 0.15,
            "indian": 0.04,
            "chinese": 0.05,
            "german": 0.03,
            "italian": 0.04,
            "vietnamese": 0.03,
            "arabic": 0.02,
            "hebrew": 0.01,
            "russian": 0.01,
        },
        "GB": {"english": 0.83, "indian": 0.07, "polish": 0.04, "arabic": 0.03, "chinese": 0.03},
        "DE": {"german": 0.82, "turkish": 0.08, "polish": 0.04, "russian": 0.04, "arabic": 0.02},
        "FR": {"french": 0.88, "arabic": 0.08, "portuguese": 0.04},
        "ES": {"spanish": 0.95, "arabic": 0.02, "english": 0.03},
        "IT": {"italian": 0.97, "chinese": 0.03},
        "BR": {"portuguese": 0.95, "italian": 0.03, "german": 0.02},
        "MX": {"spanish": 1.0},
        "IL": {"hebrew": 0.7, "arabic": 0.12, "russian": 0.13, "english": 0.05},
        "IN": {"indian": 1.0},
        "CN": {"chinese": 1.0},
        "AE": {"arabic": 0.6, "indian": 0.3, "english": 0.1},
        "PL": {"polish": 1.0},
        "TR": {"turkish": 1.0},
        "RU": {"russian": 1.0},
        "VN": {"vietnamese": 1.0},
    }.items()
}


def hers(culture: Culture, family: Family) -> Family:
    """The feminine form of a family name, where the culture has one."""
    if not culture.gendered:
        return family
    native, *latin = (_hers(culture, name) for name in (family.native, *family.latin))
    return Family(native, tuple(latin))


def _hers(culture: Culture, name: str) -> str:
    for his, her in culture.gendered:
        if name.endswith(his):
            return name[: -len(his)] + her
    return name
