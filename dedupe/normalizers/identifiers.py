"""Identifiers: typed keys.

Fields of `schemas.IDENTIFIER`: `given` as written; `value` for people, `namespace:value`; `keys[0]` the same
with the case folded where it doesn't count, its digits and letters in their usual form. A social profile
(address or handle) is `network:handle`, in whatever namespace it was given: the network hands the names out;
an address that leads to no profile (a post, a group) is kept with that reason. An official document
(passport, social security number …) is `document:number`, with the country or state that issued it where
told. What names an organisation (its domain, its page) identifies nobody and is kept with that reason. Other
namespaces belong to their source and read `source/namespace:value`.
`shared_namespaces` and `unique_namespaces` go before all of this but profiles: a shared one reads
`namespace:value` whatever it is called, and neither names an organisation. Namespaces are compared in small
letters, everything but letters, digits, `.`, `-` and `/` as `_`, in these settings too.
`unique`: a person has only one of them, as given, as `unique_namespaces` says or as the kind of document is.
"""

import re
import unicodedata
from functools import cache, lru_cache
from typing import NamedTuple
from urllib.parse import unquote

import pycountry

from dedupe.normalizers.places import country_code
from dedupe.normalizers.rules import rules
from dedupe.normalizers.text import LONGEST, clean, fold

_URL = re.compile(
    r"(?:https?://)?(?:[a-z]{2,3}\.|[a-z]{2}-[a-z]{2}\.|www\.|m\.|web\.|mobile\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,})/(.+?)/?",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"@?([\w.\-:]+)")
_BETWEEN_DIGITS = re.compile(r"[\s().-]+")
_ISSUED = re.compile(r"(?P<number>[^@(]+?)\s*(?:@\s*(?P<issuer>[^@()]+)|\((?P<by>[^()]+)\))\s*")
_COUNTED = ("123456789", "987654321", "1234567890", "12345678")
_SHORTEST = 4  # characters of an identifier (chosen)
_NAMESPACE = re.compile(r"[^a-z0-9_.\-/]+")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_PATH_ENDS = re.compile("[/?#&]")


class Network(NamedTuple):
    """The form of a network's profile URLs; `without`: signs that a handle ignores."""

    name: str
    path: re.Pattern[str]
    without: str
    reserved: frozenset[str]  # first words of addresses that are no profile
    organisation: re.Pattern[str] | None
    digits: bool


@cache
def networks() -> dict[str, Network]:
    """Networks by host and by name."""
    found = {}
    for rule in rules("identifiers")["networks"]:
        organisation = rule.get("organisation")
        network = Network(
            rule["name"],
            re.compile(rule["path"], re.IGNORECASE),
            rule.get("without", ""),
            frozenset(rule.get("reserved", "").split()),
            re.compile(organisation, re.IGNORECASE) if organisation else None,
            rule.get("digits", False),
        )
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
    data = rules("identifiers")["documents"]
    names = {name: name for name in f"{data['single']} {data['several']}".split()}
    names |= {alias: name for name, aliases in data["aliases"].items() for alias in aliases.split()}
    forms = {name: re.compile(form) for name, form in data["forms"].items()}
    return Documents(names, frozenset(data["single"].split()), frozenset(data["by_states"].split()), forms)


@cache
def _organisations() -> frozenset[str]:
    return frozenset(rules("identifiers")["organisations"]["namespaces"].split())


class NormalizedIdentifier(NamedTuple):
    value: str | None = None
    key: str | None = None
    reason: str | None = None
    unique: bool = False  # by its kind or by the settings


_ORGANISATION = NormalizedIdentifier(reason="names an organisation")
_NO_PROFILE = NormalizedIdentifier(reason="leads to no profile")


