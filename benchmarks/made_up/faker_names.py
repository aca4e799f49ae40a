"""Runs inside an environment of its own (faker): the names of its locales as JSON, on standard output."""

from __future__ import annotations

import json
from importlib import import_module

LOCALES = (
    "en_US",
    "en_GB",
    "de_DE",
    "fr_FR",
    "es_ES",
    "es_MX",
    "pt_BR",
    "it_IT",
    "tr_TR",
    "en_IN",
    "nl_NL",
    "sv_SE",
    "fi_FI",
    "id_ID",
    "fr_DZ",
    "yo_NG",
)
"""Those whose names are written in Latin letters, with enough of them."""


def names(locale: str) -> dict[str, list[str]]:
    known = import_module(f"faker.providers.person.{locale}").Provider
    return {
        "female": sorted(set(known.first_names_female)),
        "male": sorted(set(known.first_names_male)),
        "families": sorted(set(known.last_names)),
    }


if __name__ == "__main__":
    print(json.dumps({locale: names(locale) for locale in LOCALES}))
