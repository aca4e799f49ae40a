"""Identifiers: typed keys.

Fields of `schemas.IDENTIFIER`: `given` as written; `value` for people, `namespace:value`; `keys[0]` the same
with the case folded where it doesn't count. A social profile (address or handle) is `network:handle`, in
whatever namespace it was given: the network hands the names out. An official document (passport, social
security number …) is `document:number`, with the country or state that issued it where told. What names an
organisation (its domain) identifies nobody and is kept with that reason. Other namespaces belong to their
source and read `source/namespace:value`, unless `shared_namespaces` names them.
`unique`: a person has only one of them, as given, as `unique_namespaces` says or as the kind of document is.
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

import pycountry

from dedupe.normalizers.places import country_code
from dedupe.normalizers.rules import rules
from dedupe.normalizers.text import LONGEST, clean, fold

_URL = re.compile(
    r"(?:https?://)?(?:[a-z]{2,3}\.|www\.|m\.|web\.|mobile\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})/(.+?)/?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"@?([\w.\-:]+)")
_ISSUED = re.compile(r"(?P<number>[^@(]+?)\s*(?:@\s*(?P<issuer>[^@()]+)|\((?P<by>[^()]+)\))\s*")
_COUNTED = ("123456789", "987654321", "1234567890", "12345678")
_SHORTEST = 4
_NAMESPACE = re.compile(r"[^a-z0-9_.\-/]+")


class Network(NamedTuple):
    name: str
    path: re.Pattern[str]
    without: str


@cache
def networks() -> dict[str, Network]:
    """Networks by host and by name."""
    found = {}
    for rule in rules("identifiers")["networks"]:
        network = Network(rule["name"], re.compile(rule["path"], re.IGNORECASE), rule.get("without", ""))
        found.update(dict.fromkeys([rule["name"], *rule["hosts"].split()], network))
    return found


@cache
def _placeholders() -> frozenset[str]:
    return frozenset(rules("identifiers")["placeholders"]["words"].split())


class Documents(NamedTuple):
    names: dict[str, str]  # by alias
    single: frozenset[str]
    by_states: frozenset[str]
    forms: dict[str, re.Pattern[str]]


@cache
def documents() -> Documents:
    told = rules("identifiers")["documents"]
    names = {name: name for name in f"{told['single']} {told['several']}".split()}
    names |= {alias: name for name, aliases in told["aliases"].items() for alias in aliases.split()}
    forms = {name: re.compile(form) for name, form in told["forms"].items()}
    return Documents(names, frozenset(told["single"].split()), frozenset(told["by_states"].split()), forms)


@cache
def _organisations() -> frozenset[str]:
    return frozenset(rules("identifiers")["organisations"]["namespaces"].split())


class Identifier(NamedTuple):
    value: str | None = None
    key: str | None = None
    namespace: str = ""
    reason: str | None = None
    unique: bool = False  # by its kind


@lru_cache(maxsize=16384)
def normalize_identifier(source: str, namespace: str, text: str, shared: frozenset[str]) -> Identifier:
    """One identifier of one source."""
    if len(text) > LONGEST:
        return Identifier(reason="too long")
    text = clean(text)
    space = _NAMESPACE.sub("_", clean(namespace[:100]).lower()) or "id"
    if text.lower() in _placeholders() or not text:
        return Identifier(reason="placeholder" if text else "empty")
    if social := _social(space, text):
        return Identifier(social, social, space)
    if space in _organisations():
        return Identifier(reason="names an organisation")
    if space in documents().names and space not in shared:
        return _document(documents().names[space], text)
    where = space if space in shared else f"{source}/{space}"
    return Identifier(f"{where}:{text}", f"{where}:{text.casefold()}", space)


def _document(name: str, text: str) -> Identifier:
    """`name:number` or `name:number@issuer`, punctuation left out."""
    told = _ISSUED.fullmatch(text)
    number, issuer = (told["number"], told["issuer"] or told["by"]) if told else (text, None)
    number = "".join(char for char in number.upper() if char.isalnum())
    form = documents().forms.get(name)
    if len(set(number)) < 2 or number in _COUNTED:
        return Identifier(reason="placeholder")
    if len(number) < _SHORTEST or (form and not form.fullmatch(number)):
        return Identifier(reason="not a number of this kind")
    where = _issuer(issuer, name in documents().by_states) if issuer else None
    value = f"{name}:{number}@{where}" if where else f"{name}:{number}"
    return Identifier(value, value, name, unique=name in documents().single)


def _issuer(text: str, state_first: bool) -> str | None:
    """ISO 3166 alpha-2 of a country, or the code of a state of the United States, Canada or Australia."""
    country, state = country_code(text), _states().get(fold(text))
    return (state or country) if state_first else (country or state)


@cache
def _states() -> dict[str, str]:
    found: dict[str, str] = {}
    for country in ("AU", "CA", "US"):  # of two states with one code the last counts
        for state in pycountry.subdivisions.get(country_code=country):  # type: ignore[no-untyped-call]
            found |= {fold(state.name): state.code, fold(state.code.split("-")[1]): state.code}
    return found


def _social(namespace: str, text: str) -> str | None:
    """`network:handle` of a profile's address, or of a handle in a network's namespace."""
    known = networks()
    if (url := _URL.fullmatch(text)) and (network := known.get(url[1].lower())):
        found = network.path.fullmatch(url[2])
        handle = next((group for group in found.groups() if group), None) if found else None
        return _handle(network, handle) if handle else None
    network = known.get(namespace.split("/")[-1].removesuffix("_url").removesuffix("_handle"))
    if network and (handle := _HANDLE.fullmatch(text)):
        return _handle(network, handle[1])
    return None


def _handle(network: Network, handle: str) -> str:
    for char in network.without:
        handle = handle.replace(char, "") or handle
    return f"{network.name}:{handle.casefold()}"