@lru_cache(maxsize=16384)
def normalize_identifier(
    source: str, namespace: str, text: str, shared: frozenset[str], unique: frozenset[str] = frozenset()
) -> NormalizedIdentifier:
    """Normalize one identifier of one source; `shared` and `unique` as in the settings."""
    if len(text) > LONGEST:
        return NormalizedIdentifier(reason="too long")
    text, space = clean(text), space_of(namespace)
    if space in {"http", "https"}:  # an address taken for a namespace and its value
        text, space = f"{space}:{text}", "url"
    if text.lower() in _placeholders() or not text:
        return NormalizedIdentifier(reason="placeholder" if text else "empty")
    single = space in _spaces(unique)
    if social := _social(space, text, single):
        return social
    if space in _spaces(shared):
        return NormalizedIdentifier(f"{space}:{text}", f"{space}:{_usual(text)}", unique=single)
    if space in _organisations() and not single:
        return _ORGANISATION
    if space in documents().names:
        name = documents().names[space]
        return _document(name, text, single or name in _spaces(unique))
    where = f"{source}/{space}"
    return NormalizedIdentifier(f"{where}:{text}", f"{where}:{_usual(text)}", unique=single)


@lru_cache(maxsize=4096)
def space_of(namespace: str) -> str:
    """A namespace in small Latin letters: `Customer No.` as `customer_no`."""
    text = clean(namespace[:100]).lower()
    if not text.isascii():
        text = _FOREIGN.sub(lambda found: fold(found[0]), text)
    return _NAMESPACE.sub("_", text).strip("_.-/") or "id"


@cache
def _spaces(namespaces: frozenset[str]) -> frozenset[str]:
    return frozenset(map(space_of, namespaces))


def _usual(text: str) -> str:
    """For keys: no case, full-width letters and the digits of other scripts as the usual ones."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)
    return text.casefold()


def _document(name: str, text: str, single: bool) -> NormalizedIdentifier:
    """`name:number` or `name:number@issuer`, punctuation left out."""
    match = _ISSUED.fullmatch(text)
    number, issuer = (match["number"], match["issuer"] or match["by"]) if match else (text, None)
    number = "".join(char for char in _usual(number).upper() if char.isalnum())
    form = documents().forms.get(name)
    if len(set(number)) < 2 or number in _COUNTED:
        return NormalizedIdentifier(reason="placeholder")
    if len(number) < _SHORTEST or (form and not form.fullmatch(number)):
        return NormalizedIdentifier(reason="not a number of this kind")
    where = _issuer(issuer, name in documents().by_states) if issuer else None
    value = f"{name}:{number}@{where}" if where else f"{name}:{number}"
    return NormalizedIdentifier(value, value, unique=single or name in documents().single)


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


def _social(namespace: str, text: str, single: bool) -> NormalizedIdentifier | None:
    """`network:handle` of a profile's address, or of a handle in a network's namespace."""
    known = networks()
    if (url := _URL.fullmatch(text)) and (network := known.get(url[1].lower())):
        return _profile(network, url[2], single)
    network = known.get(namespace.split("/")[-1].removesuffix("_url").removesuffix("_handle"))
    if network is None:
        return None
    text = _BETWEEN_DIGITS.sub("", text) if network.digits else text
    handle = _handle_of(network, text) or ((found := _HANDLE.fullmatch(text)) and found[1])
    return _handle(network, handle, single) if handle else None


def _profile(network: Network, path: str, single: bool) -> NormalizedIdentifier:
    if network.organisation and network.organisation.match(path):
        return _ORGANISATION
    if _PATH_ENDS.split(path.lower(), maxsplit=1)[0] in network.reserved:
        return _NO_PROFILE
    handle = _handle_of(network, path)
    return _handle(network, handle, single) if handle else _NO_PROFILE


def _handle_of(network: Network, path: str) -> str | None:
    found = network.path.fullmatch(path)
    return next((group for group in found.groups() if group), None) if found else None


def _handle(network: Network, handle: str, single: bool) -> NormalizedIdentifier:
    handle = clean(unquote(handle))
    for char in network.without:
        handle = handle.replace(char, "") or handle
    value = f"{network.name}:{_usual(handle)}"
    return NormalizedIdentifier(value, value, unique=single)
